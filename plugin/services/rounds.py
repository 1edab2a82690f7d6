"""When somebody worked the outbox off last, so that `doctor` can tell where nobody does."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Row, select

from ..models import Worker, WorkerRound
from ..models.base import dialect_insert
from .context import Moment

_ROUND = WorkerRound.__table__
NAMES = {Worker.COMMAND: "flask firstline work", Worker.CELERY: "Celery", Worker.HUEY: "Huey"}
"""What people know each kind of worker by."""


@cache
def _noting(dialect: str) -> Insert:
    statement = dialect_insert(_ROUND, dialect)
    return statement.on_conflict_do_update(
        index_elements=[_ROUND.c.worker],
        set_={"at": statement.excluded.at, "place": statement.excluded.place},
    )


def note(ctx: Moment, worker: Worker, place: str) -> None:
    """Note that a worker of this kind has made its round."""
    row = {"worker": worker.value, "at": ctx.now, "place": place}
    ctx.conn.execute(_noting(ctx.conn.dialect.name), row)


def last(conn: Connection) -> Row[Any] | None:
    """Give the last round of all; None where nobody has ever worked."""
    return conn.execute(select(_ROUND).order_by(_ROUND.c.at.desc(), _ROUND.c.worker).limit(1)).first()
