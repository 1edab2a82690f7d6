"""Short messages: written down in the transaction that causes them, sent by the worker."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..domain.phone import phone_e164
from ..models import Contact, MessageState, Sms
from . import once, outbox
from .contacts import id_that_goes_on
from .context import Moment
from .mistakes import BadText, NotThere

SMS = "sms"
"""The topic of short messages in the outbox."""
LONGEST = 480
"""Three messages of the network."""
_CONTACT = Contact.__table__
_SMS = Sms.__table__


def send(ctx: Moment, contact_id: int, text: str, *, who: str, key: str | None = None) -> int:
    """Write a short message down and give its id; one with the same `key` is sent once."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise BadText(f"A short message has 1 to {LONGEST} characters.")
    there = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    if ctx.conn.execute(select(_CONTACT.c.id).where(*there)).first() is None:
        raise NotThere("There is no such contact.")
    row = {
        "contact_id": contact_id, "text": said, "state": MessageState.WAITING.value, "error": "", "once": key,
        "who": who[:100], "created_at": ctx.now,
    }  # fmt: skip
    sms_id, new = once.insert(ctx.conn, _SMS, row)
    if new:
        outbox.put(ctx.conn, SMS, {"sms_id": sms_id}, now=ctx.now)
    return sms_id


def waiting(conn: Connection, sms_id: int) -> tuple[Row[Any], str | None] | None:
    """Give a message that waits and the number it goes to (None: no number); None where none waits."""
    row = conn.execute(select(_SMS).where(_SMS.c.id == sms_id)).first()
    if row is None or row.state != MessageState.WAITING.value:
        return None
    query = select(_CONTACT.c.phone, _CONTACT.c.country).where(
        _CONTACT.c.id == id_that_goes_on(row.contact_id), _CONTACT.c.erased_at.is_(None)
    )
    person = conn.execute(query).first()
    return row, None if person is None else phone_e164(person.phone, person.country)


def end(ctx: Moment, sms_id: int, state: MessageState, error: str = "") -> None:
    """Keep how a message ended."""
    mine = (_SMS.c.id == sms_id, _SMS.c.state == MessageState.WAITING.value)
    ended = {"state": state.value, "error": error[:300], "ended_at": ctx.now}
    ctx.conn.execute(update(_SMS).where(*mine).values(**ended))


def forget(conn: Connection, contact_id: int) -> None:
    """Forget what was written to a person who is erased."""
    conn.execute(update(_SMS).where(_SMS.c.contact_id == contact_id).values(text=""))
