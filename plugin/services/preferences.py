"""Which mails a person wants: those to many, those of the program's rules, and reminders."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from ..models import Contact, MailChoice, MailOptOut, NoticeOff
from . import once, tickets
from .context import Keyring
from .tickets import LIFE, Purpose, Ticket

_CONTACT = Contact.__table__
_OFF = NoticeOff.__table__
_OUT = MailOptOut.__table__
_CHOICE = MailChoice.__table__


class MailSort(StrEnum):
    """A sort of mail that its reader may want no more; what serves a contract has none and is sent always."""

    MANY = "mailing"
    """What the shop writes to a selection of contacts."""
    PROGRAM = "program"
    """What the rules of the program write: rewards, thanks, news of friends."""
    REMINDER = "reminder"


_OWN = (MailSort.PROGRAM, MailSort.REMINDER)
_SORTS = tuple(MailSort)
"""Tickets name a sort by its place in here: new ones come behind."""


def sign(keys: Keyring, contact_id: int, sort: MailSort, *, now: datetime) -> str:
    """Give the ticket by which somebody chooses, and by one click ends the sort of the mail it stands in."""
    purpose = Purpose.PREFERENCES
    ticket = Ticket(purpose=purpose, row_id=contact_id, serial=_SORTS.index(sort), until=now + LIFE[purpose])
    return tickets.sign(keys, ticket)


def read(keys: Keyring, text: str, *, now: datetime) -> tuple[int, MailSort] | None:
    """Give the contact and the sort of a ticket; None for one that is not ours, or is over."""
    found = tickets.read(keys, text, Purpose.PREFERENCES, now)
    if found is None or not 0 <= found.serial < len(_SORTS):
        return None
    return found.row_id, _SORTS[found.serial]


def unwanted(conn: Connection, contact_id: int) -> frozenset[MailSort]:
    """Give the sorts that somebody does not want."""
    kinds = select(_OFF.c.kind).where(_OFF.c.contact_id == contact_id, _OFF.c.kind.in_(_OWN))
    off = {MailSort(kind) for kind in conn.execute(kinds).scalars()}
    if conn.execute(select(_OUT.c.at).where(_OUT.c.contact_id == contact_id)).first() is not None:
        off.add(MailSort.MANY)
    return frozenset(off)


def wants(conn: Connection, contact_id: int, sort: MailSort) -> bool:
    """Say whether somebody wants mails of a sort."""
    return sort not in unwanted(conn, contact_id)


class Place(StrEnum):
    """Where somebody chose."""

    ONE_CLICK = "one_click"
    """The one click of a mail program."""
    LINK = "link"
    """The page behind a mail's link to end such mails."""
    PAGE = "page"
    """The page on which the sorts are chosen."""
    DOUBLE = "double"
    """With a double that was merged in."""


def leave(
    conn: Connection, contact_id: int, sort: MailSort, *, place: Place = Place.ONE_CLICK, now: datetime
) -> bool:
    """Send somebody no mails of a sort any more; False where it is so already, or nobody is there."""
    if not is_there(conn, contact_id):
        return False
    row: dict[str, object] = {"contact_id": contact_id, "at": now}
    if sort is MailSort.MANY:
        new = once.insert_new(conn, _OUT, {**row, "mailing_id": None})
    else:
        new = once.insert_new(conn, _OFF, {**row, "kind": sort.value})
    if new:
        note(conn, contact_id, sort, wanted=False, place=place, now=now)
    return new


def is_there(conn: Connection, contact_id: int) -> bool:
    """Say whether there is such a contact who is not erased."""
    known = select(_CONTACT.c.id).where(_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    return conn.execute(known).first() is not None


def note(
    conn: Connection, contact_id: int, sort: MailSort, *, wanted: bool, place: Place, now: datetime
) -> None:
    """Keep a choice in the log of consents."""
    row = {"contact_id": contact_id, "sort": sort.value, "wanted": wanted, "place": place.value, "at": now}
    conn.execute(insert(_CHOICE), row)


def move(conn: Connection, loser_id: int, winner_id: int, *, now: datetime) -> None:
    """Let what a double does not want hold for the one that goes on, unless that one asked for it later."""
    for sort in sorted(unwanted(conn, loser_id) - unwanted(conn, winner_id)):
        if not _asked_since(conn, winner_id, sort, _off_since(conn, loser_id, sort)):
            leave(conn, winner_id, sort, place=Place.DOUBLE, now=now)
    kinds = select(_OFF.c.kind).where(_OFF.c.contact_id == loser_id, _OFF.c.kind.not_in(_OWN))
    for kind in conn.execute(kinds).scalars().all():
        once.insert_new(conn, _OFF, {"contact_id": winner_id, "kind": kind, "at": now})


def _off_since(conn: Connection, contact_id: int, sort: MailSort) -> datetime:
    many, table = sort is MailSort.MANY, _OUT if sort is MailSort.MANY else _OFF
    mine = (table.c.contact_id == contact_id, *(() if many else (_OFF.c.kind == sort.value,)))
    found: datetime = conn.execute(select(table.c.at).where(*mine)).scalar_one()
    return found


def _asked_since(conn: Connection, contact_id: int, sort: MailSort, moment: datetime) -> bool:
    mine = (_CHOICE.c.contact_id == contact_id, _CHOICE.c.sort == sort.value, _CHOICE.c.wanted)
    return conn.execute(select(_CHOICE.c.id).where(*mine, _CHOICE.c.at > moment)).first() is not None


def choose(conn: Connection, contact_id: int, wanted: Collection[MailSort], *, now: datetime) -> None:
    """Keep which sorts somebody wants."""
    conn.execute(select(_CONTACT.c.id).where(_CONTACT.c.id == contact_id).with_for_update())
    for sort in MailSort:
        if sort not in wanted:
            leave(conn, contact_id, sort, place=Place.PAGE, now=now)
        elif _comes_back(conn, contact_id, sort):
            note(conn, contact_id, sort, wanted=True, place=Place.PAGE, now=now)


def _comes_back(conn: Connection, contact_id: int, sort: MailSort) -> bool:
    """Let mails of a sort be sent again; False where they are."""
    if sort is MailSort.MANY:
        gone = delete(_OUT).where(_OUT.c.contact_id == contact_id)
    else:
        gone = delete(_OFF).where(_OFF.c.contact_id == contact_id, _OFF.c.kind == sort.value)
    return bool(conn.execute(gone).rowcount)
