"""Write what others must hear about, and work for later, in the transaction that caused it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from ..models import Outbox
from .context import Context, Fact

_INSERT = insert(Outbox.__table__)
FACT = "fact"
"""The topic of facts that the worker keeps as events and judges rules by."""
Later = tuple[str, Mapping[str, object], datetime]
"""Topic, payload and moment of work for later."""
_Row = dict[str, object]
DUE = "firstline_due"
"""Key in a connection's `info`: its transaction has written work that is due at once."""


def fact(ctx: Context, kind: str, **data: object) -> Later:
    """Give a fact of the shop as work for later: what follows from it is none of its call's business."""
    return kind, data, ctx.now


def flush(ctx: Context, *later: Later) -> None:
    """Store what happened in this call, and work for later; one statement.

    What is written is taken out of the context: a call that flushes twice writes each once.
    """
    rows = [_row(told.name, told.data, ctx.now, ctx.now) for told in ctx.unwritten]
    ctx.unwritten.clear()
    rows += [_row(FACT, packed_fact(fact, ctx.now), ctx.now, ctx.now) for fact in ctx.facts]
    ctx.facts.clear()
    rows += [_row(topic, payload, run_at, ctx.now) for topic, payload, run_at in later]
    _write(ctx.conn, rows, ctx.now)


def packed_fact(fact: Fact, at: datetime) -> dict[str, object]:
    """Give a fact as a row of the outbox holds it."""
    return {"kind": fact.kind, "key": fact.key, "at": at.isoformat(), **fact.data}


def put(
    conn: Connection,
    topic: str,
    payload: Mapping[str, object],
    *,
    now: datetime,
    run_at: datetime | None = None,
) -> None:
    """Store work that the worker does as soon as it can, or from a moment on."""
    _write(conn, [_row(topic, payload, run_at or now, now)], now)


def put_later(
    conn: Connection, told: Iterable[tuple[str, Mapping[str, object], datetime]], *, now: datetime
) -> None:
    """Store (topic, payload, run_at) of work for later; one statement."""
    _write(conn, [_row(topic, payload, run_at, now) for topic, payload, run_at in told], now)


def put_all(conn: Connection, topic: str, payloads: Iterable[Mapping[str, object]], *, now: datetime) -> None:
    """Store work of one topic for as many as there are; one statement."""
    _write(conn, [_row(topic, payload, now, now) for payload in payloads], now)


def mark_due(conn: Connection) -> None:
    """Note that there is something to do as soon as this transaction has committed."""
    conn.info[DUE] = True


def _write(conn: Connection, rows: Sequence[_Row], now: datetime) -> None:
    if not rows:
        return
    conn.execute(_INSERT, rows)
    if any(row["run_at"] <= now for row in rows):  # type: ignore[operator]  # always a moment
        mark_due(conn)


def _row(topic: str, payload: Mapping[str, object], run_at: datetime, now: datetime) -> _Row:
    return {
        "topic": topic,
        "payload": dict(payload),
        "state": "waiting",
        "run_at": run_at,
        "attempts": 0,
        "created_at": now,
    }
