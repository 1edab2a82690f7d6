"""Forget what events and runs say of a person who is erased; that they happened stays."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from ..models import Event, RuleRun

_EVENT = Event.__table__
_RUN = RuleRun.__table__


def forget(conn: Connection, contact_id: int) -> None:
    """Take the content out of the events of a person, and what was found and written out of runs."""
    conn.execute(update(_EVENT).where(_EVENT.c.contact_id == contact_id).values(data={}))
    people = (_RUN.c.contact_id, _RUN.c.sharer_id, _RUN.c.friend_id)
    about = or_(*(column == contact_id for column in people))
    conn.execute(update(_RUN).where(about).values(trace=[], done=[]))
