"""A sponsor's prospects: initials, and contact data only under a consent; what the sponsor noted of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, delete, func, select

from ..models import AddressType, Consent, Contact, FollowUp, FollowUpState
from ..models.base import dialect_insert
from .consents import holds, note_views
from .desk_people import initials, type_of
from .mistakes import Mistake

PAGE = 25
LONGEST_NOTE = 2000
_FOLLOW_UP = FollowUp.__table__


@dataclass(frozen=True, kw_only=True)
class Released:
    """What a contact lets its sponsor see, until a moment, and what the sponsor noted."""

    consent_id: int
    name: str | None
    email: str | None
    phone: str | None
    until: datetime | None
    given_at: datetime
    wording: str
    state: FollowUpState
    note: str
    remind_on: date | None


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """Somebody of the first line; `released` is None where nothing is let see."""

    id: int
    initials: str
    type: AddressType
    since: datetime
    released: Released | None


@dataclass(frozen=True, kw_only=True)
class Prospects:
    """A page of prospects, the newest first; `after` begins the next one."""

    rows: tuple[Prospect, ...]
    after: int | None


def prospects(
    conn: Connection,
    sponsor_id: int,
    *,
    now: datetime,
    only: FollowUpState | None = None,
    released: bool | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> Prospects:
    """Give a page of those who have not bought; `only` in that state, `released` with or without consent."""
    query = _query(sponsor_id, now).where(type_of(now) == AddressType.PROSPECT.value)
    if only is not None:
        query = query.where(Consent.id.is_not(None), _state() == only.value)
    if released is not None:
        query = query.where(Consent.id.is_not(None) if released else Consent.id.is_(None))
    if after is not None:
        query = query.where(Contact.id < after)
    found = conn.execute(query.order_by(Contact.id.desc()).limit(limit + 1)).all()
    rows = tuple(_prospect(row) for row in found[:limit])
    return Prospects(rows=rows, after=rows[-1].id if len(found) > limit else None)


def every(conn: Connection, sponsor_id: int, *, now: datetime) -> Iterator[Prospect]:
    """Give all prospects page by page, for a file."""
    after: int | None = None
    while True:
        page = prospects(conn, sponsor_id, now=now, after=after, limit=500)
        yield from page.rows
        after = page.after
        if after is None:
            return


def person(conn: Connection, sponsor_id: int, contact_id: int, *, now: datetime) -> Prospect | None:
    """Give one of the first line, also after the first order; None for others."""
    row = conn.execute(_query(sponsor_id, now).where(Contact.id == contact_id)).one_or_none()
    return None if row is None else _prospect(row)


def due(conn: Connection, sponsor_id: int, *, today: date, now: datetime) -> Sequence[Prospect]:
    """Give those of whom the sponsor wanted to be reminded by today, the longest due first."""
    query = _query(sponsor_id, now).where(
        Consent.sponsor_id == sponsor_id, FollowUp.remind_on <= today, _state() != FollowUpState.DONE.value
    )
    found = conn.execute(query.order_by(FollowUp.remind_on, Contact.id).limit(PAGE)).all()
    return [_prospect(row) for row in found]


def counts(conn: Connection, sponsor_id: int, *, now: datetime) -> tuple[int, int]:
    """Count the prospects, and those of them who let see something."""
    query = (
        select(func.count(), func.count(Consent.id))
        .select_from(Contact)
        .join(Consent, holds(now), isouter=True)
        .where(*_line(sponsor_id), type_of(now) == AddressType.PROSPECT.value)
    )
    row = conn.execute(query).one()
    return int(row[0]), int(row[1])


def _line(sponsor_id: int) -> tuple[Any, Any]:
    return Contact.sponsor_id == sponsor_id, Contact.erased_at.is_(None)


def _state() -> Any:  # noqa: ANN401 - SQL
    return func.coalesce(FollowUp.state, FollowUpState.NEW.value)


def _query(sponsor_id: int, now: datetime) -> Select[Any]:
    """Ask for the first line; what is not let see does not leave the database."""
    columns: list[Any] = [
        Contact.id,
        Contact.name,
        type_of(now).label("kind"),
        func.coalesce(Contact.sponsor_at, Contact.created_at).label("since"),
        Consent.id.label("consent_id"),
        *columns_let_see(),
        Consent.until,
        Consent.given_at,
        Consent.wording,
        _state().label("state"),
        func.coalesce(FollowUp.note, "").label("note"),
        FollowUp.remind_on,
    ]
    return (
        select(*columns)
        .select_from(Contact)
        .join(Consent, holds(now), isouter=True)
        .join(FollowUp, FollowUp.consent_id == Consent.id, isouter=True)
        .where(*_line(sponsor_id))
    )


def columns_let_see() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Give e-mail and phone as far as a consent lets see them; beside `Contact` and `Consent`."""
    return (
        case((Consent.email, Contact.email)).label("email"),
        case((Consent.phone, Contact.phone)).label("phone"),
    )


def _prospect(row: Row[Any]) -> Prospect:
    return Prospect(
        id=row.id,
        initials=initials(row.name),
        type=AddressType(row.kind),
        since=row.since,
        released=None if row.consent_id is None else _released(row),
    )


def _released(row: Row[Any]) -> Released:
    return Released(
        consent_id=row.consent_id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        until=row.until,
        given_at=row.given_at,
        wording=row.wording,
        state=FollowUpState(row.state),
        note=row.note,
        remind_on=row.remind_on,
    )


def note_looks(conn: Connection, seen: Sequence[Prospect], *, place: str, now: datetime) -> None:
    """Keep that the sponsor was shown the data of these people; see ConsentView for the places."""
    note_views(conn, [one.released.consent_id for one in seen if one.released], place=place, now=now)


def follow_up(
    conn: Connection,
    sponsor_id: int,
    contact_id: int,
    *,
    state: FollowUpState,
    note: str,
    remind_on: date | None,
    now: datetime,
) -> None:
    """Keep what a sponsor notes; only while the contact lets the sponsor see something."""
    consent = select(Consent.id).join(Contact, holds(now))
    mine = consent.where(Contact.id == contact_id, Contact.sponsor_id == sponsor_id)
    consent_id = conn.execute(mine.with_for_update(of=Consent)).scalar()
    if consent_id is None:
        raise Mistake("This person does not let you see contact data any more; nothing was noted.")
    values = {"state": state.value, "note": note[:LONGEST_NOTE], "remind_on": remind_on, "changed_at": now}
    if state is FollowUpState.NEW and not note and remind_on is None:
        conn.execute(delete(_FOLLOW_UP).where(_FOLLOW_UP.c.consent_id == consent_id))
        return
    wanted = dialect_insert(_FOLLOW_UP, conn.dialect.name).values(consent_id=consent_id, **values)
    conn.execute(wanted.on_conflict_do_update(index_elements=["consent_id"], set_=values))
