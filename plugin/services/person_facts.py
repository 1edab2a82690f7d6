"""What is read of a buyer and the products beside the codes: uses counted per person and period, switches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from sqlalchemy import bindparam, case, literal, select, union_all

from ..domain.coupon import CouponTerms
from ..domain.window import Period, period_name
from ..models import Call, Outcome, PersonUse, Product, Redemption, RedemptionState
from ..models.contact import NEW_CUSTOMER
from .candidates import Candidate
from .carts import CartReader
from .contacts import Known
from .context import Context

_CALL = Call.__table__
_USE = PersonUse.__table__
_PRODUCT = Product.__table__
_REDEMPTION = Redemption.__table__

EVERYBODY = ""
"""The person key under which the uses of all persons in a period are counted."""
Place = tuple[str, str]
"""A scope and a person key: where a use is counted."""

_FACTS = union_all(
    select(
        literal("use").label("what"),
        _USE.c.scope.label("scope"),
        _USE.c.person_key.label("name"),
        _USE.c.used.label("number"),
    ).where(
        _USE.c.scope.in_(bindparam("scopes", expanding=True)),
        _USE.c.person_key.in_(bindparam("keys", expanding=True)),
    ),
    select(
        literal("product"),
        literal(""),
        _PRODUCT.c.ref,
        case((_PRODUCT.c.absolute_coupons, 1), else_=0),
    ).where(_PRODUCT.c.ref.in_(bindparam("refs", expanding=True))),
    select(literal("waiting"), literal(""), _CALL.c.kind, literal(1)).where(
        _CALL.c.source == bindparam("source"),
        _CALL.c.order_ref == bindparam("order_ref"),
        _CALL.c.outcome == Outcome.WAITING.value,
    ),
)
_EXPIRED = select(
    _REDEMPTION.c.coupon_id, _REDEMPTION.c.person_keys, _REDEMPTION.c.claimed, _REDEMPTION.c.periods
).where(_REDEMPTION.c.state == RedemptionState.RESERVED.value, _REDEMPTION.c.expires_at <= bindparam("now"))


def coupon_scope(coupon_id: int) -> str:
    """Give the scope in which a person's uses of a coupon are counted."""
    return f"coupon:{coupon_id}"


def period_scope(coupon_id: int, period: Period, at: datetime, zone: tzinfo) -> str:
    """Give the scope in which the uses of a coupon in one period of the shop's zone are counted."""
    return f"{coupon_scope(coupon_id)}:{period_name(period, at.astimezone(zone))}"


def period_now(ctx: Context, coupon_id: int, terms: CouponTerms) -> str | None:
    """Give the scope of the period that runs now; None where no limit has a period."""
    if terms.period is None:
        return None
    return period_scope(coupon_id, terms.period, ctx.now, ctx.settings.zone)


def period_limits(ctx: Context, candidate: Candidate, keys: Collection[str]) -> dict[Place, int]:
    """Give the limits of the period that runs now, and where a use counts for them."""
    terms = candidate.terms
    scope = period_now(ctx, candidate.coupon_id, terms)
    limits: dict[Place, int] = {}
    if scope is None:
        return limits
    if terms.max_in_period is not None:
        limits[scope, EVERYBODY] = terms.max_in_period
    if terms.max_per_customer_in_period is not None:
        limits |= {(scope, key): terms.max_per_customer_in_period for key in keys}
    return limits


def places_of(
    coupon_id: int, keys: Sequence[str], periods: Sequence[Sequence[str]], claimed: bool
) -> set[Place]:
    """Give where a redemption is counted per person and period."""
    places = {(coupon_scope(coupon_id), key) for key in keys}
    places |= {(scope, key) for scope, key in periods}
    return places | ({(NEW_CUSTOMER, key) for key in keys} if claimed else set())


def held_places(candidate: Candidate) -> set[Place]:
    """Give where the reservation that this very cart holds of a code is counted."""
    row = candidate.row
    if not candidate.held:
        return set()
    return places_of(
        candidate.coupon_id, row.held_person_keys or (), row.held_periods or (), bool(row.held_claimed)
    )


def held_by(candidates: Iterable[Candidate]) -> Counter[Place]:
    """Count where the reservations of one cart are counted."""
    return Counter(place for candidate in candidates for place in held_places(candidate))


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """Uses per (scope, person key), switches of products that have a row, and what waits for the order."""

    uses: Mapping[Place, int] = field(default_factory=dict)
    absolute_coupons: Mapping[str, bool] = field(default_factory=dict)
    waiting: bool = False
    """Whether calls wait for the order at hand."""

    def used(self, scope: str | None, keys: Collection[str], held: Counter[Place]) -> int:
        """Give the most uses under any of the keys, less what this very cart holds."""
        if scope is None:
            return 0
        counts = [self.uses.get((scope, key), 0) - held[scope, key] for key in keys]
        return max(counts, default=0)


def read_facts(
    ctx: Context, reader: CartReader, candidates: Sequence[Candidate], known: Known, order_ref: str | None
) -> PersonFacts:
    """Read, in one statement, what the codes need to know of the person, the products and the order."""
    values = {
        "scopes": _scopes(ctx, candidates),
        "keys": [EVERYBODY, *sorted(known.all_keys)],
        "refs": sorted({line.product_ref for line in reader.lines or ()}),
        "source": ctx.source,
        "order_ref": order_ref,
    }
    uses: dict[Place, int] = {}
    products: dict[str, bool] = {}
    waiting = False
    for what, scope, name, number in ctx.conn.execute(_FACTS, values):
        if what == "use":
            uses[scope, name] = number
        elif what == "product":
            products[name] = bool(number)
        else:
            waiting = True
    return PersonFacts(uses=uses, absolute_coupons=products, waiting=waiting)


def _scopes(ctx: Context, candidates: Sequence[Candidate]) -> list[str]:
    scopes = [NEW_CUSTOMER] if any(c.terms.new_customers_only for c in candidates) else []
    scopes += [coupon_scope(c.coupon_id) for c in candidates if c.terms.max_per_customer is not None]
    periods = [period_now(ctx, c.coupon_id, c.terms) for c in candidates]
    return [*scopes, *(scope for scope in periods if scope is not None)]


def without_expired(ctx: Context, facts: PersonFacts) -> PersonFacts:
    """Leave out what reservations that have run out still count."""
    uses = dict(facts.uses)
    for row in ctx.conn.execute(_EXPIRED, {"now": ctx.now}):
        for place in places_of(row.coupon_id, row.person_keys, row.periods, row.claimed):
            if uses.get(place):
                uses[place] -= 1
    return replace(facts, uses=uses)
