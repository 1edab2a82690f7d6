"""Notices to partners about their money: what they are about, who wants which, and whom they go to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ..models import Contact, NoticeOff, PayoutDetails
from .mails import Receiver

_OFF = NoticeOff.__table__
_CONTACT = Contact.__table__
_DETAILS = PayoutDetails.__table__


class NoticeKind(StrEnum):
    """What a notice is about."""

    PAID = "payout_paid"
    FAILED = "payout_failed"
    CHANGED = "payout_details_changed"
    ISSUED = "statement_issued"
    POSTBACK_OFF = "postback_off"

    @property
    def topic(self) -> str:
        """Its topic in the outbox: the mail about a payout waits apart from the webhooks about it."""
        return "payout_mail" if self is NoticeKind.PAID else self.value


BY_TOPIC = {kind.topic: kind for kind in NoticeKind}
ALWAYS = frozenset({NoticeKind.CHANGED})
"""Kinds that cannot be switched off: by them a theft is noticed."""


def switched_off(conn: Connection, contact_id: int) -> frozenset[NoticeKind]:
    """Give what a partner does not want."""
    kinds = select(_OFF.c.kind).where(_OFF.c.contact_id == contact_id, _OFF.c.kind.in_(list(NoticeKind)))
    found = conn.execute(kinds).scalars()
    return frozenset(NoticeKind(kind) for kind in found) - ALWAYS


def choose(conn: Connection, contact_id: int, wanted: Collection[NoticeKind], *, now: datetime) -> None:
    """Keep which notices a partner wants."""
    conn.execute(select(_CONTACT.c.id).where(_CONTACT.c.id == contact_id).with_for_update())
    conn.execute(delete(_OFF).where(_OFF.c.contact_id == contact_id, _OFF.c.kind.in_(list(NoticeKind))))
    off = [kind for kind in NoticeKind if kind not in wanted and kind not in ALWAYS]
    if off:
        conn.execute(
            insert(_OFF), [{"contact_id": contact_id, "kind": kind.value, "at": now} for kind in off]
        )


def forget(conn: Connection, contact_id: int) -> None:
    """Delete what a person who is erased has chosen."""
    conn.execute(delete(_OFF).where(_OFF.c.contact_id == contact_id))


def receiver(conn: Connection, kind: NoticeKind, payload: Mapping[str, Any]) -> Receiver | None:
    """Give who gets a notice; None where it is not wanted, or nobody is there to get it.

    With `details_id` it goes to the address known when those payout details were given.
    """
    contact_id = int(payload.get("contact_id") or payload["partner_id"])
    known = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    row = conn.execute(select(_CONTACT).where(*known)).first()
    if row is None or kind in switched_off(conn, contact_id):
        return None
    email: str | None = row.email
    if "details_id" in payload:
        old = select(_DETAILS.c.email).where(_DETAILS.c.id == payload["details_id"])
        email = conn.execute(old).scalar()
    return Receiver(email=email, name=row.name or "", locale=row.locale) if email else None
