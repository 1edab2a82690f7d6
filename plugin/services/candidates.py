"""Codes as read for one cart: their coupon, owner, counters, and what this very cart holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from ..domain.codes import canonical
from ..domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from ..domain.portions import Portion
from ..domain.window import Period
from ..models import AppliedCode, Attempt, CameBy, Code, Contact, Coupon, Redemption, RedemptionState
from . import eligibility
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

    `came_by` is how the code came to this cart. `promised` says that a reservation has promised it for this
    very cart: nothing is judged again.
    """

    code: str
    code_id: int
    coupon_id: int
    terms: CouponTerms
    owner_id: int | None
    row: Row[Any]
    holders: frozenset[str] = frozenset()
    """Where the code waits, as far as this cart leads there."""
    came_by: CameBy = CameBy.ORDER
    promised: bool = False
    portions: tuple[Portion, ...] = ()
    """Where several partners share what it brings, the owner first."""

    @property
    def held(self) -> bool:
        """Whether this very cart holds a live reservation of the code."""
        return self.row.held_id is not None

    @property
    def credit_left(self) -> int | None:
        """What a code of store credit can still pay for this cart, in minor units; None for other codes."""
        left: int | None = self.row.credit_left
        return None if left is None else left + (self.row.held_credit if self.held else 0)


def terms_of(row: Row[Any]) -> CouponTerms:
    """Read coupon terms from a row of the coupon table."""
    return CouponTerms(
        name=row.name,
        kind=Kind(row.kind),
        treatment=Treatment(row.treatment),
        amount=row.amount,
        percent=row.percent,
        cap=row.cap,
        currency=row.currency,
        min_order=row.min_order,
        max_order=row.max_order,
        order_value=OrderValue(row.order_value),
        minimum_again=row.minimum_again,
        products=frozenset(row.products),
        categories=frozenset(row.categories),
        not_products=frozenset(row.not_products),
        not_categories=frozenset(row.not_categories),
        new_customers_only=row.new_customers_only,
        max_uses=row.max_uses,
        max_per_code=row.max_per_code,
        max_per_customer=row.max_per_customer,
        period=None if row.period is None else Period(row.period),
        max_in_period=row.max_in_period,
        max_per_customer_in_period=row.max_per_customer_in_period,
        budget=row.budget,
        order_budget=row.order_budget,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        days=frozenset(row.days),
        opens=row.opens,
        closes=row.closes,
        vat_rate=row.vat_rate,
        priority=row.priority,
        stackable=row.stackable,
        stack_group=row.stack_group,
        most_codes=row.most_codes,
        link_only=row.link_only,
        campaign=row.campaign,
    )


_PERSON = ("ref", "email", "email_folded", "name", "phone", "address", "country")


def _expired(what: ColumnElement[Any], column: ColumnElement[int], wanted: ColumnElement[int]) -> Any:  # noqa: ANN401
    """Give what the reservations that have run out still hold in a counter."""
    return (
        select(func.coalesce(what, 0))
        .select_from(_STALE)
        .where(
            column == wanted,
            _STALE.c.state == RedemptionState.RESERVED.value,
            _STALE.c.expires_at <= bindparam("now"),
        )
        .correlate(_CODE, _COUPON)
        .scalar_subquery()
    )


def _of_coupon(counter: str, what: ColumnElement[Any], *limits: str) -> ColumnElement[Any]:
    """Give a counter of the coupon as it would stand without reservations that have run out."""
    limited = or_(*[_COUPON.c[limit].is_not(None) for limit in limits])
    held = _expired(what, _STALE.c.coupon_id, _COUPON.c.id)
    return (_COUPON.c[counter] - case((limited, held), else_=0)).label(f"coupon_{counter}")


def _of_code() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Give uses and credit of the code as they would stand without reservations that have run out."""
    limited = or_(_CODE.c.max_uses.is_not(None), _COUPON.c.max_per_code.is_not(None))
    uses = _expired(func.count(), _STALE.c.code_id, _CODE.c.id)
    credit = _expired(func.sum(_STALE.c.credit), _STALE.c.code_id, _CODE.c.id)
    return (
        (_CODE.c.used - case((limited, uses), else_=0)).label("code_used"),
        case((_CODE.c.credit_left.is_not(None), _CODE.c.credit_left + credit)).label("credit_left"),
    )


_NOT_TERMS = frozenset({"id", "created_at", "active", "used", "spent", "ordered", "treatment_answers"})
_HELD_FACTS = ("id", "person_keys", "claimed", "pinned", "discount", "goods", "credit", "periods")


def _select() -> Select[Any]:
    return select(
        *[column for column in _COUPON.c if column.name not in _NOT_TERMS],
        _CODE.c.id.label("code_id"),
        _CODE.c.coupon_id,
        _CODE.c.display,
        _CODE.c.key,
        _CODE.c.owner_id,
        _CODE.c.holder_id,
        _CODE.c.portions.label("code_portions"),
        _CODE.c.max_uses.label("code_max"),
        _CODE.c.valid_from.label("code_valid_from"),
        _CODE.c.valid_until.label("code_valid_until"),
        _CODE.c.link_only.label("code_link_only"),
        _CODE.c.active.label("code_active"),
        _COUPON.c.active.label("coupon_active"),
        *_of_code(),
        _of_coupon("used", func.count(), "max_uses"),
        _of_coupon("spent", func.sum(_STALE.c.discount), "budget"),
        _of_coupon("ordered", func.sum(_STALE.c.goods), "order_budget"),
        *[_OWNER.c[name].label(f"owner_{name}") for name in (*_PERSON, "path")],
        *eligibility.columns(_OWNER, "owner_"),
        *[_HOLDER.c[name].label(f"holder_{name}") for name in ("ref", "email_folded")],
        *[_HELD.c[name].label(f"held_{name}") for name in _HELD_FACTS],
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
    .add_columns(_APPLIED.c.at, _APPLIED.c.customer_ref, _APPLIED.c.holder, _APPLIED.c.came_by)
    .select_from(_FROM.join(_APPLIED, _APPLIED.c.code_id == _CODE.c.id))
    .where(_APPLIED.c.holder.in_(bindparam("holders", expanding=True)))
    .order_by(_APPLIED.c.at, _APPLIED.c.code_id)
)
_BY_LINK = (
    select(_WAITING.c.code_id)
    .where(
        _WAITING.c.code_id == _CODE.c.id,
        _WAITING.c.holder.in_(bindparam("holders", expanding=True)),
        _WAITING.c.came_by == CameBy.LINK.value,
    )
    .correlate(_CODE)
    .exists()
)
_BY_KEY = (
    _select()
    .add_columns(case((_BY_LINK, CameBy.LINK.value), else_=CameBy.ORDER.value).label("came_by"))
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
    rows = ctx.conn.execute(_APPLIED_TO_SETTLED if to_use else _APPLIED_TO, values)
    return _united([row for row in rows if row.customer_ref in (None, holders.customer)])


def _united(rows: Iterable[Row[Any]]) -> list[Candidate]:
    """Give each code once; one that came by a link to any of the holders came by a link."""
    found: dict[int, Candidate] = {}
    for row in rows:
        one = replace(_candidate(row), holders=frozenset({row.holder} - {""}))
        seen = found.get(row.code_id)
        if seen is not None:
            came_by = CameBy.LINK if CameBy.LINK in (seen.came_by, one.came_by) else seen.came_by
            one = replace(seen, holders=seen.holders | one.holders, came_by=came_by)
        found[row.code_id] = one
    return list(found.values())


def by_keys(
    ctx: Context, keys: Sequence[str], holders: Holders, *, to_use: bool = False
) -> dict[str, Candidate]:
    """Give codes by their canonical keys; `to_use` says that they will be used up in this transaction."""
    if not keys:
        return {}
    values = {
        "keys": list(dict.fromkeys(keys)),
        "holders": holders.names,
        "claim_key": holders.claim_key,
        "now": ctx.now,
    }
    query = _BY_KEY_SETTLED if to_use else _BY_KEY
    return {row.key: _candidate(row) for row in ctx.conn.execute(query, values)}


def named(
    ctx: Context, codes: Sequence[str], holders: Holders, *, to_use: bool = False
) -> tuple[list[Candidate], list[str]]:
    """Give codes as they were named, each once and in their order, and those that do not exist."""
    keys = [canonical(code) for code in codes]
    found = by_keys(ctx, keys, holders, to_use=to_use)
    known = [found[key] for key in dict.fromkeys(keys) if key in found]
    return known, [code for code, key in zip(codes, keys, strict=True) if key not in found]


_TRIES = (
    select(func.coalesce(func.max(_ATTEMPT.c.tries), 0))
    .where(_ATTEMPT.c.key.in_(bindparam("places", expanding=True)), _ATTEMPT.c.window == bindparam("window"))
    .scalar_subquery()
)
_WITH_WANTED = (
    _select()
    .add_columns(
        _APPLIED.c.at,
        _APPLIED.c.customer_ref,
        func.coalesce(_APPLIED.c.holder, literal("")).label("holder"),
        func.coalesce(_APPLIED.c.came_by, literal(CameBy.TYPED.value)).label("came_by"),
        _TRIES.label("tries"),
    )
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
    ctx: Context, holders: Holders, key: str, places: Sequence[str], came_by: CameBy
) -> tuple[list[Candidate], Candidate | None, int]:
    """Give the codes that wait, the one that is tried and how it came, and the failed tries so far."""
    values = {
        "holders": holders.names,
        "claim_key": holders.claim_key,
        "now": ctx.now,
        "wanted": key,
        **_of_tries(ctx, places),
    }
    rows = ctx.conn.execute(_WITH_WANTED, values).all()
    tries = rows[0].tries if rows else ctx.conn.execute(select(_TRIES), _of_tries(ctx, places)).scalar()
    waiting = _united(
        row for row in rows if row.at is not None and row.customer_ref in (None, holders.customer)
    )
    wanted = next(iter(_united(row for row in rows if row.key == key)), None)
    if wanted is not None and came_by is CameBy.LINK:
        wanted = replace(wanted, came_by=came_by)
    return waiting, wanted, int(tries or 0)


def _of_tries(ctx: Context, places: Sequence[str]) -> dict[str, object]:
    return {"places": list(places), "window": window_of(ctx)}


def portions_of(owner_id: int | None, packed: Sequence[Sequence[int]] | None) -> tuple[Portion, ...]:
    """Give who shares a code, () for nobody: they do as long as the first of them is its owner."""
    if not packed or packed[0][0] != owner_id:
        return ()
    return tuple(
        Portion(partner_id=partner_id, weight=weight, number=number)
        for number, (partner_id, weight) in enumerate(packed)
    )


def _candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        code=row.display,
        code_id=row.code_id,
        coupon_id=row.coupon_id,
        terms=terms_of(row),
        owner_id=row.owner_id,
        row=row,
        portions=portions_of(row.owner_id, row.code_portions),
        came_by=CameBy(row.came_by),
    )
