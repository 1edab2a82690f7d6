"""Acts of admins on redemptions: freeing what is reserved, and calling a flagged one checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update

from ..models import Code, Redemption, RedemptionState
from . import audit
from .code_acts import Tally
from .context import Context
from .giving_back import give_back

_CODE = Code.__table__
_REDEMPTION = Redemption.__table__


def release_reserved(ctx: Context, ids: Sequence[int], *, who: str) -> Tally:
    """Free reservations, each once, with their counters; what is not reserved any more stays as it is."""
    rows = _rows(ctx, ids, RedemptionState.RESERVED)
    freed = give_back(ctx, rows)
    for row in rows:
        _log(ctx, row, "release", who)
    return Tally(changed=freed)


def clear_flags(ctx: Context, ids: Sequence[int], *, who: str) -> Tally:
    """Call flagged redemptions checked: they count as before, and nobody needs to look at them again."""
    rows = _rows(ctx, ids, RedemptionState.FLAGGED)
    values = {"state": RedemptionState.REDEEMED.value, "changed_at": ctx.now}
    for row in rows:
        ctx.conn.execute(update(_REDEMPTION).where(_REDEMPTION.c.id == row.id).values(**values))
        _log(ctx, row, "clear flag", who)
    return Tally(changed=len(rows))


def _rows(ctx: Context, ids: Sequence[int], state: RedemptionState) -> Sequence[Row[Any]]:
    query = (
        select(_REDEMPTION, _CODE.c.display)
        .join(_CODE, _CODE.c.id == _REDEMPTION.c.code_id)
        .where(_REDEMPTION.c.id.in_(ids), _REDEMPTION.c.state == state.value)
        .order_by(_REDEMPTION.c.id)
    )
    return ctx.conn.execute(query.with_for_update(of=_REDEMPTION)).all()


def _log(ctx: Context, row: Row[Any], act: str, who: str) -> None:
    after = {"display": row.display, "order_ref": row.order_ref, "why": row.note}
    audit.record(
        ctx.conn,
        who=who,
        act=act,
        noun="redemption",
        subject=str(row.order_ref or row.cart_key or row.id),
        after=after,
        now=ctx.now,
    )
