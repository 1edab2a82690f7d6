"""When the orders of other shops are fetched by themselves, and from which moment on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update

from ..domain.foreign import BadBody
from ..models import Source
from . import audit, bodies, outbox, sources
from .context import Moment

PULL = "source_pull"
"""The topic of fetching orders in the outbox."""
OVERLAP = timedelta(hours=1)
"""So long before the last order that was fetched the next pull begins: clocks differ, nothing is doubled."""
_NIGHT = timedelta(hours=24)
_SOURCE = Source.__table__


def ask_nightly(ctx: Moment) -> None:
    """Let the worker fetch the orders of each shop that has given a key, once in 24 hours."""
    due = or_(_SOURCE.c.pull_asked_at.is_(None), _SOURCE.c.pull_asked_at <= ctx.now - _NIGHT)
    wanted = (_SOURCE.c.active, _SOURCE.c.access.is_not(None), due)
    claimed = update(_SOURCE).where(*wanted).values(pull_asked_at=ctx.now).returning(_SOURCE.c.id)
    for source_id in ctx.conn.execute(claimed).scalars().all():
        outbox.put(ctx.conn, PULL, {"source_id": source_id}, now=ctx.now)


def ask_now(ctx: Moment, source_id: int, *, who: str) -> None:
    """Let the worker fetch the orders of one shop in its next round. Raises NotThere without a key."""
    source = sources.get(ctx.conn, source_id)
    sources.check_access(source)
    ctx.conn.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(pull_asked_at=ctx.now))
    outbox.put(ctx.conn, PULL, {"source_id": source_id}, now=ctx.now)
    audit.record(ctx.conn, who=who, act="pull orders", noun="source", subject=source.name, now=ctx.now)


def begin_of(source: Row[Any]) -> datetime:
    """Give the moment from which on a shop's orders are still to be fetched."""
    since: datetime = source.pulled_to or source.created_at
    return since - OVERLAP


def note_page(ctx: Moment, source: Row[Any], contents: Sequence[str]) -> None:
    """Note how far a shop's orders are fetched: all up to the newest change of a page that is kept."""
    changed = [at for at in (_changed_at(source, one) for one in contents) if at is not None]
    if changed:
        _move(ctx, source.id, min(max(changed), ctx.now))


def note_end(ctx: Moment, source_id: int, begun: datetime) -> None:
    """Note that all was fetched that was there when the pull began."""
    _move(ctx, source_id, begun)


def _move(ctx: Moment, source_id: int, to: datetime) -> None:
    behind = or_(_SOURCE.c.pulled_to.is_(None), _SOURCE.c.pulled_to < to)
    ctx.conn.execute(update(_SOURCE).where(_SOURCE.c.id == source_id, behind).values(pulled_to=to))


def _changed_at(source: Row[Any], content: str) -> datetime | None:
    topic = sources.platform_of(source.platform).topic_of_file
    try:
        return bodies.read(source, topic, content).modified_at
    except (BadBody, ValueError, ArithmeticError):
        return None


def by_id(ctx: Moment, source_id: int) -> Row[Any] | None:
    """Give a shop that may still be asked."""
    return ctx.conn.execute(select(_SOURCE).where(_SOURCE.c.id == source_id, _SOURCE.c.active)).first()
