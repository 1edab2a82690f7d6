"""Consents: what a contact lets its sponsor see, given, taken back, and each look at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from ..domain.consent import Grant
from ..models import Consent, ConsentView, Contact, EndedBy, FollowUp
from .eligibility import is_partner
from .mistakes import Mistake

_CONSENT = Consent.__table__
_CONTACT = Contact.__table__
_FOLLOW_UP = FollowUp.__table__
_SPONSOR = _CONTACT.alias("sponsor")


class SponsorChanged(Mistake):
    """Another sponsor stands above than the one whom the consent names."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What was read when a consent was given; `place` is the page where it stood."""

    text: str
    version: str
    locale: str
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A consent as it stands: what it lets see, what was read, how often and when last it was looked at."""

    id: int
    email: bool
    phone: bool
    until: datetime | None
    wording: str
    given_at: datetime
    views: int
    last_view: datetime | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a contact stands: its sponsor, where that one is a partner, and the consent that holds."""

    contact_id: int
    email: str | None
    phone: str | None
    sponsor_id: int | None
    sponsor_name: str | None
    given: Given | None


def holds(now: datetime) -> ColumnElement[bool]:
    """Say as SQL that a consent lets the contact's sponsor see the data now; beside `Contact`."""
    return and_(
        Consent.contact_id == Contact.id,
        Consent.sponsor_id == Contact.sponsor_id,
        Consent.ended_at.is_(None),
        or_(Consent.until.is_(None), Consent.until > now),
        Contact.erased_at.is_(None),
    )


def standing(conn: Connection, contact_id: int, *, now: datetime) -> Standing | None:
    """Give where a contact stands, None where there is none."""
    at_work = and_(
        _SPONSOR.c.id == Contact.sponsor_id,
        is_partner(now, _SPONSOR),
        _SPONSOR.c.erased_at.is_(None),
    )
    row = conn.execute(
        select(Contact.id, Contact.email, Contact.phone, _SPONSOR.c.id, _SPONSOR.c.name, *_given_columns())
        .join(_SPONSOR, at_work, isouter=True)
        .join(Consent, holds(now), isouter=True)
        .where(Contact.id == contact_id, Contact.erased_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return Standing(
        contact_id=row[0],
        email=row[1],
        phone=row[2],
        sponsor_id=row[3],
        sponsor_name=row[4],
        given=None if row[5] is None or row[3] is None else _given(row[5:]),
    )


def _given_columns() -> Sequence[Any]:
    seen = select(func.count()).where(ConsentView.consent_id == Consent.id).scalar_subquery()
    last = select(func.max(ConsentView.at)).where(ConsentView.consent_id == Consent.id).scalar_subquery()
    return (
        Consent.id, Consent.email, Consent.phone, Consent.until, Consent.wording, Consent.given_at, seen, last
    )  # fmt: skip


def _given(row: Sequence[Any]) -> Given:
    number, email, phone, until, wording, given_at, views, last = row
    return Given(
        id=number, email=email, phone=phone, until=until, wording=wording, given_at=given_at, views=views,
        last_view=last,
    )  # fmt: skip


def give(
    conn: Connection, contact_id: int, sponsor_id: int, grant: Grant, *, wording: Wording, now: datetime
) -> int:
    """Keep a consent; the one before it ends. Raises SponsorChanged for another sponsor than was read."""
    if grant.until is not None and grant.until <= now:
        raise Mistake("A consent ends after it is given.")
    row = conn.execute(
        select(_CONTACT.c.sponsor_id)
        .where(_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None or row.sponsor_id != sponsor_id:
        raise SponsorChanged("Another sponsor stands above this contact now; read and decide again.")
    before = end(conn, [contact_id], by=EndedBy.REPLACED, now=now, keep_notes=True)
    given = insert(_CONSENT).values(
        contact_id=contact_id,
        sponsor_id=sponsor_id,
        email=grant.email,
        phone=grant.phone,
        until=grant.until,
        wording=wording.text,
        version=wording.version,
        locale=wording.locale,
        place=wording.place[:200],
        given_at=now,
    )
    consent_id = int(conn.execute(given.returning(_CONSENT.c.id)).scalar_one())
    _carry_notes(conn, before, consent_id, sponsor_id)
    return consent_id


def _carry_notes(conn: Connection, before: Sequence[int], consent_id: int, sponsor_id: int) -> None:
    """Let the notes stand under the new consent where it is the same sponsor's."""
    same = select(_CONSENT.c.id).where(_CONSENT.c.id.in_(before), _CONSENT.c.sponsor_id == sponsor_id)
    kept = update(_FOLLOW_UP).where(_FOLLOW_UP.c.consent_id.in_(same)).values(consent_id=consent_id)
    conn.execute(kept)


def take_back(conn: Connection, contact_id: int, *, now: datetime) -> bool:
    """End the consent of a contact by its own will; False where there is none."""
    return bool(end(conn, [contact_id], by=EndedBy.CONTACT, now=now))


def end(
    conn: Connection, contact_ids: Iterable[int], *, by: EndedBy, now: datetime, keep_notes: bool = False
) -> list[int]:
    """End the consents of contacts, with what was noted under them; give their ids."""
    live = and_(_CONSENT.c.contact_id.in_(list(contact_ids)), _CONSENT.c.ended_at.is_(None))
    ended = update(_CONSENT).where(live).values(ended_at=now, ended_by=by.value)
    ids = list(conn.execute(ended.returning(_CONSENT.c.id)).scalars())
    if ids and not keep_notes:
        conn.execute(delete(_FOLLOW_UP).where(_FOLLOW_UP.c.consent_id.in_(ids)))
    return ids


def forget(conn: Connection, contact_id: int, *, now: datetime) -> None:
    """End what an erased person let see, and what was given to it; wordings and pages that name it go."""
    end(conn, [contact_id], by=EndedBy.ERASED, now=now)
    conn.execute(update(_CONSENT).where(_CONSENT.c.contact_id == contact_id).values(place=""))
    theirs = _CONSENT.c.sponsor_id == contact_id
    of_theirs = select(_CONSENT.c.contact_id).where(theirs, _CONSENT.c.ended_at.is_(None))
    end(conn, conn.execute(of_theirs).scalars().all(), by=EndedBy.ERASED, now=now)
    conn.execute(update(_CONSENT).where(theirs).values(wording=""))


def note_views(conn: Connection, consent_ids: Sequence[int], *, place: str, now: datetime) -> None:
    """Keep that a sponsor was shown the data of these consents."""
    rows = [{"consent_id": one, "place": place, "at": now} for one in consent_ids]
    if rows:
        conn.execute(insert(ConsentView.__table__), rows)
