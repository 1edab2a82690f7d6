"""Use codes up and give them back: reservations, redemptions, claims and their counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Update, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..config import GiveBack
from ..domain.money import minor
from ..domain.quote import Priced
from ..errors import Reason, Refused
from ..models import Code, Coupon, PersonUse, Redemption, RedemptionState
from ..models.base import Insert, dialect_insert
from ..models.contact import NEW_CUSTOMER
from .applied import Candidate
from .carts import Holders
from .contacts import Known
from .context import Context
from .quoting import coupon_scope

_USE = PersonUse.__table__
_CODE = Code.__table__
_COUPON = Coupon.__table__
_REDEMPTION = Redemption.__table__
_LIVE = (RedemptionState.RESERVED.value, RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value)
_RELEASE_USES = (
    update(_USE)
    .where(_USE.c.scope == bindparam("in_scope"), _USE.c.person_key == bindparam("of_key"), _USE.c.used > 0)
    .values(used=_USE.c.used - 1)
)
_DELETE_USES = delete(_USE).where(
    _USE.c.scope.in_(bindparam("scopes", expanding=True)),
    _USE.c.person_key.in_(bindparam("keys", expanding=True)),
    _USE.c.used == 0,
)
_RELEASE = (
    update(_REDEMPTION)
    .where(_REDEMPTION.c.id == bindparam("of_id"), _REDEMPTION.c.state == bindparam("was"))
    .values(state=RedemptionState.RELEASED.value, expires_at=None, changed_at=bindparam("now"))
)
_RAISE_COUPON_ABOVE = (
    update(_COUPON).where(_COUPON.c.id == bindparam("of_id")).values(used=_COUPON.c.used + 1)
)
_RAISE_COUPON = _RAISE_COUPON_ABOVE.where(_COUPON.c.active, _COUPON.c.used < _COUPON.c.max_uses)
_RAISE_CODE_ABOVE = update(_CODE).where(_CODE.c.id == bindparam("of_id")).values(used=_CODE.c.used + 1)
_RAISE_CODE = _RAISE_CODE_ABOVE.where(_CODE.c.active, _CODE.c.used < bindparam("below"))
_LOWER_COUPON = (
    update(_COUPON)
    .where(_COUPON.c.id == bindparam("of_id"), _COUPON.c.max_uses.is_not(None), _COUPON.c.used > 0)
    .values(used=_COUPON.c.used - 1)
)
_LOWER_CODE = (
    update(_CODE).where(_CODE.c.id == bindparam("of_id"), _CODE.c.used > 0).values(used=_CODE.c.used - 1)
)
_INSERT = insert(_REDEMPTION)


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


def use(ctx: Context, candidates: Sequence[Candidate], priced: Priced | None, purpose: Purpose) -> None:
    """Use codes up for an order or hold them for a cart. Reservations of this cart are not counted again.

    Raises Refused where another process was quicker; the caller's savepoint takes everything back.
    """
    if ctx.frees_expired:
        release_all_expired(ctx)
    fresh = [candidate for candidate in candidates if not candidate.held]
    keys = sorted(purpose.known.keys)
    discounts = {item.code: item.discount for item in priced.items} if priced else {}
    for candidate in candidates:
        if candidate.held:
            _settle_held(ctx, candidate, discounts.get(candidate.code, 0), purpose)
    if purpose.counted:
        _count_person(ctx, fresh, keys, purpose)
    currency = priced.basket.currency if priced else ctx.settings.currency
    rows = [
        _row(ctx, candidate, discounts.get(candidate.code, 0), currency, keys, purpose) for candidate in fresh
    ]
    _insert(ctx, rows)
    for candidate in sorted(fresh, key=lambda c: (c.coupon_id, c.code_id)):
        _count(ctx, candidate, purpose)


def _insert(ctx: Context, rows: Sequence[dict[str, object]]) -> None:
    """Insert redemptions; where the cart's own reservation has just appeared or run out, try again."""
    if not rows:
        return
    try:
        ctx.conn.execute(_INSERT, rows if len(rows) > 1 else rows[0])
    except IntegrityError as error:
        raise Refused(Reason.USED_UP) from error


def _state(purpose: Purpose) -> RedemptionState:
    if not purpose.counted:
        return RedemptionState.FLAGGED
    return RedemptionState.RESERVED if purpose.order_ref is None else RedemptionState.REDEEMED


def _row(
    ctx: Context, candidate: Candidate, discount: int, currency: str, keys: Sequence[str], purpose: Purpose
) -> dict[str, object]:
    return {
        "code_id": candidate.code_id,
        "coupon_id": candidate.coupon_id,
        "state": _state(purpose).value,
        "source": ctx.source,
        "order_ref": purpose.order_ref,
        "cart_key": purpose.holders.claim_key,
        "contact_id": purpose.contact_id,
        "discount": discount,
        "currency": currency,
        "person_keys": list(keys) if purpose.counted and _counts_person(candidate) else [],
        "claimed": purpose.counted and candidate.terms.new_customers_only,
        "pinned": purpose.pins.get(candidate.code_id),
        "note": purpose.note,
        "expires_at": _expiry(ctx) if purpose.order_ref is None else None,
        "created_at": ctx.now,
        "changed_at": ctx.now,
    }


def _expiry(ctx: Context) -> datetime:
    return ctx.now + timedelta(minutes=ctx.settings.reserve_minutes)


def _counts_person(candidate: Candidate) -> bool:
    return candidate.terms.new_customers_only or candidate.terms.max_per_customer is not None


@cache
def _one_more_use(dialect: str) -> Insert:
    statement = dialect_insert(_USE, dialect)
    return statement.on_conflict_do_update(
        index_elements=[_USE.c.scope, _USE.c.person_key],
        set_={
            "used": _USE.c.used + 1,
            "max_uses": statement.excluded.max_uses,
            "order_ref": statement.excluded.order_ref,
            "at": statement.excluded.at,
        },
    )


def _count_person(ctx: Context, fresh: Sequence[Candidate], keys: Sequence[str], purpose: Purpose) -> None:
    rows = [
        {
            "scope": scope,
            "person_key": key,
            "used": 1,
            "max_uses": limit,
            "order_ref": purpose.order_ref,
            "at": ctx.now,
        }
        for scope, limit in sorted(_limits(fresh).items())
        for key in keys
    ]
    if not rows:
        return
    try:
        ctx.conn.execute(_one_more_use(ctx.conn.dialect.name), rows)
    except IntegrityError as error:
        new_only = any(candidate.terms.new_customers_only for candidate in fresh)
        raise Refused(Reason.NEW_CUSTOMERS_ONLY if new_only else Reason.USED_UP) from error


def _limits(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Give the limit per scope; one claim serves several new-customer codes of one order."""
    limits = {
        coupon_scope(c.coupon_id): c.terms.max_per_customer
        for c in candidates
        if c.terms.max_per_customer is not None
    }
    if any(candidate.terms.new_customers_only for candidate in candidates):
        limits[NEW_CUSTOMER] = 1
    return limits


def _settle_held(ctx: Context, candidate: Candidate, discount: int, purpose: Purpose) -> None:
    """Extend a reservation of this cart, or turn it into the redemption of its order."""
    placed = purpose.order_ref is not None
    ctx.conn.execute(
        update(_REDEMPTION)
        .where(_REDEMPTION.c.id == candidate.row.held_id)
        .values(
            state=_state(purpose).value,
            order_ref=purpose.order_ref,
            contact_id=purpose.contact_id,
            discount=discount,
            pinned=purpose.pins.get(candidate.code_id),
            expires_at=None if placed else _expiry(ctx),
            changed_at=ctx.now,
        )
    )


def _count(ctx: Context, candidate: Candidate, purpose: Purpose) -> None:
    """Raise the guarded counters, coupon before code; a limit that is reached refuses."""
    row = candidate.row
    if row.max_uses is not None:
        raising = _RAISE_COUPON if purpose.counted else _RAISE_COUPON_ABOVE
        _raise_counter(ctx, raising, {"of_id": candidate.coupon_id})
    limits = [limit for limit in (row.code_max, row.max_per_code) if limit is not None]
    if limits:
        raising = _RAISE_CODE if purpose.counted else _RAISE_CODE_ABOVE
        _raise_counter(ctx, raising, {"of_id": candidate.code_id, "below": min(limits)})


def _raise_counter(ctx: Context, raising: Update, values: dict[str, int]) -> None:
    if ctx.conn.execute(raising, values).rowcount != 1:
        raise Refused(Reason.USED_UP)


def release_all_expired(ctx: Context) -> int:
    """Free every reservation that has run out; gives their number."""
    rows = ctx.conn.execute(
        select(_REDEMPTION)
        .where(_REDEMPTION.c.state == RedemptionState.RESERVED.value, _REDEMPTION.c.expires_at <= ctx.now)
        .order_by(_REDEMPTION.c.id)
    ).all()
    return give_back(ctx, rows)


def give_back(ctx: Context, rows: Sequence[Row[Any]], *, claims: bool = True) -> int:
    """Release live redemptions, each once, its counters with it; gives how many were not released before.

    All rows first, then all uses, then coupons and codes: in another order parallel calls could wait for each
    other. Without `claims` new-customer claims stay, as they do for ever once the order was paid.
    """
    gone = [row for row in sorted(rows, key=lambda row: row.id) if _is_released_now(ctx, row)]
    uses = [(coupon_scope(row.coupon_id), key) for row in gone for key in row.person_keys]
    if claims:
        uses += [(NEW_CUSTOMER, key) for row in gone if row.claimed for key in row.person_keys]
    release_uses(ctx, uses)
    for coupon_id, code_id in sorted((row.coupon_id, row.code_id) for row in gone):
        ctx.conn.execute(_LOWER_COUPON, {"of_id": coupon_id})
        ctx.conn.execute(_LOWER_CODE, {"of_id": code_id})
    for row in gone:
        if row.state != RedemptionState.RESERVED.value:
            ctx.tell("coupon_released", order_ref=row.order_ref, code_id=row.code_id, redemption_id=row.id)
    return len(gone)


def _is_released_now(ctx: Context, row: Row[Any]) -> bool:
    values = {"of_id": row.id, "was": row.state, "now": ctx.now}
    return row.state in _LIVE and ctx.conn.execute(_RELEASE, values).rowcount == 1


def release_uses(ctx: Context, uses: Sequence[tuple[str, str]]) -> None:
    """Take one use back for each (scope, person key)."""
    if not uses:
        return
    ctx.conn.execute(_RELEASE_USES, [{"in_scope": scope, "of_key": key} for scope, key in sorted(uses)])
    scopes, keys = {scope for scope, _ in uses}, {key for _, key in uses}
    ctx.conn.execute(_DELETE_USES, {"scopes": sorted(scopes), "keys": sorted(keys)})


def of_order(ctx: Context, order_ref: str) -> list[Row[Any]]:
    """Give the live redemptions of an order, in the order in which they were made."""
    query = (
        select(_REDEMPTION)
        .where(
            _REDEMPTION.c.source == ctx.source,
            _REDEMPTION.c.order_ref == order_ref,
            _REDEMPTION.c.state.in_(_LIVE),
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


def move_claims(ctx: Context, order_ref: str, known: Known, contact_id: int) -> bool:
    """Move an order's uses and claims to another orderer; False where that person's claim is taken."""
    free = True
    for row in of_order(ctx, order_ref):
        values: dict[str, object] = {"contact_id": contact_id, "changed_at": ctx.now}
        if row.person_keys:
            values |= _move_uses(ctx, row, known)
            free = free and values["claimed"] == row.claimed
        ctx.conn.execute(update(_REDEMPTION).where(_REDEMPTION.c.id == row.id).values(**values))
    return free


def _move_uses(ctx: Context, row: Row[Any], known: Known) -> dict[str, object]:
    """Count a use under another person's keys; limits are not judged again."""
    keys, scope = sorted(known.keys), coupon_scope(row.coupon_id)
    counted = _standing(ctx, scope, row.person_keys)
    if counted:
        release_uses(ctx, [(scope, key) for key in row.person_keys])
    claimed = False
    if row.claimed:
        release_uses(ctx, [(NEW_CUSTOMER, key) for key in row.person_keys])
        claimed = not known.bought and not _standing(ctx, NEW_CUSTOMER, sorted(known.all_keys))
    scopes = [*([scope] if counted else []), *([NEW_CUSTOMER] if claimed else [])]
    rows = [
        {
            "scope": place,
            "person_key": key,
            "used": 1,
            "max_uses": None,
            "order_ref": row.order_ref,
            "at": ctx.now,
        }
        for place in scopes
        for key in keys
    ]
    if rows:
        statement = dialect_insert(_USE, ctx.conn.dialect.name)
        more = {"used": _USE.c.used + 1, "max_uses": None}
        index = [_USE.c.scope, _USE.c.person_key]
        ctx.conn.execute(statement.on_conflict_do_update(index_elements=index, set_=more), rows)
    return {"person_keys": keys, "claimed": claimed}


def _standing(ctx: Context, scope: str, keys: Sequence[str]) -> bool:
    query = select(_USE.c.used).where(_USE.c.scope == scope, _USE.c.person_key.in_(keys), _USE.c.used > 0)
    return ctx.conn.execute(query.limit(1)).first() is not None


def claim_again(ctx: Context, candidates: Sequence[Candidate], order: Any, known: Known) -> bool:  # noqa: ANN401
    """Use an order's codes again after its payment had failed and then came; else flag them."""
    purpose = Purpose(order_ref=order.ref, contact_id=order.contact_id, known=known, holders=Holders())
    gross = {code: minor(amount, order.currency) for code, *_, amount in order.quote["items"]}
    try:
        with ctx.conn.begin_nested():
            _use_again(ctx, candidates, gross, order.currency, purpose)
    except Refused as refused:
        flagged = replace(purpose, counted=False, note=str(refused.reason))
        _use_again(ctx, candidates, gross, order.currency, flagged)
        return False
    return True


def _use_again(
    ctx: Context, candidates: Sequence[Candidate], gross: dict[str, int], currency: str, purpose: Purpose
) -> None:
    keys = sorted(purpose.known.keys)
    if purpose.counted:
        _count_person(ctx, candidates, keys, purpose)
    rows = [_row(ctx, c, gross.get(c.code, 0), currency, keys, purpose) for c in candidates]
    _insert(ctx, rows)
    for candidate in candidates:
        _count(ctx, candidate, purpose)
