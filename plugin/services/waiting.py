"""Post what has waited for a rate that has come."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from ..models import Document
from . import documents, earnings, exchange, inbox, outbox, parts
from .context import Context

_DOCUMENT = Document.__table__


def post_some(ctx: Context, most: int) -> tuple[int, bool]:
    """Post what waits of up to `most` documents; give of how many, and whether there are more."""
    done = 0
    while done < most and post_next(ctx):
        done += 1
    return done, done == most and bool(exchange.with_rate_now(ctx, limit=1))


def post_next(ctx: Context) -> int:
    """Post what waits of one document, in this transaction; give 1, or 0 where nothing can be posted."""
    found = exchange.with_rate_now(ctx, limit=1)
    if not found:
        return 0
    row = ctx.conn.execute(
        select(_DOCUMENT.c.id, _DOCUMENT.c.order_id).where(_DOCUMENT.c.id == found[0])
    ).one()
    papers = parts.around(ctx, documents.get(ctx, row.order_id or row.id))
    call = inbox.record(ctx, "rate", uuid.uuid4().hex, {"document": papers[0].ref})
    earnings.earn(ctx, papers, call.id)
    for paper in papers:
        paper.save(ctx)
    outbox.flush(ctx)
    return 1
