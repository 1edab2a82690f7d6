"""Mails: written down in the transaction that causes them, sent by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, select

from ..models import Application, Contact, Login, Mailing, StandaloneUser
from . import outbox, preferences, tickets
from .context import Context
from .preferences import MailSort
from .tickets import LIFE, WELCOME_LIFE, Purpose, Ticket

MAIL = "mail"
"""The topic of mails in the outbox."""
_CONTACT = Contact.__table__
_APPLICATION = Application.__table__
_LOGIN = Login.__table__
_USER = StandaloneUser.__table__


class Letter(StrEnum):
    """What a mail is about."""

    WELCOME = "welcome"
    CONFIRM = "confirm"
    """To somebody who applied: is this your address?"""
    PARTNER_ALREADY = "partner_already"
    """To a partner whose address was typed into the public page."""
    DECLINED = "declined"
    LOG_IN = "log_in"
    PASSWORD = "password"  # noqa: S105 - a letter
    MAILING = "mailing"
    """To a selection of contacts, in an admin's words."""
    RULE = "rule"
    """By a rule of a program, in an admin's words."""
    TEMPLATED = "templated"
    """From a template of the shop's own, to one contact."""
    USER = "user"
    """To an admin of the standalone app: set your password."""
    APPROVAL_WAITS = "approval_waits"
    """To the staff: somebody proposed a change."""
    APPROVAL_DECIDED = "approval_decided"
    """To who proposed a change: what became of it."""


TO_MANY = frozenset({Letter.MAILING.value, Letter.RULE.value})
"""What people can want no more of."""


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


def put_to_applicant(
    conn: Connection, letter: Letter, application_id: int, values: Mapping[str, str], *, now: datetime
) -> None:
    """Write a mail down to who applied, of whom no contact may be known yet."""
    payload = {"letter": letter.value, "application_id": application_id, "values": dict(values)}
    outbox.put(conn, MAIL, payload, now=now)


def put_to_user(conn: Connection, user_id: int, values: Mapping[str, str], *, now: datetime) -> None:
    """Write a mail down to an admin of the standalone app."""
    payload = {"letter": Letter.USER.value, "user_id": user_id, "values": dict(values)}
    outbox.put(conn, MAIL, payload, now=now)


def receiver(conn: Connection, payload: Mapping[str, Any]) -> Receiver | None:
    """Give who gets a mail; None where the person was erased or has no address any more."""
    if "user_id" in payload:
        return _user(conn, payload["user_id"])
    if "application_id" in payload:
        table, row_id = _APPLICATION, payload["application_id"]
        there = _APPLICATION.c.id == row_id
    else:
        table, row_id = _CONTACT, payload["contact_id"]
        there = and_(_CONTACT.c.id == row_id, _CONTACT.c.erased_at.is_(None))
    row = conn.execute(select(table.c.email, table.c.name, table.c.locale).where(there)).first()
    if row is None or not row.email or _wants_none(conn, payload):
        return None
    return Receiver(email=row.email, name=row.name or "", locale=row.locale)


def _user(conn: Connection, user_id: int) -> Receiver | None:
    there = (_USER.c.id == user_id, _USER.c.disabled_at.is_(None))
    row = conn.execute(select(_USER.c.email, _USER.c.name).where(*there)).first()
    return None if row is None else Receiver(email=row.email, name=row.name)


def known(conn: Connection, contact_id: int) -> Receiver | None:
    """Give a contact as who gets a mail; None where the person was erased or has no address."""
    there = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    query = select(_CONTACT.c.email, _CONTACT.c.name, _CONTACT.c.locale).where(*there)
    row = conn.execute(query).first()
    if row is None or not row.email:
        return None
    return Receiver(email=row.email, name=row.name or "", locale=row.locale)


def _wants_none(conn: Connection, payload: Mapping[str, Any]) -> bool:
    """Say whether a mail is of a sort of which its reader wants no more."""
    if payload["letter"] not in TO_MANY:
        return False
    sorts = (
        {MailSort.MANY} if payload["letter"] == Letter.MAILING.value else {MailSort.MANY, MailSort.PROGRAM}
    )
    return not sorts.isdisjoint(preferences.unwanted(conn, payload["contact_id"]))


_TICKETS: Mapping[Letter, tuple[Purpose, timedelta]] = {
    Letter.CONFIRM: (Purpose.CONFIRM, LIFE[Purpose.CONFIRM]),
    Letter.WELCOME: (Purpose.PASSWORD, WELCOME_LIFE),
    Letter.LOG_IN: (Purpose.LOG_IN, LIFE[Purpose.LOG_IN]),
    Letter.PASSWORD: (Purpose.PASSWORD, LIFE[Purpose.PASSWORD]),
    Letter.MAILING: (Purpose.LEAVE, LIFE[Purpose.LEAVE]),
    Letter.RULE: (Purpose.LEAVE, LIFE[Purpose.LEAVE]),
    Letter.USER: (Purpose.USER, LIFE[Purpose.USER]),
}
"""For what the link of a letter is good, and how long; it is signed when the mail is sent."""
_PLACE = "{ticket}"


def values_of(ctx: Context, payload: Mapping[str, Any]) -> dict[str, str]:
    """Give what is said in a mail, its links signed; a link that the reader cannot use is left out."""
    given: Mapping[str, str] = {**payload["values"], **_written(ctx, payload)}
    ticket = _ticket(ctx, payload)
    signed = "" if ticket is None else tickets.sign(ctx.keys, ticket)
    return {
        name: text.replace(_PLACE, signed) for name, text in given.items() if signed or _PLACE not in text
    }


def _written(ctx: Context, payload: Mapping[str, Any]) -> dict[str, str]:
    """Give what an admin wrote to many: it is kept once, not with each mail."""
    if payload["letter"] != Letter.MAILING.value:
        return {}
    query = select(Mailing.subject, Mailing.text).where(Mailing.id == payload["mailing_id"])
    row = ctx.conn.execute(query).one()
    return {"subject": row.subject, "text": row.text}


def _ticket(ctx: Context, payload: Mapping[str, Any]) -> Ticket | None:
    found = _TICKETS.get(Letter(payload["letter"]))
    if found is None:
        return None
    purpose, life = found
    until = ctx.now + life
    if purpose is Purpose.CONFIRM:
        return Ticket(purpose=purpose, row_id=payload["application_id"], serial=1, until=until)
    if purpose is Purpose.USER:
        serial = ctx.conn.execute(select(_USER.c.serial).where(_USER.c.id == payload["user_id"])).scalar_one()
        return Ticket(purpose=purpose, row_id=payload["user_id"], serial=serial, until=until)
    contact_id = payload["contact_id"]
    if purpose is Purpose.LEAVE:
        return Ticket(purpose=purpose, row_id=contact_id, serial=payload.get("mailing_id", 0), until=until)
    serial = ctx.conn.execute(select(_LOGIN.c.serial).where(_LOGIN.c.contact_id == contact_id)).scalar()
    if serial is None:
        return None
    return Ticket(purpose=purpose, row_id=contact_id, serial=serial, until=until)
