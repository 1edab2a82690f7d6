"""Where the codes of one cart or order count: per person, per period, and as a new customer's claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import Reason, Refused
from ..models.contact import NEW_CUSTOMER
from . import counters
from .candidates import Candidate
from .context import Context
from .counters import Limits
from .person_facts import Place, coupon_scope, held_places, period_limits


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Where one redemption counts, as its columns say it. `limits` is what is judged at each place."""

    person_keys: Sequence[str] = ()
    periods: Sequence[Place] = ()
    claimed: bool = False
    limits: Limits = ()

    @property
    def columns(self) -> dict[str, object]:
        """The columns of the redemption's row."""
        return {
            "person_keys": list(self.person_keys),
            "periods": [list(place) for place in self.periods],
            "claimed": self.claimed,
        }


def count(
    ctx: Context, candidates: Sequence[Candidate], keys: Sequence[str], *, order_ref: str | None
) -> Mapping[int, Counted]:
    """Count the codes of one cart under a person's keys; gives by code id where each of them counts.

    Reservations of this cart are counted anew: since then the buyer may have become known, or another one, or
    another period may have begun. What they have promised is never refused. Raises Refused at a limit.
    """
    found = _places(ctx, candidates, keys)
    stands = Counter(place for candidate in candidates for place in _counted_places(candidate))
    wanted = [(place, limit) for counted in found.values() for place, limit in counted.limits]
    counters.release_uses(ctx, list((stands - Counter(place for place, _ in wanted)).elements()))
    more = []
    for place, limit in wanted:
        if stands[place]:
            stands[place] -= 1
        else:
            more.append((place, limit))
    if not counters.raise_uses(ctx, more, order_ref):
        new_only = any(scope == NEW_CUSTOMER for (scope, _), _ in more)
        raise Refused(Reason.NEW_CUSTOMERS_ONLY if new_only else Reason.USED_UP)
    return found


def uncount(ctx: Context, candidates: Sequence[Candidate]) -> None:
    """Take back where the reservations of a cart count: a fact that is flagged takes no claim."""
    counters.release_uses(ctx, [place for candidate in candidates for place in _counted_places(candidate)])


def _places(ctx: Context, candidates: Sequence[Candidate], keys: Sequence[str]) -> dict[int, Counted]:
    """Give where each code counts; all new-customer codes of one order share the claim of the first."""
    claiming = next((c.code_id for c in candidates if c.terms.new_customers_only), None)
    found: dict[int, Counted] = {}
    for candidate in candidates:
        terms, claimed = candidate.terms, candidate.code_id == claiming
        periods = period_limits(ctx, candidate, keys)
        limits: dict[Place, int | None] = {**periods}
        if terms.max_per_customer is not None:
            limits |= {(coupon_scope(candidate.coupon_id), key): terms.max_per_customer for key in keys}
        if claimed:
            limits |= {(NEW_CUSTOMER, key): 1 for key in keys}
        by_person = terms.new_customers_only or terms.max_per_customer is not None
        found[candidate.code_id] = Counted(
            person_keys=keys if by_person else (),
            periods=sorted(periods),
            claimed=claimed,
            limits=[(place, None if candidate.promised else limit) for place, limit in limits.items()],
        )
    return found


def _counted_places(candidate: Candidate) -> list[Place]:
    """Give where the reservation that this cart holds of a code is counted at present."""
    scope = coupon_scope(candidate.coupon_id)
    limited = candidate.terms.max_per_customer is not None
    return [place for place in held_places(candidate) if limited or place[0] != scope]
