"""The worker: takes what is due from the outbox, under a lease, and does it; moves holds."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.orm import Session

from ..models import Outbox
from ..services import (
    api_answers,
    api_keys,
    applied,
    attempts,
    code_batches,
    code_drawing,
    code_uploads,
    giving_back,
    holds,
    products,
    prospects,
    touches,
)
from ..services.context import Context
from ..state import State, log

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 12
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=6)
_KEEP_DONE = timedelta(days=30)
_KEEP_APPLIED = timedelta(days=90)
_KEEP_UPLOADS = timedelta(days=7)
_OUTBOX = Outbox.__table__
Handler = Callable[[Context, Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What one round of the worker did."""

    delivered: int = 0
    failed: int = 0
    released: int = 0
    freed: int = 0

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.delivered or self.failed or self.released or self.freed)


def _see_products(ctx: Context, payload: Mapping[str, Any]) -> None:
    products.note_of_order(ctx, str(payload["order_ref"]))


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "coupon_redeemed": (_see_products,),
    code_batches.DRAW: (code_drawing.draw_later,),
    code_uploads.IMPORT: (code_uploads.work_on,),
}
"""What is done for each topic; a topic without a handler has nobody to hear it and is done at once."""


def work_once(state: State, *, limit: int = 100) -> Worked:
    """Do everything that is due now."""
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"[:64]
    freed = _in_unit(state, giving_back.release_all_expired)
    released = 0
    while moved := _in_unit(state, holds.release_due):
        released += moved
    delivered, failed = 0, 0
    while rows := _lease(state, name, limit):
        results = [_deliver(state, row, name) for row in rows]
        delivered += results.count(True)
        failed += results.count(False)
    _in_unit(state, _tidy_up)
    return Worked(delivered=delivered, failed=failed, released=released, freed=freed)


def _in_unit(state: State, work: Callable[[Context], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
    def once(session: Session) -> Any:  # noqa: ANN401
        ctx = state.context(session.connection())
        done = work(ctx)
        state.send(ctx)
        return done

    return state.in_own_unit(once)


def _lease(state: State, name: str, limit: int) -> list[Row[Any]]:
    """Take due rows for a while: no other worker takes them until the lease is over."""

    def take(ctx: Context) -> list[Row[Any]]:
        free = or_(_OUTBOX.c.leased_until.is_(None), _OUTBOX.c.leased_until <= ctx.now)
        due = (
            select(_OUTBOX.c.id)
            .where(_OUTBOX.c.state == "waiting", _OUTBOX.c.run_at <= ctx.now, free)
            .order_by(_OUTBOX.c.run_at, _OUTBOX.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = list(ctx.conn.execute(due).scalars())
        if not ids:
            return []
        ctx.conn.execute(
            update(_OUTBOX)
            .where(_OUTBOX.c.id.in_(ids))
            .values(leased_until=ctx.now + LEASE, leased_by=name, attempts=_OUTBOX.c.attempts + 1)
        )
        return list(ctx.conn.execute(select(_OUTBOX).where(_OUTBOX.c.id.in_(ids)).order_by(_OUTBOX.c.id)))

    found: list[Row[Any]] = _in_unit(state, take)
    return found


def _deliver(state: State, row: Row[Any], name: str) -> bool:
    """Do one row: its effect and its end are one transaction."""

    def do(ctx: Context) -> None:
        for handler in HANDLERS.get(row.topic, ()):
            handler(ctx, row.payload)
        ended = (
            update(_OUTBOX)
            .where(_OUTBOX.c.id == row.id, _OUTBOX.c.leased_by == name, _OUTBOX.c.state == "waiting")
            .values(state="done", done_at=ctx.now, leased_until=None, leased_by=None, error=None)
        )
        if ctx.conn.execute(ended).rowcount != 1:
            raise LeaseLost

    try:
        _in_unit(state, do)
    except LeaseLost:
        return True
    except Exception as error:
        log.exception("outbox row %s (%s) failed", row.id, row.topic)
        said = f"{type(error).__name__}: {error}"[:2000]
        _in_unit(state, lambda ctx: _fail(ctx, row, said))
        return False
    return True


class LeaseLost(Exception):  # noqa: N818 - not an error: another worker has done the row
    """The lease was over before the row was done; what was done here is taken back."""


def _fail(ctx: Context, row: Row[Any], said: str) -> None:
    """Try again later, a little longer each time; after many tries the row is dead and waits for a person."""
    dead = row.attempts >= MOST_ATTEMPTS
    ctx.conn.execute(
        update(_OUTBOX)
        .where(_OUTBOX.c.id == row.id)
        .values(
            state="dead" if dead else "waiting",
            run_at=ctx.now + pause_after(row.attempts),
            leased_until=None,
            leased_by=None,
            error=said,
        )
    )


def pause_after(tries: int) -> timedelta:
    """Give the pause before the next try: doubled each time, six hours at most."""
    doubled: int = 2 ** min(tries - 1, 20)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)


def _tidy_up(ctx: Context) -> None:
    _forget_done(ctx, ctx.now - _KEEP_DONE)
    applied.purge(ctx, ctx.now - _KEEP_APPLIED)
    attempts.purge(ctx)
    code_uploads.purge(ctx, ctx.now - _KEEP_UPLOADS)
    api_keys.purge_counts(ctx)
    api_answers.purge(ctx)
    prospects.forget_ended(ctx.conn, now=ctx.now)
    touches.purge(ctx)


def _forget_done(ctx: Context, before: datetime) -> None:
    ctx.conn.execute(delete(_OUTBOX).where(_OUTBOX.c.state == "done", _OUTBOX.c.done_at < before))
