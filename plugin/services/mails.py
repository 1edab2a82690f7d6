"""Mails: written down in the transaction that causes them, sent by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from ..models import Contact
from . import outbox

MAIL = "mail"
"""The topic of mails in the outbox."""
_CONTACT = Contact.__table__


class Letter(StrEnum):
    """What a mail is about."""

    WELCOME = "welcome"


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """Who gets a mail, as known when it is sent."""

    email: str
    name: str = ""
    locale: str | None = None


def put(
    conn: Connection,
    letter: Letter,
    contact_id: int,
    values: Mapping[str, str] | None = None,
    *,
    now: datetime,
) -> None:
    """Write a mail down for the worker.

    Who gets it is looked up when it is sent: the row names nobody, so that erasing the person is enough.
    """
    payload = {"letter": letter.value, "contact_id": contact_id, "values": dict(values or {})}
    outbox.put(conn, MAIL, payload, now=now)


def receiver(conn: Connection, payload: Mapping[str, Any]) -> Receiver | None:
    """Give who gets a mail; None where the person was erased or has no address any more."""
    query = select(_CONTACT.c.email, _CONTACT.c.name, _CONTACT.c.locale)
    known = (_CONTACT.c.id == payload["contact_id"], _CONTACT.c.erased_at.is_(None))
    row = conn.execute(query.where(*known)).first()
    if row is None or not row.email:
        return None
    return Receiver(email=row.email, name=row.name or "", locale=row.locale)
