"""Write to a selection of contacts: each once, nobody who wants none, one mail after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, insert, select, update

from ..models import Contact, Mailing, MailingReceiver, MailOptOut
from ..models.base import insert_for_id
from . import audit, mails, once, outbox, preferences
from .code_acts import Tally
from .contacts import merged
from .context import Context
from .mistakes import Mistake, SentAlready

NO_ADDRESS = "no_address"
OPTED_OUT = "opted_out"
SAME_ADDRESS = "same_address"
LONGEST_SUBJECT = 150
LONGEST_TEXT = 10_000
_AT_ONCE = 500
_CONTACT = Contact.__table__
_MAILING = Mailing.__table__
_OUT = MailOptOut.__table__
_RECEIVER = MailingReceiver.__table__


def send(
    conn: Connection,
    contact_ids: Sequence[int],
    *,
    subject: str,
    text: str,
    leave: str,
    who: str,
    now: datetime,
) -> Tally:
    """Write a mail down for each of these contacts; the tally says who gets none and why.

    Raises SentAlready where the very same went to the very same. `leave` is the address under which a reader
    ends such mails, with `{ticket}` in it.
    """
    subject, text = " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    if not subject or len(subject) > LONGEST_SUBJECT or not text or len(text) > LONGEST_TEXT:
        raise Mistake("A mail needs a subject and a text.")
    chosen, refused = _chosen(conn, contact_ids)
    if chosen:
        _write(conn, chosen, {"subject": subject, "text": text, "leave": leave}, who, now)
    return Tally(changed=len(chosen), refused=tuple(refused))


def _chosen(conn: Connection, contact_ids: Sequence[int]) -> tuple[list[int], list[tuple[str, str]]]:
    """Give who gets the mail, and who does not and why; of one address the first."""
    chosen: list[int] = []
    refused: list[tuple[str, str]] = []
    seen: set[str] = set()
    for row in _people(conn, contact_ids):
        problem = _problem(row, seen)
        if problem is None:
            chosen.append(row.id)
            seen.add(row.email_folded or row.email_key)
        else:
            refused.append((row.name or row.ref or row.email or f"#{row.id}", problem))
    return chosen, refused


def _people(conn: Connection, contact_ids: Sequence[int]) -> Iterator[Row[Any]]:
    out = exists().where(_OUT.c.contact_id == _CONTACT.c.id).label("opted_out")
    columns = [_CONTACT.c[name] for name in ("id", "ref", "name", "email", "email_key", "email_folded")]
    query: Select[Any] = select(*columns, out).where(_CONTACT.c.erased_at.is_(None), ~merged(_CONTACT.c.id))
    ids = sorted(set(contact_ids))
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        yield from conn.execute(query.where(_CONTACT.c.id.in_(some)).order_by(_CONTACT.c.id))


def _problem(row: Row[Any], seen: set[str]) -> str | None:
    if not row.email:
        return NO_ADDRESS
    if row.opted_out:
        return OPTED_OUT
    return SAME_ADDRESS if (row.email_folded or row.email_key) in seen else None


def _write(conn: Connection, chosen: Sequence[int], said: Mapping[str, str], who: str, now: datetime) -> None:
    values = {
        "subject": said["subject"], "text": said["text"], "receivers": len(chosen), "who": who,
        "once": _once(chosen, said), "created_at": now,
    }  # fmt: skip
    mailing_id = conn.execute(insert_for_id(_MAILING, conn.dialect.name), values).scalar()
    if mailing_id is None:
        raise SentAlready("These contacts got this very mail already.")
    for begin in range(0, len(chosen), _AT_ONCE):
        some = chosen[begin : begin + _AT_ONCE]
        conn.execute(
            insert(_RECEIVER),
            [{"mailing_id": mailing_id, "contact_id": one, "sent_at": None} for one in some],
        )
        payloads = (
            {"letter": mails.Letter.MAILING.value, "contact_id": one, "mailing_id": mailing_id,
             "values": {"leave": said["leave"]}}
            for one in some
        )  # fmt: skip
        outbox.put_all(conn, mails.MAIL, payloads, now=now)
    told = {"subject": said["subject"], "count": len(chosen)}
    audit.record(conn, who=who, act="mail", noun="mailing", subject=str(mailing_id), after=told, now=now)


def _once(chosen: Sequence[int], said: Mapping[str, str]) -> str:
    """Name the words and who gets them."""
    told = [said["subject"], said["text"], list(chosen)]
    return sha256(json.dumps(told).encode()).hexdigest()


def opt_out(conn: Connection, contact_id: int, *, mailing_id: int | None = None, now: datetime) -> bool:
    """Send somebody no mails to many any more; False where it is so already."""
    if not preferences.is_there(conn, contact_id):
        return False
    row: dict[str, object] = {"contact_id": contact_id, "mailing_id": mailing_id, "at": now}
    new = once.insert_new(conn, _OUT, row)
    if new:
        sort, place = preferences.MailSort.MANY, preferences.Place.LINK
        preferences.note(conn, contact_id, sort, wanted=False, place=place, now=now)
    return new


def has_opted_out(conn: Connection, contact_id: int) -> bool:
    """Say whether somebody wants no such mails."""
    return conn.execute(select(_OUT.c.at).where(_OUT.c.contact_id == contact_id)).first() is not None


def note_sent(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Keep when a mail of a mailing went out; other mails, and who wanted none, are left alone."""
    if "mailing_id" not in payload or has_opted_out(ctx.conn, payload["contact_id"]):
        return
    mine = (
        _RECEIVER.c.mailing_id == payload["mailing_id"],
        _RECEIVER.c.contact_id == payload["contact_id"],
    )
    ctx.conn.execute(update(_RECEIVER).where(*mine).values(sent_at=ctx.now))
