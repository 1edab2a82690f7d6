"""Notes about contacts: written once, taken away, never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..models import Contact, ContactNote
from . import audit, once
from .context import Moment
from .mistakes import BadText, NotThere

LONGEST = 4000
_CONTACT = Contact.__table__
_NOTE = ContactNote.__table__


def add(ctx: Moment, contact_id: int, text: str, who: str, *, key: str | None = None) -> int:
    """Write a note about a contact and give its id; one with the same `key` is written once."""
    said = text.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST:
        raise BadText(f"A note has 1 to {LONGEST} characters.")
    there = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    if ctx.conn.execute(select(_CONTACT.c.id).where(*there)).first() is None:
        raise NotThere("There is no such contact.")
    row = {"contact_id": contact_id, "text": said, "once": key, "who": who[:100], "at": ctx.now}
    note_id, _new = once.insert(ctx.conn, _NOTE, row)
    return note_id


def remove(ctx: Moment, contact_id: int, note_id: int, *, who: str) -> None:
    """Take a note away; the log of acts says that there was one."""
    mine = (_NOTE.c.id == note_id, _NOTE.c.contact_id == contact_id)
    if ctx.conn.execute(delete(_NOTE).where(*mine)).rowcount != 1:
        raise NotThere("There is no such note.")
    audit.record(
        ctx.conn, who=who, act="remove", noun="note", subject=f"#{contact_id}", after={"note": note_id},
        now=ctx.now,
    )  # fmt: skip


def list_notes(conn: Connection, contact_id: int, limit: int = 50) -> list[Row[Any]]:
    """Give the notes about a contact, the newest first."""
    query = select(_NOTE).where(_NOTE.c.contact_id == contact_id).order_by(_NOTE.c.id.desc()).limit(limit)
    return list(conn.execute(query))


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Give the notes about a double to the contact that goes on."""
    conn.execute(update(_NOTE).where(_NOTE.c.contact_id == loser_id).values(contact_id=winner_id))


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the notes about a person who is erased."""
    conn.execute(delete(_NOTE).where(_NOTE.c.contact_id == contact_id))
