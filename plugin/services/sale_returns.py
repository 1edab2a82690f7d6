"""What refunds and cancellations take off sales, written down on the day on which they come."""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select

from ..models import SaleReturn
from .context import Context
from .documents import Paper

_RETURN = SaleReturn.__table__
_TAKEN = select(func.coalesce(func.sum(_RETURN.c.amount), 0)).where(
    _RETURN.c.document_id == bindparam("of_document")
)
_NOTE = insert(_RETURN)


def note(ctx: Context, order: Paper, call_id: int, amount: int | None = None) -> None:
    """Write down what a call takes off an order, in minor units: at most what is left; None: all of that.

    The order is locked by the caller.
    """
    charged: int = order.sale.get("charged", order.total)
    left = charged - int(ctx.conn.execute(_TAKEN, {"of_document": order.id}).scalar_one())
    taken = left if amount is None else min(amount, left)
    if taken > 0:
        values = {"call_id": call_id, "document_id": order.id, "amount": taken, "at": ctx.now}
        ctx.conn.execute(_NOTE, values)
