"""Check what terms count of sales: own sales for tiers, and what caps were claimed for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from ..models import CapClaim, Document
from .cap_claims import claims_left
from .checking import Checked, Comparison
from .context import Context
from .deals import deal_of
from .documents import Paper, by_ref

_DOCUMENT = Document.__table__
_CLAIM = CapClaim.__table__
_CHUNK = 500


class OwnSales:
    """Compares what each document counts for the tiers of its partner with what it comes to."""

    def __init__(self) -> None:
        self._comparison = Comparison("sales paid and kept = own sales that tiers count")

    def add(self, paper: Paper, name: str) -> None:
        """Look at a document; those credited before own sales were counted have none."""
        computed, others = 0, 0
        kept_of_others = sum(packed[3] for packed in paper.portions or ())
        if paper.plan is not None and "campaigns" not in paper.plan:
            computed = paper.own_sales
        elif paper.plan is not None and (paper.is_paid or paper.kept):
            deal = deal_of(paper, paper.plan)
            part = deal.kept(paper.progress)
            computed = deal.own_sales(paper.partner_id, part)
            others = sum(deal.own_sales(packed[0], part) for packed in (paper.portions or ())[1:])
        self._comparison.amount(name, paper.currency, computed=computed, kept=paper.own_sales)
        if paper.portions is not None:
            self._comparison.amount(f"{name}, portions", paper.currency, computed=others, kept=kept_of_others)

    def done(self) -> Checked:
        """Give what was found."""
        return self._comparison.done()


def check_claims(ctx: Context) -> Checked:
    """Reckon anew what sales can take of caps, and compare it with their claims."""
    comparison = Comparison("what capped terms can give = claims on caps")
    for rows in _chunks(ctx):
        ids = sorted({row.document_id for row in rows})
        papers, parts = _papers(ctx, ids)
        for row in rows:
            order = papers[row.document_id]
            computed = claims_left([order, *by_ref(parts.get(order.id, ()))])
            comparison.amount(
                f"{order.kind} {order.ref}, partner #{row.partner_id}",
                row.currency,
                computed=computed.get((row.place, row.partner_id), 0),
                kept=row.amount,
            )
    return comparison.done()


def _chunks(ctx: Context) -> Iterator[Sequence[Row[Any]]]:
    last = 0
    query = select(_CLAIM).order_by(_CLAIM.c.document_id, _CLAIM.c.partner_id, _CLAIM.c.place)
    while ids := ctx.conn.scalars(
        select(_CLAIM.c.document_id)
        .where(_CLAIM.c.document_id > last)
        .distinct()
        .order_by(_CLAIM.c.document_id)
        .limit(_CHUNK)
    ).all():
        yield ctx.conn.execute(query.where(_CLAIM.c.document_id.in_(ids))).all()
        last = ids[-1]


def _papers(ctx: Context, ids: Sequence[int]) -> tuple[dict[int, Paper], Mapping[int, list[Row[Any]]]]:
    own = ctx.conn.execute(select(_DOCUMENT).where(_DOCUMENT.c.id.in_(ids)))
    papers = {row.id: Paper(row) for row in own}
    parts: dict[int, list[Row[Any]]] = {}
    for row in ctx.conn.execute(select(_DOCUMENT).where(_DOCUMENT.c.order_id.in_(ids))):
        parts.setdefault(row.order_id, []).append(row)
    return papers, parts
