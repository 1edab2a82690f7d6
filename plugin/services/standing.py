"""How an order stands: since when it is paid in full, and whether anything of it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from ..models import Document, DocumentState
from . import parts
from .context import Context
from .documents import Paper

_DOCUMENT = Document.__table__


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An order, read without a lock: whoever acts on it has locked the person who gains by it."""

    paper: Paper
    paid_at: datetime | None
    kept: bool

    @property
    def holds(self) -> bool:
        """Whether the order is paid in full and something of it was kept."""
        return self.paid_at is not None and self.kept


def of_order(ctx: Context, order_id: int) -> Standing:
    """Say how an order stands, together with the invoices that stand for parts of it."""
    mine = or_(_DOCUMENT.c.id == order_id, _DOCUMENT.c.order_id == order_id)
    papers = [Paper(row) for row in ctx.conn.execute(select(_DOCUMENT).where(mine).order_by(_DOCUMENT.c.id))]
    order = next(paper for paper in papers if paper.id == order_id)
    around = papers if order.is_split else [order]
    moments = [paper.paid_at for paper in around if paper.total > 0 or paper.paid_at is not None]
    paid_at = None if None in moments or not moments else max(moment for moment in moments if moment)
    bill = sum(paper.total for paper in around)
    back = sum(paper.given_back for paper in around)
    still = any(parts.still(paper) > 0 for paper in around)
    kept = order.state == DocumentState.OPEN.value and still and (bill == 0 or back < bill)
    return Standing(paper=order, paid_at=paid_at, kept=kept)
