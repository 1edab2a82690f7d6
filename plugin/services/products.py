"""Products that were seen in orders get a row, so that an admin can switch them."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import DocumentKind, Product
from ..models.base import insert_missing
from . import documents
from .context import Context


def note(ctx: Context, seen: Iterable[tuple[str, str]]) -> None:
    """Give each product, as (ref, title), a row where it has none."""
    rows = [
        {
            "ref": ref,
            "title": title,
            "takes_part": None,
            "absolute_coupons": True,
            "shown_in_desk": False,
            "created_at": ctx.now,
        }
        for ref, title in sorted(dict(seen).items())
    ]
    insert_missing(ctx.conn, Product.__table__, rows)


def note_of_order(ctx: Context, order_ref: str) -> None:
    """Give the products of an order their rows."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref, lock=False)
    if paper is not None:
        note(ctx, ((line["product"], line.get("title", "")) for line in paper.sale["lines"]))
