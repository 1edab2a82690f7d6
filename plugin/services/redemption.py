"""Use codes up: reservations of carts, redemptions of orders, claims of persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Row, bindparam, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ..config import GiveBack
from ..domain.money import minor
from ..domain.quote import Priced
from ..errors import Reason, Refused
from ..models import CameBy, Coupon, History, HistoryKind, PersonUse, Redemption, RedemptionState
from ..models.contact import NEW_CUSTOMER
from . import claiming, counters
from .candidates import Candidate
from .carts import Holders
from .claiming import Counted
from .contacts import Known
from .context import Context
from .counters import Used
from .counting import LIVE
from .giving_back import release_all_expired
from .person_facts import Place, coupon_scope

_USE = PersonUse.__table__
_COUPON = Coupon.__table__
_HISTORY = History.__table__
_REDEMPTION = Redemption.__table__
_MET_BEFORE = exists().where(
    _HISTORY.c.contact_id == bindparam("by_contact"),
    _HISTORY.c.partner_id == bindparam("of_owner"),
    _HISTORY.c.kind == HistoryKind.TOUCH.value,
)
_INSERT = insert(_REDEMPTION).values(touched=or_(bindparam("met", type_=Boolean()), _MET_BEFORE))


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What codes are used for: an order, or a reservation of a cart (`order_ref` None)."""

    order_ref: str | None
    contact_id: int | None
    known: Known
    holders: Holders
    pins: Mapping[int, object] = field(default_factory=dict)
    """What a reservation promises, per code: terms, and a digest of the cart they were promised for."""
    counted: bool = True
    """False for a fact that takes no claim: it is flagged, and counts above any limit."""
    note: str = ""

    @property
    def state(self) -> RedemptionState:
        """What its redemptions stand at."""
        if not self.counted:
            return RedemptionState.FLAGGED
        return RedemptionState.RESERVED if self.order_ref is None else RedemptionState.REDEEMED


def use(ctx: Context, candidates: Sequence[Candidate], priced: Priced | None, purpose: Purpose) -> None:
    """Use codes up for an order or hold them for a cart. Reservations of this cart are not counted again.

    Raises Refused where another process was quicker; the caller's savepoint takes everything back.
    """
    if ctx.frees_expired:
        release_all_expired(ctx)
    used = used_by(candidates, priced, purpose)
    currency = priced.basket.currency if priced else ctx.settings.currency
    _store(ctx, candidates, used, currency, purpose)


def used_by(candidates: Sequence[Candidate], priced: Priced | None, purpose: Purpose) -> dict[str, Used]:
    """Give what each code takes. A fact that takes no claim pays with no store credit either."""
    if priced is None:
        return {}
    goods = _goods_of(candidates, priced.goods_gross)
    used = {item.code: Used(discount=item.discount, goods=goods[item.code]) for item in priced.items}
    if purpose.counted:
        used |= {credit.code: Used(credit=credit.amount) for credit in priced.credits}
    return used


def _goods_of(candidates: Sequence[Candidate], goods: int) -> Mapping[str, int]:
    """Give the goods of an order by code: once for each coupon, however many of its codes stand there."""
    found: dict[str, int] = defaultdict(int)
    found |= {first.code: goods for first in {c.coupon_id: c for c in reversed(candidates)}.values()}
    return found


def _store(
    ctx: Context, candidates: Sequence[Candidate], used: Mapping[str, Used], currency: str, purpose: Purpose
) -> None:
    counted: Mapping[int, Counted] = {}
    if purpose.counted:
        keys = sorted(purpose.known.keys)
        counted = claiming.count(ctx, candidates, keys, order_ref=purpose.order_ref)
    else:
        claiming.uncount(ctx, candidates)
    columns = {c.code_id: counted.get(c.code_id, Counted()).columns for c in candidates}
    for candidate in (c for c in candidates if c.held):
        taken = used.get(candidate.code, Used())
        _settle_held(ctx, candidate, taken, columns[candidate.code_id], purpose)
    fresh = [candidate for candidate in candidates if not candidate.held]
    rows = [
        _row(ctx, candidate, used.get(candidate.code, Used()), currency, purpose) | columns[candidate.code_id]
        for candidate in fresh
    ]
    _insert(ctx, rows)
    for candidate in sorted(fresh, key=lambda c: (c.coupon_id, c.code_id)):
        taken = used.get(candidate.code, Used())
        counters.raise_counters(ctx, candidate, taken, guarded=purpose.counted)


def _insert(ctx: Context, rows: Sequence[dict[str, object]]) -> None:
    """Insert redemptions; where the cart's own reservation has just appeared or run out, try again."""
    if not rows:
        return
    try:
        ctx.conn.execute(_INSERT, rows if len(rows) > 1 else rows[0])
    except IntegrityError as error:
        raise Refused(Reason.USED_UP) from error


def _row(
    ctx: Context, candidate: Candidate, used: Used, currency: str, purpose: Purpose
) -> dict[str, object]:
    return {
        "code_id": candidate.code_id,
        "coupon_id": candidate.coupon_id,
        "state": purpose.state.value,
        "source": ctx.source,
        "order_ref": purpose.order_ref,
        "cart_key": purpose.holders.claim_key,
        "contact_id": purpose.contact_id,
        "discount": used.discount,
        "credit": used.credit,
        "goods": used.goods,
        "currency": currency,
        "came_by": candidate.came_by.value,
        "met": _has_met(candidate, purpose.known),
        "by_contact": purpose.contact_id,
        "of_owner": candidate.owner_id,
        "pinned": purpose.pins.get(candidate.code_id),
        "note": purpose.note,
        "expires_at": _expiry(ctx) if purpose.order_ref is None else None,
        "created_at": ctx.now,
        "changed_at": ctx.now,
    }


def _has_met(candidate: Candidate, known: Known) -> bool:
    """Tell whether the buyer came by the owner's link or stands in the owner's first line already."""
    if candidate.came_by is CameBy.LINK:
        return True
    sponsor = None if known.row is None else known.row.sponsor_id
    return sponsor is not None and sponsor == candidate.owner_id


def _expiry(ctx: Context) -> datetime:
    return ctx.now + timedelta(minutes=ctx.settings.reserve_minutes)


def _settle_held(
    ctx: Context, candidate: Candidate, used: Used, columns: Mapping[str, object], purpose: Purpose
) -> None:
    """Extend a reservation of this cart, or turn it into the redemption of its order."""
    placed, row = purpose.order_ref is not None, candidate.row
    ctx.conn.execute(
        update(_REDEMPTION)
        .where(_REDEMPTION.c.id == row.held_id)
        .values(
            state=purpose.state.value,
            order_ref=purpose.order_ref,
            contact_id=purpose.contact_id,
            discount=used.discount,
            credit=used.credit,
            goods=used.goods,
            pinned=purpose.pins.get(candidate.code_id),
            expires_at=None if placed else _expiry(ctx),
            changed_at=ctx.now,
            **columns,
        )
    )
    more = Used(
        uses=0,
        discount=used.discount - row.held_discount,
        goods=used.goods - row.held_goods,
        credit=used.credit - row.held_credit,
    )
    counters.raise_counters(ctx, candidate, more, guarded=purpose.counted)


def of_order(ctx: Context, order_ref: str) -> list[Row[Any]]:
    """Give the live redemptions of an order, in the order in which they were made."""
    query = (
        select(_REDEMPTION)
        .where(
            _REDEMPTION.c.source == ctx.source,
            _REDEMPTION.c.order_ref == order_ref,
            LIVE,
        )
        .order_by(_REDEMPTION.c.id)
    )
    return list(ctx.conn.execute(query))


def of_cart(ctx: Context, cart_key: str) -> list[Row[Any]]:
    """Give what is reserved for a cart."""
    query = select(_REDEMPTION).where(
        _REDEMPTION.c.cart_key == cart_key, _REDEMPTION.c.state == RedemptionState.RESERVED.value
    )
    return list(ctx.conn.execute(query.order_by(_REDEMPTION.c.id)))


def policy_of(ctx: Context, row: Row[Any]) -> GiveBack:
    """Give when this redemption comes back on a cancel: by its coupon, else by the setting."""
    own = ctx.conn.execute(select(_COUPON.c.give_back).where(_COUPON.c.id == row.coupon_id)).scalar()
    return ctx.settings.give_back if own is None else GiveBack(own)


def adjust(
    ctx: Context, order_ref: str, priced: Priced, codes: Mapping[int, str], stays: Mapping[int, int]
) -> None:
    """Note what an order's codes take after the order changed; no limit is judged again.

    By code id, `codes` gives the spelling and `stays` the store credit that pays for what was not returned.
    """
    discounts = {item.code: item.discount for item in priced.items}
    for row in of_order(ctx, order_ref):
        code = codes.get(row.code_id, "")
        goods = priced.goods_gross if row.goods else 0
        credit = min(row.credit, stays.get(row.code_id, 0))
        now = Used(uses=0, discount=discounts.get(code, 0), goods=goods, credit=credit)
        change = Used(
            uses=0,
            discount=now.discount - row.discount,
            goods=now.goods - row.goods,
            credit=now.credit - row.credit,
        )
        if not change.nothing:
            values = {"discount": now.discount, "goods": now.goods, "credit": now.credit}
            ctx.conn.execute(
                update(_REDEMPTION).where(_REDEMPTION.c.id == row.id).values(**values, changed_at=ctx.now)
            )
            counters.shift_counters(ctx, row.coupon_id, row.code_id, change)


def move_claims(ctx: Context, order_ref: str, known: Known, contact_id: int) -> bool:
    """Move an order's uses and claims to another orderer; False where that person's claim is taken."""
    free = True
    for row in of_order(ctx, order_ref):
        values: dict[str, object] = {"contact_id": contact_id, "changed_at": ctx.now}
        if row.person_keys or row.periods:
            values |= _move_uses(ctx, row, known)
            free = free and values["claimed"] == row.claimed
        ctx.conn.execute(update(_REDEMPTION).where(_REDEMPTION.c.id == row.id).values(**values))
    return free


def _move_uses(ctx: Context, row: Row[Any], known: Known) -> dict[str, object]:
    """Count a use under another person's keys; limits are not judged again."""
    keys, scope = sorted(known.keys), coupon_scope(row.coupon_id)
    gone: set[Place] = set()
    more: set[Place] = set()
    if _standing(ctx, scope, row.person_keys):
        gone |= {(scope, key) for key in row.person_keys}
        more |= {(scope, key) for key in keys}
    personal = [(place, key) for place, key in row.periods if key]
    gone |= set(personal)
    more |= {(place, key) for place in {place for place, _ in personal} for key in keys}
    if row.claimed:
        gone |= {(NEW_CUSTOMER, key) for key in row.person_keys}
    counters.release_uses(ctx, gone)
    claimed = row.claimed and not known.bought and not _standing(ctx, NEW_CUSTOMER, sorted(known.all_keys))
    more |= {(NEW_CUSTOMER, key) for key in keys} if claimed else set()
    counters.raise_uses(ctx, [(place, None) for place in more], row.order_ref)
    everybody = [[place, key] for place, key in row.periods if not key]
    mine = sorted([place, key] for place, key in more if place.startswith(f"{scope}:"))
    return {
        "person_keys": keys if row.person_keys else [],
        "periods": [*everybody, *mine],
        "claimed": claimed,
    }


def _standing(ctx: Context, scope: str, keys: Sequence[str]) -> bool:
    query = select(_USE.c.used).where(_USE.c.scope == scope, _USE.c.person_key.in_(keys), _USE.c.used > 0)
    return ctx.conn.execute(query.limit(1)).first() is not None


def claim_again(
    ctx: Context,
    candidates: Sequence[Candidate],
    order: Any,  # noqa: ANN401 - a Paper
    known: Known,
    stays: Mapping[int, int],
) -> bool:
    """Use an order's codes again after its payment had failed and then came; else flag them.

    `stays` gives the store credit, by code id, that pays for what was not returned.
    """
    purpose = Purpose(order_ref=order.ref, contact_id=order.contact_id, known=known, holders=Holders())
    used = _as_pinned(candidates, order, stays)
    try:
        with ctx.conn.begin_nested():
            _store(ctx, candidates, used, order.currency, purpose)
    except Refused as refused:
        flagged = replace(purpose, counted=False, note=str(refused.reason))
        without = {code: replace(taken, credit=0) for code, taken in used.items()}
        _store(ctx, candidates, without, order.currency, flagged)
        return False
    return True


def _as_pinned(
    candidates: Sequence[Candidate],
    order: Any,  # noqa: ANN401 - a Paper
    stays: Mapping[int, int],
) -> dict[str, Used]:
    """Give what the codes of an order took when it was placed, less the credit that went back by returns."""
    currency, goods = order.currency, _goods_of(candidates, order.sale["goods_gross"])
    used = {
        item[0]: Used(discount=minor(item[4], currency), goods=goods[item[0]])
        for item in order.quote["items"]
    }
    codes = {code: stays[code_id] for code_id, code, _ in order.sale["coupons"] if code_id in stays}
    return used | {code: Used(credit=credit) for code, credit in codes.items()}
