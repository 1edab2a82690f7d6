"""The worker: takes what is due from the outbox, under a lease, and does it; moves holds."""

from __future__ import annotations

import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from ..models import Outbox, Worker
from ..services import (
    giving_back,
    holds,
    kickbacks,
    outbox,
    pulling,
    rounds,
    suspicions,
    waiting,
    webhook_calls,
    webhooks,
)
from ..services.context import Context
from ..state import State, log
from . import facts, letting_go, nights, waking
from .effects import MOST_ATTEMPTS, CannotYet, Effect, Never, NotTaken
from .topics import EFFECTS, HANDLERS

AT_ONCE = 100
LEASE = timedelta(minutes=5)
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=6)
_MENDED_AFTER = timedelta(minutes=10)
_OUTBOX = Outbox.__table__


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What one round of the worker did."""

    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    """Rows that somebody must mend something for, such as a way to send mail."""
    released: int = 0
    freed: int = 0
    judged: int = 0
    """Facts that became events, with the rules that wait for them."""

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.delivered or self.failed or self.released or self.freed or self.judged)


def work_once(state: State, *, limit: int = AT_ONCE, worker: Worker = Worker.COMMAND) -> Worked:
    """Do everything that is due now. `limit` is how many rows it takes at once, `worker` who asks for it."""
    with waking.quiet():
        freed = _in_unit(state, giving_back.release_all_expired)
        released = _release(state)
        delivered = deliver_once(state, limit=limit)
        _in_unit(state, lambda ctx: _tidy_up(ctx, worker))
        letting_go.by_night(state, _in_unit)
        nights.seal_days(state, _in_unit)
        nights.look_at_partners(state, _in_unit)
        nights.check_books(state, _in_unit)
    return replace(delivered, released=released, freed=freed)


def deliver_once(state: State, *, limit: int = AT_ONCE) -> Worked:
    """Deliver what is due now, and take facts in; what else a round does is left to the next one."""
    name = f"{_place()}:{secrets.token_hex(4)}"[-64:]
    with waking.quiet():
        results = _deliver_all(state, name, limit)
        judged = facts.take_in_all(state, _in_unit)
        results += _deliver_all(state, name, limit)
    return Worked(**results, judged=judged)


def is_more_due(state: State, number: int) -> bool:
    """Say whether more rows are due than so many, so that somebody else can help."""

    def count(ctx: Context) -> int:
        return len(ctx.conn.execute(_due(ctx).limit(number + 1)).all())

    return bool(_in_unit(state, count) > number)


def _release(state: State) -> int:
    released = 0
    while _in_unit(state, suspicions.look_next):
        pass
    while moved := _in_unit(state, holds.release_due):
        released += moved
    while _in_unit(state, waiting.post_next):
        released += 1
    while looked_at := _in_unit(state, kickbacks.activate_due):
        released += looked_at
    return released


def _tidy_up(ctx: Context, worker: Worker) -> None:
    letting_go.at_once(ctx)
    pulling.ask_nightly(ctx)
    rounds.note(ctx, worker, _place()[-80:])


def _place() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _deliver_all(state: State, name: str, limit: int) -> Counter[str]:
    results: Counter[str] = Counter()
    while rows := _lease(state, name, limit):
        results.update(_deliver(state, row, name) for row in rows)
    return results


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
        due = _due(ctx).order_by(_OUTBOX.c.run_at, _OUTBOX.c.id).limit(limit)
        ids = list(ctx.conn.execute(due.with_for_update(skip_locked=True)).scalars())
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


def _due(ctx: Context) -> Select[int]:
    """Select the rows that are due and in nobody's hands; facts are taken in many at a time."""
    free = or_(_OUTBOX.c.leased_until.is_(None), _OUTBOX.c.leased_until <= ctx.now)
    alone = or_(_OUTBOX.c.topic != outbox.FACT, _OUTBOX.c.attempts > 0)
    return select(_OUTBOX.c.id).where(_OUTBOX.c.state == "waiting", _OUTBOX.c.run_at <= ctx.now, free, alone)


def _deliver(state: State, row: Row[Any], name: str) -> str:
    """Do one row and say in a word what came of it."""
    try:
        if row.topic in EFFECTS:
            _reach_out(state, row, name)
        _in_unit(state, lambda ctx: _finish(ctx, row, name))
    except LeaseLost:
        return "delivered"
    except CannotYet as why:
        log.warning("outbox row %s (%s) waits: %s", row.id, row.topic, why)
        _put_back(state, row, name, str(why), attempts=row.attempts - 1, pause=_MENDED_AFTER)
        return "waiting"
    except Never as why:
        log.error("outbox row %s (%s) is given up: %s", row.id, row.topic, why)
        _put_back(state, row, name, str(why), end="dead")
        return "failed"
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, NotTaken):
            log.warning("outbox row %s (%s) was not taken: %s", row.id, row.topic, error)
            log.debug("outbox row %s (%s)", row.id, row.topic, exc_info=True)
        else:
            log.exception("outbox row %s (%s) failed", row.id, row.topic)
        _put_back(state, row, name, said, end="dead" if row.attempts >= MOST_ATTEMPTS else "waiting")
        return "failed"
    return "delivered"


def _reach_out(state: State, row: Row[Any], name: str) -> None:
    """Do what no transaction can hold; others would wait for it, and it cannot be taken back.

    The lease is renewed right before: a round of slow effects never outlives it.
    """

    def prepare(ctx: Context) -> Effect | None:
        renewed = update(_OUTBOX).where(_mine(row, name)).values(leased_until=ctx.now + LEASE)
        if ctx.conn.execute(renewed).rowcount != 1:
            raise LeaseLost
        return EFFECTS[row.topic](state, ctx, row)

    effect: Effect | None = _in_unit(state, prepare)
    if effect is not None:
        effect()


def _finish(ctx: Context, row: Row[Any], name: str) -> None:
    """Let the effect in the database and the end of the row be one transaction."""
    for handler in HANDLERS.get(row.topic, ()):
        handler(ctx, row.payload)
    if row.topic in webhooks.EVENTS:
        webhook_calls.tell_all(ctx, row.topic, row.payload)
    ended = {"state": "done", "done_at": ctx.now, "leased_until": None, "leased_by": None, "error": None}
    if ctx.conn.execute(update(_OUTBOX).where(_mine(row, name)).values(**ended)).rowcount != 1:
        raise LeaseLost


def _mine(row: Row[Any], name: str) -> ColumnElement[bool]:
    return and_(_OUTBOX.c.id == row.id, _OUTBOX.c.leased_by == name, _OUTBOX.c.state == "waiting")


class LeaseLost(Exception):  # noqa: N818 - not an error: another worker has done the row
    """The lease was over before the row was done; what was done here is taken back."""


def _put_back(
    state: State,
    row: Row[Any],
    name: str,
    said: str,
    *,
    end: str = "waiting",
    attempts: int | None = None,
    pause: timedelta | None = None,
) -> None:
    """Let the row be tried again, a little later each time; a dead one waits for a person."""

    def put(ctx: Context) -> None:
        later = ctx.now + (pause or pause_after(row.attempts))
        kept = {"attempts": row.attempts if attempts is None else attempts, "error": said[:2000]}
        free = {"state": end, "run_at": later, "leased_until": None, "leased_by": None}
        ctx.conn.execute(update(_OUTBOX).where(_mine(row, name)).values(**kept, **free))

    _in_unit(state, put)


def pause_after(tries: int) -> timedelta:
    """Give the pause before the next try: doubled each time, six hours at most."""
    doubled: int = 2 ** min(tries - 1, 20)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)
