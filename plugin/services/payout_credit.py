"""Payouts as store credit: a code for the partner alone, worth what is paid out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from ..domain.codes import generate
from ..domain.coupon import CouponTerms, Kind, Treatment
from ..domain.money import exponent
from ..models import Code, CreditMoveKind
from . import codes, counters, coupons
from .context import Context
from .mistakes import CodeRefused, Mistake, NameTaken
from .payout_runs import Actor

_CODE = Code.__table__
_TRIES = 8
_SIGNS = 12


class CreditUsed(Mistake):
    """Store credit of which something is spent cannot be taken back."""


def issue(ctx: Context, payout: Row[Any], actor: Actor) -> int:
    """Make the code and give its id."""
    coupon_id = _coupon(ctx, payout.currency, actor)
    for _ in range(_TRIES):
        text = generate(1, prefix="CREDIT-", length=_SIGNS)[0]
        try:
            return codes.create_code(
                ctx.conn,
                text,
                coupon_id=coupon_id,
                holder_id=payout.partner_id,
                credit=payout.amount,
                who=actor.name,
                now=ctx.now,
            )
        except CodeRefused:
            continue
    raise Mistake("No code for store credit could be drawn; try again.")


def _coupon(ctx: Context, currency: str, actor: Actor) -> int:
    """Give the coupon of store credit in a currency; the first payout makes it."""
    name = f"Commissions as store credit ({currency})"
    found = coupons.find_coupon(ctx.conn, name)
    if found is None:
        terms = CouponTerms(
            name=name,
            kind=Kind.AMOUNT,
            treatment=Treatment.MULTI_PURPOSE,
            amount=10 ** exponent(currency),
            currency=currency,
        )
        try:
            return coupons.create_coupon(ctx.conn, terms, who=actor.name, now=ctx.now)
        except NameTaken:
            found = coupons.get_coupon_by_name(ctx.conn, name)
    if not found.active or found.treatment != Treatment.MULTI_PURPOSE.value or found.currency != currency:
        raise Mistake(
            f"The coupon {name!r} is switched off or changed: store credit cannot be issued with it."
        )
    return int(found.id)


def take_back(ctx: Context, payout: Row[Any], actor: Actor) -> None:
    """Switch the code off, only where nothing of it is spent. Raises CreditUsed."""
    row = codes.get_code(ctx.conn, payout.code_id, lock=True)
    unspent = (
        update(_CODE)
        .where(_CODE.c.id == row.id, _CODE.c.credit_left == _CODE.c.credit, _CODE.c.used == 0)
        .values(credit_left=_CODE.c.credit)
    )
    if ctx.conn.execute(unspent).rowcount != 1:
        raise CreditUsed(f"Of the store credit {row.display} something is spent: it cannot be taken back.")
    counters.note_credit(ctx, row.id, -row.credit, CreditMoveKind.WITHDRAWN)
    codes.set_code_active(ctx.conn, row.id, False, who=actor.name, now=ctx.now)
