"""Work that was left to the worker, as people look at it: it waits, a try has failed, or it was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from ..models import Outbox

_OUTBOX = Outbox.__table__


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that is not done; `error` is what the last try said, "" where none has failed."""

    id: int
    given_up: bool
    tries: int
    error: str
    next_try: datetime


def open_jobs(conn: Connection, topic: str, about: str) -> dict[int, Job]:
    """Give what is not done of a topic by the id that its payload has under `about`, the latest of each."""
    names = ("id", "payload", "state", "attempts", "error", "run_at")
    query = (
        select(*(_OUTBOX.c[name] for name in names))
        .where(_OUTBOX.c.topic == topic, _OUTBOX.c.state.in_(("waiting", "dead")))
        .order_by(_OUTBOX.c.id)
    )
    return {
        int(row.payload[about]): Job(
            id=row.id,
            given_up=row.state == "dead",
            tries=row.attempts,
            error=row.error or "",
            next_try=row.run_at,
        )
        for row in conn.execute(query)
    }


def try_again(conn: Connection, job: Job, *, now: datetime) -> bool:
    """Let the worker try again what it has given up; False where it is not given up any more."""
    again = (
        update(_OUTBOX)
        .where(_OUTBOX.c.id == job.id, _OUTBOX.c.state == "dead")
        .values(state="waiting", run_at=now, attempts=0, error=None)
    )
    return conn.execute(again).rowcount == 1
