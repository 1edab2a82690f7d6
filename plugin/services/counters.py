"""The guarded counters of uses, budgets and store credit: raised only within their limits, lowered once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, case, delete, insert, or_, update
from sqlalchemy.exc import IntegrityError

from ..errors import Reason, Refused
from ..models import Code, Coupon, CreditMove, CreditMoveKind, PersonUse
from ..models.base import Insert, dialect_insert
from .candidates import Candidate
from .context import Context
from .person_facts import Place

_USE = PersonUse.__table__
_CODE = Code.__table__
_COUPON = Coupon.__table__
_NO_BOUND = 2**31 - 1
Limits = Sequence[tuple[Place, int | None]]
"""Places at which one use each is counted, and the limit that is judged there."""


@dataclass(frozen=True, kw_only=True)
class Used:
    """What one redemption takes of coupon and code, in minor units; differences may be below 0."""

    uses: int = 1
    discount: int = 0
    goods: int = 0
    credit: int = 0

    @property
    def nothing(self) -> bool:
        """Whether no counter moves."""
        return not (self.uses or self.discount or self.goods or self.credit)


_RAISE_COUPON_ABOVE = (
    update(_COUPON)
    .where(_COUPON.c.id == bindparam("of_id"))
    .values(
        used=_COUPON.c.used + bindparam("by_uses"),
        spent=_COUPON.c.spent + bindparam("by_discount"),
        ordered=_COUPON.c.ordered + bindparam("by_goods"),
    )
)
_RAISE_COUPON = _RAISE_COUPON_ABOVE.where(
    _COUPON.c.active,
    or_(_COUPON.c.max_uses.is_(None), _COUPON.c.used + bindparam("by_uses") <= _COUPON.c.max_uses),
    or_(_COUPON.c.budget.is_(None), _COUPON.c.spent + bindparam("by_discount") <= _COUPON.c.budget),
    or_(
        _COUPON.c.order_budget.is_(None), _COUPON.c.ordered + bindparam("by_goods") <= _COUPON.c.order_budget
    ),
)
_RAISE_CODE_ABOVE = (
    update(_CODE)
    .where(_CODE.c.id == bindparam("of_id"))
    .values(
        used=_CODE.c.used + bindparam("by_uses"), credit_left=_CODE.c.credit_left - bindparam("by_credit")
    )
)
_RAISE_CODE = _RAISE_CODE_ABOVE.where(
    _CODE.c.active,
    _CODE.c.used + bindparam("by_uses") <= bindparam("limit"),
    or_(_CODE.c.credit_left.is_(None), _CODE.c.credit_left >= bindparam("by_credit")),
)


def _never_below_zero(value: ColumnElement[int]) -> ColumnElement[int]:
    return case((value > 0, value), else_=0)


_LOWER_COUPON = (
    update(_COUPON)
    .where(_COUPON.c.id == bindparam("of_id"))
    .where(
        or_(
            _COUPON.c.max_uses.is_not(None),
            _COUPON.c.budget.is_not(None),
            _COUPON.c.order_budget.is_not(None),
        )
    )
    .values(
        used=_never_below_zero(_COUPON.c.used - bindparam("by_uses")),
        spent=_never_below_zero(_COUPON.c.spent - bindparam("by_discount")),
        ordered=_never_below_zero(_COUPON.c.ordered - bindparam("by_goods")),
    )
)
_LOWER_CODE = (
    update(_CODE)
    .where(_CODE.c.id == bindparam("of_id"), or_(_CODE.c.used > 0, _CODE.c.credit_left.is_not(None)))
    .values(
        used=_never_below_zero(_CODE.c.used - bindparam("by_uses")),
        credit_left=_CODE.c.credit_left + bindparam("by_credit"),
    )
)
_SHIFT_COUPON = (
    update(_COUPON)
    .where(_COUPON.c.id == bindparam("of_id"))
    .values(
        spent=case(
            (_COUPON.c.budget.is_not(None), _never_below_zero(_COUPON.c.spent + bindparam("by_discount"))),
            else_=0,
        ),
        ordered=case(
            (
                _COUPON.c.order_budget.is_not(None),
                _never_below_zero(_COUPON.c.ordered + bindparam("by_goods")),
            ),
            else_=0,
        ),
    )
)
_SHIFT_CODE = (
    update(_CODE)
    .where(_CODE.c.id == bindparam("of_id"), _CODE.c.credit_left.is_not(None))
    .values(credit_left=_CODE.c.credit_left - bindparam("by_credit"))
)
_NOTE_CREDIT = insert(CreditMove.__table__)
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


def raise_uses(ctx: Context, limits: Limits, order_ref: str | None) -> bool:
    """Count one use at each place, at one named twice two; False at a limit. None: no limit is judged."""
    rows = [
        {
            "scope": scope,
            "person_key": key,
            "used": 1,
            "max_uses": limit,
            "order_ref": order_ref,
            "at": ctx.now,
        }
        for (scope, key), limit in sorted(limits, key=itemgetter(0))
    ]
    if not rows:
        return True
    try:
        ctx.conn.execute(_one_more_use(ctx.conn.dialect.name), rows)
    except IntegrityError:
        return False
    return True


def release_uses(ctx: Context, uses: Collection[Place]) -> None:
    """Take one use back for each (scope, person key), for one named twice two."""
    if not uses:
        return
    ctx.conn.execute(_RELEASE_USES, [{"in_scope": scope, "of_key": key} for scope, key in sorted(uses)])
    scopes, keys = {scope for scope, _ in uses}, {key for _, key in uses}
    ctx.conn.execute(_DELETE_USES, {"scopes": sorted(scopes), "keys": sorted(keys)})


def raise_counters(ctx: Context, candidate: Candidate, used: Used, *, guarded: bool) -> None:
    """Raise the counters that have a limit, coupon before code; raises Refused at one that is reached."""
    row = candidate.row
    of_coupon = {
        "of_id": candidate.coupon_id,
        "by_uses": used.uses if row.max_uses is not None else 0,
        "by_discount": used.discount if row.budget is not None else 0,
        "by_goods": used.goods if row.order_budget is not None else 0,
    }
    _raise(ctx, _RAISE_COUPON if guarded else _RAISE_COUPON_ABOVE, of_coupon)
    limits = [limit for limit in (row.code_max, row.max_per_code) if limit is not None]
    of_code = {
        "of_id": candidate.code_id,
        "by_uses": used.uses if limits else 0,
        "by_credit": used.credit if row.credit_left is not None else 0,
    }
    if guarded:
        _raise(ctx, _RAISE_CODE, {**of_code, "limit": min(limits, default=_NO_BOUND)})
    else:
        _raise(ctx, _RAISE_CODE_ABOVE, of_code)
    note_credit(ctx, candidate.code_id, -of_code["by_credit"])


def _raise(ctx: Context, statement: Update, values: dict[str, Any]) -> None:
    moves = any(amount for name, amount in values.items() if name not in {"of_id", "limit"})
    if moves and ctx.conn.execute(statement, values).rowcount != 1:
        raise Refused(Reason.USED_UP)


def lower_counters(ctx: Context, coupon_id: int, code_id: int, used: Used) -> None:
    """Lower the counters that are kept; where a limit was taken away there is nothing to lower."""
    ctx.conn.execute(
        _LOWER_COUPON,
        {"of_id": coupon_id, "by_uses": used.uses, "by_discount": used.discount, "by_goods": used.goods},
    )
    ctx.conn.execute(_LOWER_CODE, {"of_id": code_id, "by_uses": used.uses, "by_credit": used.credit})
    note_credit(ctx, code_id, used.credit)


def shift_counters(ctx: Context, coupon_id: int, code_id: int, change: Used) -> None:
    """Follow a changed order with budgets and store credit; no limit is judged, no use counted."""
    ctx.conn.execute(
        _SHIFT_COUPON, {"of_id": coupon_id, "by_discount": change.discount, "by_goods": change.goods}
    )
    if change.credit:
        ctx.conn.execute(_SHIFT_CODE, {"of_id": code_id, "by_credit": change.credit})
        note_credit(ctx, code_id, -change.credit)


def note_credit(ctx: Context, code_id: int, amount: int, kind: CreditMoveKind | None = None) -> None:
    """Write down by how much a code's store credit has changed, in minor units; nothing where it has not."""
    if amount:
        why = kind or (CreditMoveKind.BACK if amount > 0 else CreditMoveKind.USED)
        values = {"code_id": code_id, "kind": why.value, "amount": amount, "at": ctx.now}
        ctx.conn.execute(_NOTE_CREDIT, values)
