"""Facts become events many at a time; those that cannot are left to be delivered one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from ..models import Outbox
from ..services import outbox, program_referrals, rule_engine
from ..services.context import Context
from ..services.unit import is_transient
from ..state import State, log

AT_ONCE = 100
_OUTBOX = Outbox.__table__
InUnit = Callable[[State, Callable[[Context], Any]], Any]


def take_in_all(state: State, in_unit: InUnit) -> int:
    """Keep all facts that wait as events, and judge rules by them; give the number of facts.

    Where one of them fails, nothing of its batch is kept, and each is delivered alone after it.
    """
    number = 0
    try:
        while taken := in_unit(state, take_in_some):
            number += taken
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        if not (isinstance(error, DBAPIError) and is_transient(error)):
            log.exception("facts could not be taken in together; each is tried alone")
            in_unit(state, _leave_alone)
    return number


def take_in(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Take one fact in."""
    rule_engine.take_in(ctx, [payload])


def note_referral(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Keep that a referral has started as an event, and judge the rules that wait for it."""
    rule_engine.take_in(ctx, [program_referrals.started_fact(payload, ctx.now)])


def take_in_some(ctx: Context) -> int:
    """Take some facts in, and their rows out, in one transaction: each once, however the worker ends."""
    rows = _due(ctx)
    if not rows:
        return 0
    rule_engine.take_in(ctx, [row.payload for row in rows])
    done = update(_OUTBOX).where(_OUTBOX.c.id.in_([row.id for row in rows]))
    ctx.conn.execute(done.values(state="done", done_at=ctx.now, error=None))
    return len(rows)


def _due(ctx: Context) -> Sequence[Any]:
    waiting = (_OUTBOX.c.topic == outbox.FACT, _OUTBOX.c.state == "waiting", _OUTBOX.c.run_at <= ctx.now)
    query = select(_OUTBOX.c.id, _OUTBOX.c.payload).where(*waiting, _OUTBOX.c.attempts == 0)
    query = query.order_by(_OUTBOX.c.run_at, _OUTBOX.c.id).limit(AT_ONCE)
    return ctx.conn.execute(query.with_for_update(skip_locked=True)).all()


def _leave_alone(ctx: Context) -> None:
    """Let a batch that failed be delivered one by one."""
    ids = [row.id for row in _due(ctx)]
    ctx.conn.execute(update(_OUTBOX).where(_OUTBOX.c.id.in_(ids)).values(attempts=1))
