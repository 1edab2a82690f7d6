"""Store the people of a file from another system: first who they are, then who stands above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, text, update

from ..domain.tree import range_below
from ..models import Contact, History, HistoryKind, ImportedRow, LegacyRef, Login, UploadKind
from ..models.base import insert_missing
from . import audit, sponsors
from .cells import WrongCell
from .contacts import address_type
from .context import Context
from .legacy_changes import changes, new_contact
from .legacy_lines import Person, Source
from .legacy_people import Mismatch, There, by_ids, name_of, named_by, there

_CONTACT = Contact.__table__
_LOGIN = Login.__table__
_REF = LegacyRef.__table__
_ROW = ImportedRow.__table__
_HISTORY = History.__table__
_MADE = {UploadKind.PARTNERS: "add", UploadKind.CONTACTS: "create"}
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('firstline_legacy_ref' || current_schema()))")


def store_alone(conn: Connection) -> None:
    """Let one transaction at a time bring people in: two with the same file would be in each other's way."""
    if conn.dialect.name == "postgresql":
        conn.execute(_ALONE)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Which file is imported, by whom, when."""

    upload_id: int
    who: str
    source: Source

    @property
    def now(self) -> datetime:
        """The time of this part."""
        return self.source.now

    @property
    def why(self) -> str:
        """What histories say of it."""
        return f"{self.source.origin}: {self.source.file_name}"


def store_people(ctx: Context, act: Act, people: Sequence[Person]) -> None:
    """Make or change the contacts of some lines, and keep under which old numbers they were known."""
    conn, origin = ctx.conn, act.source.origin
    before = _matched(there(conn, origin, named_by(people)), people)
    missing = [person for person in people if before.get(person.line, ...) is None]
    insert_missing(conn, _CONTACT, (new_contact(person, act.source) for person in missing))
    known = there(conn, origin, named_by(people)) if missing else None
    made = _matched(known, missing) if known is not None else {}
    _change(conn, act, people, before)
    rows = {line: row for line, row in {**before, **made}.items() if row is not None}
    named = [person for person in people if person.old and person.line in rows]
    insert_missing(
        conn,
        _REF,
        (
            {"origin": origin, "ref": one.old, "contact_id": rows[one.line].id, "created_at": act.now}
            for one in named
        ),
    )
    after = by_ids(conn, (row.id for row in rows.values()))
    _open_log_ins(conn, act, after)
    _note(conn, act, before, rows, after)
    _keep(conn, act, people, before, rows)


Matched = dict[int, Row[Any] | None]
"""Whom lines are about, None: nobody who is there. A line that cannot be about one person is not in it."""


def _matched(known: There, people: Sequence[Person]) -> Matched:
    found: Matched = {}
    for person in people:
        try:
            found[person.line] = known.match(person)
        except Mismatch:
            continue
    return found


def _change(conn: Connection, act: Act, people: Sequence[Person], before: Matched) -> None:
    entries = []
    for person in people:
        row = before.get(person.line)
        values = {} if row is None else changes(person, row, act.source)
        if row is not None and values:
            conn.execute(update(_CONTACT).where(_CONTACT.c.id == row.id).values(**values))
            old = {name: getattr(row, name) for name in values}
            entries.append(_logged(act, row, "change", before=old, after=values))
    audit.record_all(conn, entries)


def _logged(act: Act, row: Row[Any], what: str, **said: Mapping[str, object]) -> dict[str, object]:
    noun = "partner" if act.source.kind is UploadKind.PARTNERS else "contact"
    return audit.entry(who=act.who, act=what, noun=noun, subject=name_of(row), now=act.now, **said)


def _open_log_ins(conn: Connection, act: Act, after: Mapping[int, Row[Any]]) -> None:
    """Give partners whom the shop does not know a log-in by their address, as all others have one."""
    insert_missing(
        conn,
        _LOGIN,
        (
            {"contact_id": row.id, "email_key": row.email_key, "generation": 1, "serial": 1,
             "created_at": act.now}
            for row in after.values()
            if row.partner_since is not None and row.ref is None and row.email_key is not None
        ),
    )  # fmt: skip


def _note(
    conn: Connection, act: Act, before: Matched, rows: Mapping[int, Row[Any]], after: Mapping[int, Row[Any]]
) -> None:
    """Keep in histories which type somebody has become, and log who is a partner now."""
    entries, logged = [], []
    for line, found in rows.items():
        row, old = after.get(found.id, found), before.get(line)
        was, now = address_type(old, act.now), address_type(row, act.now)
        if was is not now:
            entries.append(_entry(act, HistoryKind.ADDRESS_TYPE, row.id, before=was.value, after=now.value))
        if old is None:
            logged.append(_logged(act, row, _MADE[act.source.kind], after=_said(row)))
    if entries:
        conn.execute(insert(_HISTORY), entries)
    audit.record_all(conn, logged)


def _said(row: Row[Any]) -> dict[str, object]:
    names = ("ref", "email", "name", "partner_since")
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def _entry(act: Act, kind: HistoryKind, contact_id: int, **said: object) -> dict[str, object]:
    blank: dict[str, object] = {"partner_id": None, "before": None, "after": None}
    row = {"contact_id": contact_id, "kind": kind.value, "how": "admin", "by": act.who, "at": act.now}
    return {**blank, **row, "why": act.why, **said}


def _keep(
    conn: Connection, act: Act, people: Sequence[Person], before: Matched, rows: Mapping[int, Row[Any]]
) -> None:
    def outcome(person: Person) -> str:
        if person.line not in rows:
            return "overtaken"
        row = before.get(person.line)
        if row is None:
            return "created"
        return "changed" if changes(person, row, act.source) else "unchanged"

    insert_missing(
        conn,
        _ROW,
        (
            {
                "upload_id": act.upload_id,
                "line": person.line,
                "contact_id": rows[person.line].id if person.line in rows else None,
                "outcome": outcome(person),
                "sponsor_id": None,
                "call_id": None,
            }
            for person in people
        ),
    )


def store_sponsors(ctx: Context, act: Act, people: Sequence[Person]) -> None:
    """Place people below those whom the file names; who has a sponsor keeps it."""
    conn = ctx.conn
    wanted = _wanted(there(conn, act.source.origin, named_by(people)), people)
    if not wanted:
        return
    above_ids = {sponsor.id for _person, _row, sponsor in wanted}
    rows = sponsors.lock_places(conn, [row.id for _person, row, _sponsor in wanted], sorted(above_ids))
    placed = list(_placed(rows, wanted))
    _put(conn, act, placed, rows)
    sponsors.fill_paths(conn)
    _tell_sponsors(conn, act, placed)


Wanted = tuple[Person, Row[Any], Row[Any]]
"""A line, whom it is about, and who is to stand above."""


def _wanted(known: There, people: Sequence[Person]) -> list[Wanted]:
    found = []
    for person, row in zip(people, (_matched(known, [one]).get(one.line) for one in people), strict=True):
        sponsor = _named(known, person.above)
        if row is not None and sponsor is not None and row.sponsor_id is None:
            found.append((person, row, sponsor))
    return found


def _named(known: There, text: str | None) -> Row[Any] | None:
    try:
        return known.named(text) if text else None
    except WrongCell:
        return None


def _placed(rows: Mapping[int, Row[Any]], wanted: Sequence[Wanted]) -> Iterator[Wanted]:
    """Give those who have no sponsor by now and whose place closes no circle; all of the line are locked."""
    above = {row.id: row.sponsor_id for row in rows.values()}
    for person, row, sponsor in wanted:
        if row.id not in above or sponsor.id not in above or above[row.id] is not None:
            continue
        node: int | None = sponsor.id
        while node is not None and node != row.id:
            node = above.get(node)
        if node is None:
            above[row.id] = sponsor.id
            yield person, row, sponsor


def _put(conn: Connection, act: Act, placed: Sequence[Wanted], rows: Mapping[int, Row[Any]]) -> None:
    """Name the sponsors; the paths of those placed and of all below are written anew afterwards."""
    if not placed:
        return
    values = [
        {"of_id": row.id, "of_sponsor": sponsor.id, "since": person.since or act.now}
        for person, row, sponsor in placed
    ]
    mine = update(_CONTACT).where(_CONTACT.c.id == bindparam("of_id"))
    since = bindparam("since", type_=_CONTACT.c.sponsor_at.type)
    conn.execute(mine.values(sponsor_id=bindparam("of_sponsor"), sponsor_at=since, path=None), values)
    has_below = {row.sponsor_id for row in rows.values()}
    for path, contact_id in ((rows[row.id].path, row.id) for _person, row, _sponsor in placed):
        if contact_id in has_below and path is not None:
            lower, upper = range_below(path, contact_id)
            below = update(_CONTACT).where(_CONTACT.c.path >= lower, _CONTACT.c.path < upper)
            conn.execute(below.values(path=None))


def _tell_sponsors(conn: Connection, act: Act, placed: Sequence[Wanted]) -> None:
    if not placed:
        return
    entries, logged = [], []
    for _person, row, sponsor in placed:
        label = name_of(sponsor)
        told = {"partner_id": sponsor.id, "after": label}
        entries.append(_entry(act, HistoryKind.SPONSOR, row.id, **told))
        entries.append(_entry(act, HistoryKind.TOUCH, row.id, partner_id=sponsor.id))
        logged.append(_logged(act, row, "sponsor", before={"sponsor": None}, after={"sponsor": label}))
    conn.execute(insert(_HISTORY), entries)
    audit.record_all(conn, logged)
    mine = update(_ROW).where(_ROW.c.upload_id == act.upload_id, _ROW.c.line == bindparam("of_line"))
    rows = [{"of_line": person.line, "of_sponsor": sponsor.id} for person, _row, sponsor in placed]
    conn.execute(mine.values(sponsor_id=bindparam("of_sponsor")), rows)


def forget(conn: Connection, contact_id: int) -> None:
    """Forget under which numbers other systems knew somebody who is erased."""
    conn.execute(delete(_REF).where(_REF.c.contact_id == contact_id))
