"""Why a code holds or is refused for a cart that somebody describes; nothing is stored, no try is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from ..domain.codes import canonical
from ..domain.judging import Check, Judgement, checks
from ..domain.quote import Priced
from ..errors import Reason
from ..models import Attempt, CameBy
from ..shop import Cart, Customer
from . import attempts, candidates, quoting
from .candidates import Candidate
from .carts import CartReader, Holders
from .context import Context
from .judging import Case, judgement, price_of
from .quoting import Evaluation
from .why_judged import Proof

_ATTEMPT = Attempt.__table__


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A cart as described: with which other codes, how the code came, and where it waits (a holder).

    `order_ref` names the order that the cart was copied from: it does not count as bought before.
    """

    code: str
    cart: Cart
    beside: tuple[str, ...] = ()
    by_link: bool = False
    holder: str = ""
    order_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class CartTrace:
    """Every check of a code for a cart, in its order, as of now.

    `reason` is that of the first check that does not hold, `refused_by` its name. `priced` is the cart with
    the other codes and this one, as it would be if it held (None: lines are not known).
    """

    code: str
    code_id: int | None = None
    coupon_id: int | None = None
    coupon: str = ""
    kept: bool = False
    owned: bool = False
    beside: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Other codes that do not hold themselves."""
    proofs: tuple[Proof, ...]
    reason: Reason | None
    refused_by: str = ""
    buyer_id: int | None = None
    priced: Priced | None = None

    @property
    def holds(self) -> bool:
        """Whether the code would be accepted."""
        return self.reason is None

    @property
    def gives(self) -> int:
        """What it takes off or pays, or would if it held, in minor units."""
        if self.priced is None:
            return 0
        items = sum(item.discount for item in self.priced.items if item.code == self.code)
        return items + sum(credit.amount for credit in self.priced.credits if credit.code == self.code)


def explain(ctx: Context, wanted: Wanted) -> CartTrace:
    """Judge a code for a cart as if it were ordered now, with the evidence of each check."""
    reader = CartReader(wanted.cart)
    holders = _holders(wanted, reader.customer)
    others = [key for key in map(canonical, wanted.beside) if key != canonical(wanted.code)]
    found = candidates.by_keys(ctx, [*others, canonical(wanted.code)], holders)
    tries = _tries(ctx, holders)
    read = found.pop(canonical(wanted.code), None)
    if read is None:
        unknown = Check(name="known", ok=False, reason=Reason.UNKNOWN)
        return _trace(wanted.code.strip(), [tries, unknown])
    candidate = replace(read, came_by=CameBy.LINK if wanted.by_link else CameBy.TYPED)
    there = [found[key] for key in others if key in found]
    evaluation = quoting.evaluate(ctx, reader, [*there, candidate], order_ref=wanted.order_ref)
    return _judged(ctx, candidate, there, evaluation, tries)


def _holders(wanted: Wanted, customer: Customer | None) -> Holders:
    kind, _, key = wanted.holder.partition(":")
    ref = customer.ref if customer is not None else None
    return Holders(
        cart=key if kind == "cart" else None, visitor=key if kind == "visitor" else None, customer=ref
    )


def _judged(
    ctx: Context, candidate: Candidate, others: Sequence[Candidate], found: Evaluation, tries: Check
) -> CartTrace:
    beside = [one for one in found.held if one.code_id != candidate.code_id]
    basket, refused = found.basket, dict(found.refused)
    made = [tries, Check(name="known", ok=True), *checks(_judgement(ctx, candidate, beside, found))]
    priced = None if basket is None else price_of(basket, [*beside, candidate])
    if priced is not None:
        useful = candidate.code not in priced.useless
        made.append(Check(name="discount", ok=useful, reason=None if useful else Reason.PRODUCTS))
    if candidate.code in refused and all(check.ok for check in made):
        made.append(replace(refused[candidate.code], name="beside"))
    return replace(
        _trace(candidate.code, made),
        code_id=candidate.code_id,
        coupon_id=candidate.coupon_id,
        coupon=candidate.terms.name,
        kept=candidate.row.holder_id is not None,
        owned=candidate.owner_id is not None,
        beside=tuple(one.code for one in beside),
        left_out=tuple(one.code for one in others if one.code in refused),
        buyer_id=found.known.id,
        priced=priced,
    )


def _trace(code: str, made: Sequence[Check]) -> CartTrace:
    first = next((check for check in made if not check.ok), None)
    return CartTrace(
        code=code,
        proofs=tuple(Proof(name=check.name, ok=check.ok, data=check.data) for check in made),
        reason=first.reason if first is not None else None,
        refused_by=first.name if first is not None else "",
    )


def _judgement(
    ctx: Context, candidate: Candidate, beside: Sequence[Candidate], found: Evaluation
) -> Judgement:
    case = Case(
        reader=found.reader,
        known=found.known,
        facts=found.facts,
        basket=found.basket,
        placing=True,
        among=[*beside, candidate],
    )
    return judgement(ctx, case, candidate, beside)


def _tries(ctx: Context, holders: Holders) -> Check:
    """See whether the cart or the account has tried too many wrong codes just now."""
    query = select(_ATTEMPT.c.tries).where(
        _ATTEMPT.c.key.in_(attempts.places(holders, None)), _ATTEMPT.c.window == attempts.window_of(ctx)
    )
    tries = max(ctx.conn.execute(query).scalars(), default=0)
    ok = tries < attempts.MOST
    data: dict[str, object] = {"used": tries, "limit": attempts.MOST}
    return Check(name="tries", ok=ok, reason=None if ok else Reason.TOO_MANY_TRIES, data=data)
