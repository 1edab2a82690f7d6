"""What refunds and cancellations take off sales, written down on the day on which they come."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, case, func, insert, select

from ..models import SaleReturn
from ..models.base import BigId, UtcDateTime
from .context import Context
from .documents import Paper

_RETURN = SaleReturn.__table__
_DOCUMENT = bindparam("of_document", type_=BigId)
_LEFT = bindparam("charged", type_=BigInteger) - (
    select(func.coalesce(func.sum(_RETURN.c.amount), 0))
    .where(_RETURN.c.document_id == _DOCUMENT)
    .scalar_subquery()
)
_WANTED = bindparam("wanted", type_=BigInteger)
_FOUND = select(case((_WANTED < _LEFT, _WANTED), else_=_LEFT).label("amount")).subquery()
_NOTE = insert(_RETURN).from_select(
    ["call_id", "document_id", "amount", "at"],
    select(
        bindparam("of_call", type_=BigId), _DOCUMENT, _FOUND.c.amount, bindparam("now", type_=UtcDateTime())
    ).where(_FOUND.c.amount > 0),
)


def note(ctx: Context, order: Paper, call_id: int, amount: int | None = None) -> None:
    """Write down what a call takes off an order, in minor units: at most what is left; None: all of that.

    The order is locked by the caller.
    """
    charged: int = order.sale.get("charged", order.total)
    values = {"of_call": call_id, "of_document": order.id, "charged": charged, "now": ctx.now}
    ctx.conn.execute(_NOTE, {**values, "wanted": charged if amount is None else amount})
