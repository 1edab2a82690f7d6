"""Give back what codes have used: on cancel, failed payment and expiry, each exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from ..models import Redemption, RedemptionState
from . import counters
from .context import Context
from .counters import Used
from .person_facts import places_of

_REDEMPTION = Redemption.__table__
_RELEASE = (
    update(_REDEMPTION)
    .where(_REDEMPTION.c.id == bindparam("of_id"), _REDEMPTION.c.state == bindparam("was"))
    .values(state=RedemptionState.RELEASED.value, expires_at=None, changed_at=bindparam("now"))
)
_REPAY = (
    update(_REDEMPTION)
    .where(_REDEMPTION.c.id == bindparam("of_id"), _REDEMPTION.c.credit == bindparam("paid"))
    .values(credit=bindparam("stays"), changed_at=bindparam("now"))
)


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
    uses = [
        place
        for row in gone
        for place in places_of(row.coupon_id, row.person_keys, row.periods, row.claimed and claims)
    ]
    counters.release_uses(ctx, uses)
    for row in sorted(gone, key=lambda row: (row.coupon_id, row.code_id)):
        counters.lower_counters(ctx, row.coupon_id, row.code_id, _used(row))
    for row in gone:
        if row.state != RedemptionState.RESERVED.value:
            ctx.tell("coupon_released", order_ref=row.order_ref, code_id=row.code_id, redemption_id=row.id)
    return len(gone)


def _used(row: Row[Any]) -> Used:
    return Used(discount=row.discount, goods=row.goods, credit=row.credit)


def _is_released_now(ctx: Context, row: Row[Any]) -> bool:
    values = {"of_id": row.id, "was": row.state, "now": ctx.now}
    live = row.state != RedemptionState.RELEASED.value
    return live and ctx.conn.execute(_RELEASE, values).rowcount == 1


def repay_credit(ctx: Context, rows: Sequence[Row[Any]], stays: Mapping[int, int] | None = None) -> None:
    """Give store credit back to its codes, once, while their uses stay counted: it is the buyer's money.

    `stays` is what stays paid with credit, by code id in minor units; by default nothing. What has gone back
    before is not taken again.
    """
    back = [(row, row.credit - min(row.credit, (stays or {}).get(row.code_id, 0))) for row in rows]
    lower = [(row, credit) for row, credit in sorted(back, key=_by_id) if credit and _repay(ctx, row, credit)]
    for row, credit in sorted(lower, key=_by_code):
        counters.lower_counters(ctx, row.coupon_id, row.code_id, Used(uses=0, credit=credit))


def _repay(ctx: Context, row: Row[Any], credit: int) -> bool:
    values = {"of_id": row.id, "paid": row.credit, "stays": row.credit - credit, "now": ctx.now}
    return ctx.conn.execute(_REPAY, values).rowcount == 1


def _by_id(repaid: tuple[Row[Any], int]) -> int:
    return int(repaid[0].id)


def _by_code(repaid: tuple[Row[Any], int]) -> tuple[int, int]:
    return repaid[0].coupon_id, repaid[0].code_id
