"""Tasks of the shop's staff: added by people and rules, taken by somebody, done once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, update

from ..models import Contact, Task
from . import audit, once
from .context import Moment
from .mistakes import BadText, NotThere

LONGEST = 200
_CONTACT = Contact.__table__
_TASK = Task.__table__


def add(
    ctx: Moment,
    title: str,
    contact_id: int | None = None,
    due_at: datetime | None = None,
    *,
    who: str,
    assignee: str | None = None,
    key: str | None = None,
) -> int:
    """Add a task and give its id; one with the same `key` is added once."""
    said = _titled(title)
    there = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    if contact_id is not None and ctx.conn.execute(select(_CONTACT.c.id).where(*there)).first() is None:
        raise NotThere("There is no such contact.")
    row = {
        "title": said, "contact_id": contact_id, "due_at": due_at, "assignee": _name(assignee), "once": key,
        "made_by": who[:100], "created_at": ctx.now,
    }  # fmt: skip
    task_id, _new = once.insert(ctx.conn, _TASK, row)
    return task_id


def change(
    ctx: Moment,
    task_id: int,
    title: str,
    contact_id: int | None,
    due_at: datetime | None,
    assignee: str | None,
    *,
    who: str,
) -> None:
    """Change a task; the log of acts says what it was before."""
    row = ctx.conn.execute(select(_TASK).where(_TASK.c.id == task_id).with_for_update()).first()
    if row is None:
        raise NotThere("There is no such task.")
    after = {
        "title": _titled(title), "contact_id": contact_id, "due_at": due_at, "assignee": _name(assignee),
    }  # fmt: skip
    before = {name: getattr(row, name) for name in after}
    if audit.changed(before, after):
        ctx.conn.execute(update(_TASK).where(_TASK.c.id == task_id).values(**after))
        audit.record(
            ctx.conn, who=who, act="change", noun="task", subject=str(task_id), before=before, after=after,
            now=ctx.now,
        )  # fmt: skip


def done(ctx: Moment, task_id: int, *, who: str) -> bool:
    """Say that a task is done; False where it is so already."""
    ended = {"done_at": ctx.now, "done_by": who[:100]}
    return _change(ctx, task_id, _TASK.c.done_at.is_(None), ended, "done", who)


def reopen(ctx: Moment, task_id: int, *, who: str) -> bool:
    """Say that a task is not done after all; False where it is open."""
    opened = {"done_at": None, "done_by": None}
    return _change(ctx, task_id, _TASK.c.done_at.is_not(None), opened, "reopen", who)


def assign(ctx: Moment, task_id: int, assignee: str | None, *, who: str) -> bool:
    """Say who does an open task; None: whoever comes first. False where it is so already, or done."""
    name = _name(assignee)
    other = _TASK.c.assignee.is_distinct_from(name) & _TASK.c.done_at.is_(None)
    return _change(ctx, task_id, other, {"assignee": name}, "assign", who)


def opened(now: datetime) -> Select[int]:
    """Select the number of open tasks that are due, or have no day."""
    due = (_TASK.c.due_at.is_(None)) | (_TASK.c.due_at <= now)
    return select(func.count()).select_from(_TASK).where(_TASK.c.done_at.is_(None), due)


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Let the tasks about a double be about the contact that goes on."""
    conn.execute(update(_TASK).where(_TASK.c.contact_id == loser_id).values(contact_id=winner_id))


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the tasks about a person who is erased: their titles may name the person."""
    conn.execute(delete(_TASK).where(_TASK.c.contact_id == contact_id))


def _change(
    ctx: Moment, task_id: int, allowed: ColumnElement[bool], values: Mapping[str, object], act: str, who: str
) -> bool:
    changed = ctx.conn.execute(update(_TASK).where(_TASK.c.id == task_id, allowed).values(**values))
    if changed.rowcount == 1:
        after = {"assignee": values["assignee"] or ""} if act == "assign" else {}
        audit.record(ctx.conn, who=who, act=act, noun="task", subject=str(task_id), after=after, now=ctx.now)
        return True
    if ctx.conn.execute(select(_TASK.c.id).where(_TASK.c.id == task_id)).first() is None:
        raise NotThere("There is no such task.")
    return False


def _titled(title: str) -> str:
    said = " ".join(title.split())
    if not said or len(said) > LONGEST:
        raise BadText(f"A task has a title of 1 to {LONGEST} characters.")
    return said


def _name(assignee: str | None) -> str | None:
    return (assignee or "").strip()[:100] or None
