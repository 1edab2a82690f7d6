"""Products and their switches; those that were seen in orders get a row by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update

from ..models import DocumentKind, Product
from ..models.base import dialect_insert, insert_missing
from ..shop import ref_text
from . import audit, documents
from .context import Context
from .mistakes import BadTerms

_PRODUCT = Product.__table__


def note(ctx: Context, seen: Iterable[tuple[str, str]], *, takes_part: bool | None = None) -> None:
    """Give each product, as (ref, title), a row where it has none.

    `takes_part` None leaves it to FIRSTLINE_PRODUCTS_TAKE_PART.
    """
    rows = [
        {
            "ref": ref,
            "title": title,
            "takes_part": takes_part,
            "absolute_coupons": True,
            "shown_in_desk": False,
            "created_at": ctx.now,
        }
        for ref, title in sorted(dict(seen).items())
    ]
    insert_missing(ctx.conn, _PRODUCT, rows)


def note_of_order(ctx: Context, order_ref: str) -> None:
    """Give the products of an order their rows."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref, lock=False)
    if paper is not None:
        note(ctx, ((line["product"], line.get("title", "")) for line in paper.sale["lines"]))


def set_product(
    conn: Connection,
    ref: str,
    *,
    takes_part: bool | None,
    absolute_coupons: bool = True,
    shown_in_desk: bool = False,
    title: str | None = None,
    who: str,
    now: datetime,
) -> bool:
    """Set the switches of a product, known or new; False where nothing differs.

    `takes_part` None leaves it to FIRSTLINE_PRODUCTS_TAKE_PART; `title` None keeps the title.
    """
    try:
        ref = ref_text(ref, "product")
    except ValueError as error:
        raise BadTerms(str(error)) from error
    values: dict[str, object] = {
        "takes_part": takes_part,
        "absolute_coupons": absolute_coupons,
        "shown_in_desk": shown_in_desk,
    }
    if title is not None:
        values["title"] = title.strip()[:200]
    insert = dialect_insert(_PRODUCT, conn.dialect.name).on_conflict_do_nothing()
    new = conn.execute(
        insert.returning(_PRODUCT.c.ref), {"title": "", **values, "ref": ref, "created_at": now}
    ).scalar()
    if new is not None:
        audit.record(conn, who=who, act="create", noun="product", subject=ref, after=values, now=now)
        return True
    row = conn.execute(select(_PRODUCT).where(_PRODUCT.c.ref == ref).with_for_update()).one()
    before = {name: getattr(row, name) for name in values}
    if not audit.changed(before, values):
        return False
    conn.execute(update(_PRODUCT).where(_PRODUCT.c.ref == ref).values(**values))
    audit.record(
        conn, who=who, act="change", noun="product", subject=ref, before=before, after=values, now=now
    )
    return True
