"""Check what guards the promises: counters of limits, uses per person, claims, and the sponsor tree."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, and_, func, or_, select

from ..models import (
    Code,
    Contact,
    Coupon,
    CreditMove,
    CreditMoveKind,
    Document,
    DocumentState,
    PersonUse,
    Redemption,
    RedemptionState,
)
from ..models.contact import NEW_CUSTOMER
from .checking import Checked, Comparison
from .context import Context
from .counting import LIVE
from .person_facts import Place, coupon_scope
from .sponsors import unreachable, wrong_paths

_CODE = Code.__table__
_COUPON = Coupon.__table__
_CONTACT = Contact.__table__
_REDEMPTION = Redemption.__table__
_DOCUMENT = Document.__table__
_USE = PersonUse.__table__


def check_counters(ctx: Context) -> list[Checked]:
    """Compare every counter with the rows that it counts."""
    return [
        _coupons(ctx),
        _budgets(ctx),
        _codes(ctx),
        _credit(ctx),
        _persons(ctx),
        _periods(ctx),
        _claims(ctx),
        _tree(ctx),
    ]


def _coupons(ctx: Context) -> Checked:
    uses = func.count(_REDEMPTION.c.id)
    query = (
        select(_COUPON.c.name, _COUPON.c.used, uses.label("uses"))
        .outerjoin_from(_COUPON, _REDEMPTION, and_(_REDEMPTION.c.coupon_id == _COUPON.c.id, LIVE))
        .where(_COUPON.c.max_uses.is_not(None))
        .group_by(_COUPON.c.id, _COUPON.c.name, _COUPON.c.used)
        .order_by(_COUPON.c.id)
    )
    comparison = Comparison("redemptions = counters of limited coupons")
    for row in ctx.conn.execute(query):
        comparison.count(f"coupon {row.name}", computed=row.uses, kept=row.used)
    return comparison.done()


def _budgets(ctx: Context) -> Checked:
    discount, goods = func.sum(_REDEMPTION.c.discount), func.sum(_REDEMPTION.c.goods)
    query = (
        select(_COUPON, func.coalesce(discount, 0).label("gave"), func.coalesce(goods, 0).label("sold"))
        .outerjoin_from(_COUPON, _REDEMPTION, and_(_REDEMPTION.c.coupon_id == _COUPON.c.id, LIVE))
        .where(or_(_COUPON.c.budget.is_not(None), _COUPON.c.order_budget.is_not(None)))
        .group_by(*_COUPON.c)
        .order_by(_COUPON.c.id)
    )
    comparison = Comparison("discounts and goods = sums of coupons with a budget")
    for row in ctx.conn.execute(query):
        if row.budget is not None:
            comparison.count(f"coupon {row.name}, discounts", computed=int(row.gave), kept=row.spent)
        if row.order_budget is not None:
            comparison.count(f"coupon {row.name}, goods", computed=int(row.sold), kept=row.ordered)
    return comparison.done()


def _codes(ctx: Context) -> Checked:
    uses = func.count(_REDEMPTION.c.id)
    query = (
        select(_CODE.c.display, _CODE.c.used, uses.label("uses"))
        .select_from(
            _CODE.join(_COUPON, _COUPON.c.id == _CODE.c.coupon_id).outerjoin(
                _REDEMPTION, and_(_REDEMPTION.c.code_id == _CODE.c.id, LIVE)
            )
        )
        .where(or_(_CODE.c.max_uses.is_not(None), _COUPON.c.max_per_code.is_not(None)))
        .group_by(_CODE.c.id, _CODE.c.display, _CODE.c.used)
        .order_by(_CODE.c.id)
    )
    comparison = Comparison("redemptions = counters of limited codes")
    for row in ctx.conn.execute(query):
        comparison.count(f"code {row.display}", computed=row.uses, kept=row.used)
    return comparison.done()


_MOVED = (
    select(CreditMove.code_id, func.sum(CreditMove.amount).label("amount"))
    .where(CreditMove.kind != CreditMoveKind.WITHDRAWN.value)
    .group_by(CreditMove.code_id)
)


def _credit(ctx: Context) -> Checked:
    paid = func.coalesce(func.sum(_REDEMPTION.c.credit), 0)
    query = (
        select(_CODE.c.id, _CODE.c.display, _CODE.c.credit, _CODE.c.credit_left, paid.label("paid"))
        .outerjoin_from(_CODE, _REDEMPTION, and_(_REDEMPTION.c.code_id == _CODE.c.id, LIVE))
        .where(_CODE.c.credit.is_not(None))
        .group_by(_CODE.c.id, _CODE.c.display, _CODE.c.credit, _CODE.c.credit_left)
        .order_by(_CODE.c.id)
    )
    moved = {row.code_id: row.amount for row in ctx.conn.execute(_MOVED)}
    comparison = Comparison("store credit issued - paid with = left")
    for row in ctx.conn.execute(query):
        comparison.count(f"code {row.display}", computed=row.credit - int(row.paid), kept=row.credit_left)
        told = row.credit + int(moved.get(row.id, 0))
        comparison.count(f"code {row.display}, day by day", computed=told, kept=row.credit_left)
    return comparison.done()


def _periods(ctx: Context) -> Checked:
    """See that what is counted in a period is what the redemptions say."""
    places = select(_REDEMPTION.c.periods).where(_REDEMPTION.c.periods != [], LIVE)
    computed = Counter((scope, key) for found in ctx.conn.execute(places).scalars() for scope, key in found)
    return _uses(ctx, "redemptions = uses per period", computed, _USE.c.scope.like("coupon:%:%"))


def _persons(ctx: Context) -> Checked:
    limited = select(_COUPON.c.id).where(_COUPON.c.max_per_customer.is_not(None))
    ids = list(ctx.conn.execute(limited.order_by(_COUPON.c.id)).scalars())
    rows = ctx.conn.execute(
        select(_REDEMPTION.c.coupon_id, _REDEMPTION.c.person_keys).where(
            _REDEMPTION.c.coupon_id.in_(ids), LIVE
        )
    )
    computed = Counter((coupon_scope(row.coupon_id), key) for row in rows for key in row.person_keys)
    limited_scopes = _USE.c.scope.in_([coupon_scope(found) for found in ids])
    return _uses(ctx, "redemptions = uses per customer", computed, limited_scopes)


def _uses(ctx: Context, name: str, computed: Counter[Place], which: ColumnElement[bool]) -> Checked:
    """Compare uses counted from redemptions with those that are kept."""
    kept = {(row.scope, row.person_key): row.used for row in ctx.conn.execute(select(_USE).where(which))}
    comparison = Comparison(name)
    for scope, key in sorted({*computed, *kept}):
        comparison.count(
            f"{scope}, {_shown(key)}", computed=computed[scope, key], kept=kept.get((scope, key), 0)
        )
    return comparison.done()


def _claims(ctx: Context) -> Checked:
    """See that every person who used a new-customer coupon holds the claim."""
    order = and_(_DOCUMENT.c.source == _REDEMPTION.c.source, _DOCUMENT.c.ref == _REDEMPTION.c.order_ref)
    query = (
        select(_REDEMPTION.c.id, _REDEMPTION.c.person_keys)
        .outerjoin_from(_REDEMPTION, _DOCUMENT, and_(order, _DOCUMENT.c.kind == "order"))
        .where(
            _REDEMPTION.c.claimed,
            LIVE,
            _REDEMPTION.c.state != RedemptionState.FLAGGED.value,
            func.coalesce(_DOCUMENT.c.state, "") != DocumentState.CANCELLED.value,
        )
        .order_by(_REDEMPTION.c.id)
    )
    held = set(ctx.conn.execute(select(_USE.c.person_key).where(_USE.c.scope == NEW_CUSTOMER)).scalars())
    comparison = Comparison("new-customer redemptions = claims")
    for row in ctx.conn.execute(query):
        for key in row.person_keys:
            kept = "claimed" if key in held else "free"
            comparison.states(f"redemption {row.id}, {_shown(key)}", computed="claimed", kept=kept)
    return comparison.done()


def _shown(key: str) -> str:
    """Name a person key without giving the person away."""
    kind, _, value = key.partition(":")
    return key if kind == "ref" else f"{kind}:{value[:3]}..."


def _tree(ctx: Context) -> Checked:
    comparison = Comparison("sponsors = paths")
    people = ctx.conn.execute(select(func.count()).select_from(_CONTACT)).scalar_one()
    comparison.count(
        "contacts under the top of the tree", computed=people, kept=people - unreachable(ctx.conn)
    )
    comparison.count("contacts with the wrong path", computed=0, kept=wrong_paths(ctx.conn))
    return comparison.done()
