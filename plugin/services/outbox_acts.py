"""What people do about the outbox: look at what waits or was given up, try it again, send it once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from ..models import Outbox
from . import audit, outbox
from .context import Moment
from .mails import MAIL
from .mistakes import Mistake, NotThere
from .notices import BY_TOPIC

_OUTBOX = Outbox.__table__
STUCK = select(func.count()).select_from(_OUTBOX).where(_OUTBOX.c.state == "dead")
"""How much was given up."""
_AT_ONCE = 500
SENT_AGAIN = frozenset({MAIL, *BY_TOPIC})
"""Topics that can be sent once more after they were sent: mails. Webhooks have a log of their own."""


def stuck() -> ColumnElement[bool]:
    """Say as SQL that a row was given up, or was tried and waits."""
    return or_(_OUTBOX.c.state == "dead", and_(_OUTBOX.c.state == "waiting", _OUTBOX.c.error.is_not(None)))


def find(conn: Connection, *, dead: bool, limit: int) -> list[Row[Any]]:
    """Give what is not done yet, or only what was given up; the oldest first."""
    wanted = _OUTBOX.c.state == "dead" if dead else _OUTBOX.c.state.in_(("waiting", "dead"))
    return list(conn.execute(select(_OUTBOX).where(wanted).order_by(_OUTBOX.c.id).limit(limit)))


def retry(ctx: Moment, row_ids: Sequence[int] | None = None, *, who: str) -> int:
    """Let rows be tried again at once, as if for the first time (None: all that were given up).

    What a worker has in its hands at this moment is left to it, and what is done stays done.
    """
    ids = sorted(set(_dead(ctx.conn) if row_ids is None else row_ids))
    changed = 0
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        free = or_(_OUTBOX.c.leased_until.is_(None), _OUTBOX.c.leased_until <= ctx.now)
        open_ = (_OUTBOX.c.id.in_(some), _OUTBOX.c.state.in_(("waiting", "dead")), free)
        again = {
            "state": "waiting", "run_at": ctx.now, "attempts": 0, "leased_until": None, "leased_by": None,
        }  # fmt: skip
        changed += ctx.conn.execute(update(_OUTBOX).where(*open_).values(**again)).rowcount
    if changed:
        outbox.mark_due(ctx.conn)
        subject = ", ".join(map(str, ids[:10]))
        after = {"count": changed}
        audit.record(
            ctx.conn, who=who, act="replay", noun="outbox", subject=subject, after=after, now=ctx.now
        )
    return changed


def send_again(ctx: Moment, row_id: int, *, who: str) -> None:
    """Send a mail once more that was sent; its reader gets another one, with links that hold anew."""
    row = ctx.conn.execute(select(_OUTBOX).where(_OUTBOX.c.id == row_id)).first()
    if row is None:
        raise NotThere("There is no such row in the outbox.")
    if row.state != "done" or row.topic not in SENT_AGAIN:
        raise Mistake("Only a mail that was sent can be sent once more.")
    outbox.put(ctx.conn, row.topic, row.payload, now=ctx.now)
    audit.record(ctx.conn, who=who, act="send again", noun="outbox", subject=str(row_id), now=ctx.now)


def _dead(conn: Connection) -> Sequence[int]:
    return conn.execute(select(_OUTBOX.c.id).where(_OUTBOX.c.state == "dead")).scalars().all()
