"""Why a code holds or is refused for a cart that somebody describes; nothing is stored, no try is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from ..config import OwnCode
from ..domain.codes import canonical
from ..domain.judging import Buyer, Check, CodeState, Effect, Judgement, checks
from ..domain.quote import Priced, price
from ..errors import Reason
from ..models import Attempt, Code
from ..models.contact import NEW_CUSTOMER
from ..shop import Cart, Customer
from . import applied, attempts, quoting
from .applied import Candidate
from .carts import CartReader, Holders
from .context import Context
from .quoting import Evaluation
from .why_judged import Proof

_CODE = Code.__table__
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

    `reason` is that of the first check that does not hold, `refused_by` its name. `without` is the cart with
    the other codes, `priced` with this one too, as it would be if it held (None: lines are not known).
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
    without: Priced | None = None
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
    found = applied.by_keys(ctx, [*others, canonical(wanted.code)], holders)
    tries = _tries(ctx, holders)
    candidate = found.pop(canonical(wanted.code), None)
    if candidate is None:
        unknown = Check(name="known", ok=False, reason=Reason.UNKNOWN)
        return _trace(wanted.code.strip(), [tries, unknown])
    evaluation = quoting.evaluate(ctx, reader, [*found.values(), candidate], order_ref=wanted.order_ref)
    return _judged(ctx, wanted, candidate, list(found.values()), evaluation, tries)


def _holders(wanted: Wanted, customer: Customer | None) -> Holders:
    kind, _, key = wanted.holder.partition(":")
    ref = customer.ref if customer is not None else None
    return Holders(
        cart=key if kind == "cart" else None, visitor=key if kind == "visitor" else None, customer=ref
    )


def _judged(
    ctx: Context,
    wanted: Wanted,
    candidate: Candidate,
    others: Sequence[Candidate],
    found: Evaluation,
    tries: Check,
) -> CartTrace:
    beside = [one for one in found.held if one.code_id != candidate.code_id]
    row = ctx.conn.execute(select(_CODE).where(_CODE.c.id == candidate.code_id)).one()
    without, priced = _prices(ctx, found, candidate, beside, row)
    made = [
        tries,
        Check(name="known", ok=True),
        *checks(_judgement(ctx, wanted, candidate, found, beside, row, priced)),
    ]
    if priced is not None:
        useful = candidate.code not in priced.useless
        made.append(Check(name="discount", ok=useful, reason=None if useful else Reason.PRODUCTS))
    trace = _trace(candidate.code, made)
    refused = {code for code, _check in found.refused}
    return replace(
        trace,
        code_id=candidate.code_id,
        coupon_id=candidate.coupon_id,
        coupon=candidate.terms.name,
        kept=row.holder_id is not None,
        owned=row.owner_id is not None,
        beside=tuple(one.code for one in beside),
        left_out=tuple(one.code for one in others if one.code in refused),
        buyer_id=found.known.id,
        without=without,
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
    ctx: Context,
    wanted: Wanted,
    candidate: Candidate,
    found: Evaluation,
    beside: Sequence[Candidate],
    row: Any,  # noqa: ANN401 - a row of the code table
    priced: Priced | None,
) -> Judgement:
    return Judgement(
        terms=candidate.terms,
        state=_state(ctx, wanted, candidate, found, row),
        buyer=_buyer(found, candidate),
        basket=found.basket,
        currency=found.reader.currency,
        now=ctx.now,
        zone=ctx.settings.zone,
        placing=True,
        own_code_allowed=ctx.settings.own_code is OwnCode.ALLOW,
        beside=tuple(one.terms for one in beside),
        effect=_effect(priced, candidate.code),
    )


def _state(
    ctx: Context,
    wanted: Wanted,
    candidate: Candidate,
    found: Evaluation,
    row: Any,  # noqa: ANN401
) -> CodeState:
    state = quoting.code_state(ctx, candidate, found.known, found.facts)
    return replace(
        state,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        credit_left=row.credit_left,
        link_only=row.link_only,
        came_by_link=wanted.by_link,
    )


def _buyer(found: Evaluation, candidate: Candidate) -> Buyer:
    known, row = found.known, candidate.row
    held = frozenset(row.held_keys or ()) if row.held_claimed else frozenset()
    return Buyer(
        known=known.reachable,
        has_bought=known.bought or bool(found.reader.has_bought),
        claim_taken=found.facts.used(NEW_CUSTOMER, known, held) > 0,
    )


def _prices(
    ctx: Context,
    found: Evaluation,
    candidate: Candidate,
    beside: Sequence[Candidate],
    row: Any,  # noqa: ANN401
) -> tuple[Priced | None, Priced | None]:
    if found.basket is None:
        return None, None
    ids = [one.code_id for one in beside if one.terms.pays]
    rows = ctx.conn.execute(select(_CODE.c.display, _CODE.c.credit_left).where(_CODE.c.id.in_(ids)))
    left = {one.display: one.credit_left or 0 for one in rows}
    if candidate.terms.pays:
        left[candidate.code] = row.credit_left or 0
    coupons = [(one.code, one.terms) for one in beside]
    return (
        price(found.basket, coupons, left),
        price(found.basket, [*coupons, (candidate.code, candidate.terms)], left),
    )


def _effect(priced: Priced | None, code: str) -> Effect | None:
    if priced is None:
        return None
    discount = sum(item.gross for item in priced.items if item.code == code)
    return Effect(discount=discount, goods=priced.goods_gross)


def _tries(ctx: Context, holders: Holders) -> Check:
    """See whether the cart or the account has tried too many wrong codes just now."""
    query = select(_ATTEMPT.c.tries).where(
        _ATTEMPT.c.key.in_(attempts.places(holders, None)), _ATTEMPT.c.window == attempts.window_of(ctx)
    )
    tries = max(ctx.conn.execute(query).scalars(), default=0)
    ok = tries < attempts.MOST
    data: dict[str, object] = {"used": tries, "limit": attempts.MOST}
    return Check(name="tries", ok=ok, reason=None if ok else Reason.TOO_MANY_TRIES, data=data)
