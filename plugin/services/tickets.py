"""Tickets: signed texts in mailed links that hold for one act on one row, for some time, and only once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer

from .context import Keyring

_SALT = "mailed links"


class Purpose(StrEnum):
    """What a ticket lets its reader do."""

    CONFIRM = "confirm"
    """Prove the e-mail address of an application."""
    LOG_IN = "log in"
    PASSWORD = "password"  # noqa: S105 - a purpose
    LEAVE = "leave"
    """Want no mails to many any more."""
    SHARE = "share"
    """See the code that one may pass on, and what it brought."""
    PREFERENCES = "preferences"
    """Choose which sorts of mail come."""
    USER = "user"
    """Set the password of a log-in of the standalone app."""


LIFE = {
    Purpose.CONFIRM: timedelta(days=3),
    Purpose.LOG_IN: timedelta(minutes=30),
    Purpose.PASSWORD: timedelta(hours=24),
    Purpose.LEAVE: timedelta(days=5 * 365),
    Purpose.SHARE: timedelta(days=5 * 365),
    Purpose.PREFERENCES: timedelta(days=5 * 365),
    Purpose.USER: timedelta(hours=24),
}
WELCOME_LIFE = timedelta(days=7)
"""So long a new partner can set the first password by the link of the welcome mail."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """For what, about which row, at which serial of it, until when."""

    purpose: Purpose
    row_id: int
    serial: int
    until: datetime


def sign(keys: Keyring, ticket: Ticket) -> str:
    """Give the text of a ticket."""
    until = int(ticket.until.timestamp())
    return str(_serializer(keys, ticket.purpose).dumps([ticket.row_id, ticket.serial, until]))


def read(keys: Keyring, text: str, purpose: Purpose, now: datetime) -> Ticket | None:
    """Give the ticket of a text; None for one that is not ours, for something else, or over."""
    try:
        row_id, serial, until = _serializer(keys, purpose).loads(text)
    except (BadSignature, ValueError, TypeError):
        return None
    ends = datetime.fromtimestamp(until, UTC)
    if ends <= now:
        return None
    return Ticket(purpose=purpose, row_id=int(row_id), serial=int(serial), until=ends)


def _serializer(keys: Keyring, purpose: Purpose) -> URLSafeSerializer:
    secrets = keys.for_tokens(_SALT)
    return URLSafeSerializer(secrets, salt=f"firstline:{purpose.value}")
