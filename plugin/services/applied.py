"""Codes that wait in carts, and what is known of a code when it is judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, delete, func, null, or_, select

from ..domain.coupon import CouponTerms, Kind
from ..models import AppliedCode, Attempt, Code, Contact, Coupon, Redemption, RedemptionState
from ..models.base import insert_missing
from .attempts import window_of
from .carts import Holders
from .context import Context

_APPLIED = AppliedCode.__table__
_CODE = Code.__table__
_COUPON = Coupon.__table__
_OWNER = Contact.__table__.alias("owner")
_HOLDER = Contact.__table__.alias("holder")
_HELD = Redemption.__table__.alias("held")
_STALE = Redemption.__table__.alias("stale")
_WAITING = AppliedCode.__table__.alias("waiting")
_ATTEMPT = Attempt.__table__


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A code with its coupon, as read for one cart. `row` holds the owner's and holder's columns too.

    `promised` says that a reservation has promised it for this very cart: nothing is judged again.
    """

    code: str
    code_id: int
    coupon_id: int
    terms: CouponTerms
    owner_id: int | None
    row: Row[Any]
    holders: frozenset[str] = frozenset()
    """Where the code waits, as far as this cart leads there."""
    promised: bool = False

    @property
    def held(self) -> bool:
        """Whether this very cart holds a live reservation of the code."""
        return self.row.held_id is not None


def terms_of(row: Row[Any]) -> CouponTerms:
    """Read coupon terms from a row of the coupon table."""
    return CouponTerms(
        name=row.name,
        kind=Kind(row.kind),
        amount=row.amount,
        percent=row.percent,
        cap=row.cap,
        currency=row.currency,
        min_order=row.min_order,
        max_order=row.max_order,
        products=frozenset(row.products),
        categories=frozenset(row.categories),
        new_customers_only=row.new_customers_only,
        max_uses=row.max_uses,
        max_per_code=row.max_per_code,
        max_per_customer=row.max_per_customer,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        vat_rate=row.vat_rate,
        priority=row.priority,
        stackable=row.stackable,
    )


_PERSON = ("ref", "email", "email_folded", "name", "phone", "address", "country")


def _stale_uses(column: Any, wanted: Any, limited: Any) -> Any:  # noqa: ANN401 - SQL expressions
    """Count the expired reservations that still stand in a counter."""
    count = (
        select(func.count())
        .select_from(_STALE)
        .where(
            column == wanted,
            _STALE.c.state == RedemptionState.RESERVED.value,
            _STALE.c.expires_at <= bindparam("now"),
        )
        .correlate(_CODE, _COUPON)
        .scalar_subquery()
    )
    return case((limited, count), else_=0)


def _select() -> Select[Any]:
    code_limited = or_(_CODE.c.max_uses.is_not(None), _COUPON.c.max_per_code.is_not(None))
    return select(
        *[column for column in _COUPON.c if column.name not in {"id", "created_at", "active", "used"}],
        _CODE.c.id.label("code_id"),
        _CODE.c.coupon_id,
        _CODE.c.display,
        _CODE.c.key,
        _CODE.c.owner_id,
        _CODE.c.holder_id,
        _CODE.c.max_uses.label("code_max"),
        _CODE.c.active.label("code_active"),
        _COUPON.c.active.label("coupon_active"),
        (_CODE.c.used - _stale_uses(_STALE.c.code_id, _CODE.c.id, code_limited)).label("code_used"),
        (
            _COUPON.c.used - _stale_uses(_STALE.c.coupon_id, _COUPON.c.id, _COUPON.c.max_uses.is_not(None))
        ).label("coupon_used"),
        *[
            _OWNER.c[name].label(f"owner_{name}")
            for name in (*_PERSON, "path", "partner_since", "partner_until")
        ],
        *[_HOLDER.c[name].label(f"holder_{name}") for name in ("ref", "email_folded")],
        _HELD.c.id.label("held_id"),
        _HELD.c.person_keys.label("held_keys"),
        _HELD.c.claimed.label("held_claimed"),
        _HELD.c.pinned.label("held_pinned"),
    )


_FROM = (
    _CODE.join(_COUPON, _COUPON.c.id == _CODE.c.coupon_id)
    .outerjoin(_OWNER, _OWNER.c.id == _CODE.c.owner_id)
    .outerjoin(_HOLDER, _HOLDER.c.id == _CODE.c.holder_id)
    .outerjoin(
        _HELD,
        and_(
            _HELD.c.code_id == _CODE.c.id,
            _HELD.c.cart_key == bindparam("claim_key"),
            _HELD.c.state == RedemptionState.RESERVED.value,
            _HELD.c.expires_at > bindparam("now"),
        ),
    )
)


def _applied_ids() -> Select[Any]:
    return select(_WAITING.c.code_id).where(_WAITING.c.holder.in_(bindparam("holders", expanding=True)))


_APPLIED_TO = (
    _select()
    .add_columns(_APPLIED.c.at, _APPLIED.c.customer_ref, _APPLIED.c.holder)
    .select_from(_FROM.join(_APPLIED, _APPLIED.c.code_id == _CODE.c.id))
    .where(_APPLIED.c.holder.in_(bindparam("holders", expanding=True)))
    .order_by(_APPLIED.c.at, _APPLIED.c.code_id)
)
_BY_KEY = (
    _select()
    .add_columns(null().label("at"), null().label("customer_ref"))
    .select_from(_FROM)
    .where(_CODE.c.key.in_(bindparam("keys", expanding=True)))
)


def _settled(query: Select[Any]) -> Select[Any]:
    """Wait for who changes the coupon's limits just now: uses and a new limit must see each other."""
    return query.with_for_update(read=True, key_share=True, of=(_COUPON, _CODE))


_APPLIED_TO_SETTLED = _settled(_APPLIED_TO)
_BY_KEY_SETTLED = _settled(_BY_KEY)


def applied_to(ctx: Context, holders: Holders, *, to_use: bool = False) -> list[Candidate]:
    """Give the codes that wait at these holders, first applied first; never what somebody else applied.

    `to_use` says that they will be used up in this transaction.
    """
    if not holders.names:
        return []
    values = {"holders": holders.names, "claim_key": holders.claim_key, "now": ctx.now}
    found: dict[int, Candidate] = {}
    at: dict[int, set[str]] = {}
    for row in ctx.conn.execute(_APPLIED_TO_SETTLED if to_use else _APPLIED_TO, values):
        if row.customer_ref in (None, holders.customer):
            found.setdefault(row.code_id, _candidate(row))
            at.setdefault(row.code_id, set()).add(row.holder)
    return [replace(candidate, holders=frozenset(at[code_id])) for code_id, candidate in found.items()]


_ANY = (
    select(_APPLIED.c.code_id)
    .where(
        or_(
            _APPLIED.c.holder.in_(bindparam("holders", expanding=True)),
            _APPLIED.c.holder.startswith("customer:"),
        )
    )
    .limit(1)
)


def any_waiting(ctx: Context, holders: Holders) -> bool:
    """Say whether a code waits at these holders, or at any customer whom the cart may turn out to be of."""
    return ctx.conn.execute(_ANY, {"holders": holders.names}).first() is not None


def by_keys(
    ctx: Context, keys: Sequence[str], holders: Holders, *, to_use: bool = False
) -> dict[str, Candidate]:
    """Give codes by their canonical keys; `to_use` says that they will be used up in this transaction."""
    if not keys:
        return {}
    values = {"keys": list(dict.fromkeys(keys)), "claim_key": holders.claim_key, "now": ctx.now}
    query = _BY_KEY_SETTLED if to_use else _BY_KEY
    return {row.key: _candidate(row) for row in ctx.conn.execute(query, values)}


_TRIES = (
    select(func.coalesce(func.max(_ATTEMPT.c.tries), 0))
    .where(_ATTEMPT.c.key.in_(bindparam("places", expanding=True)), _ATTEMPT.c.window == bindparam("window"))
    .scalar_subquery()
)
_WITH_WANTED = (
    _select()
    .add_columns(_APPLIED.c.at, _APPLIED.c.customer_ref, _TRIES.label("tries"))
    .select_from(
        _FROM.outerjoin(
            _APPLIED,
            and_(
                _APPLIED.c.code_id == _CODE.c.id,
                _APPLIED.c.holder.in_(bindparam("holders", expanding=True)),
            ),
        )
    )
    .where(or_(_CODE.c.key == bindparam("wanted"), _CODE.c.id.in_(_applied_ids())))
    .order_by(_APPLIED.c.at, _CODE.c.id)
)


def with_wanted(
    ctx: Context, holders: Holders, key: str, places: Sequence[str]
) -> tuple[list[Candidate], Candidate | None, int]:
    """Give the codes that wait, the one that is tried, and the failed tries so far."""
    values = {
        "holders": holders.names,
        "claim_key": holders.claim_key,
        "now": ctx.now,
        "wanted": key,
        "places": list(places),
        "window": window_of(ctx),
    }
    waiting: dict[int, Candidate] = {}
    wanted, tries = None, None
    for row in ctx.conn.execute(_WITH_WANTED, values):
        tries = row.tries
        if row.key == key and wanted is None:
            wanted = _candidate(row)
        if row.at is not None and row.customer_ref in (None, holders.customer):
            waiting.setdefault(row.code_id, _candidate(row))
    if tries is None:
        tries = ctx.conn.execute(select(_TRIES), {"places": list(places), "window": window_of(ctx)}).scalar()
    return list(waiting.values()), wanted, int(tries or 0)


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        code=row.display,
        code_id=row.code_id,
        coupon_id=row.coupon_id,
        terms=terms_of(row),
        owner_id=row.owner_id,
        row=row,
    )


def keep(
    ctx: Context, holders: Holders, code_ids: Iterable[int], *, names: Sequence[str] | None = None
) -> None:
    """Keep codes at every holder of a cart, so that each of them leads to them."""
    wanted = holders.own if names is None else names
    rows = [
        {"holder": name, "code_id": code_id, "customer_ref": holders.customer, "at": ctx.now}
        for name in wanted
        for code_id in code_ids
    ]
    insert_missing(ctx.conn, _APPLIED, rows)


_FORGET = delete(_APPLIED).where(_APPLIED.c.holder.in_(bindparam("holders", expanding=True)))


def forget(ctx: Context, holders: Holders, code_ids: Sequence[int] | None = None) -> None:
    """Forget codes of a cart: those given, or all."""
    if not holders.names:
        return
    if code_ids is None:
        ctx.conn.execute(_FORGET, {"holders": holders.names})
    else:
        statement = _FORGET.where(_APPLIED.c.code_id.in_(code_ids))
        ctx.conn.execute(statement, {"holders": holders.names})


def purge(ctx: Context, before: datetime) -> int:
    """Forget what was applied before that time and never ordered; gives the number of rows."""
    return ctx.conn.execute(delete(_APPLIED).where(_APPLIED.c.at < before)).rowcount
