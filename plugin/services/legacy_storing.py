"""Store the people of a file from another system: contacts, old numbers, log-ins, histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, text, update

from ..models import Contact, History, HistoryKind, ImportedRow, LegacyRef, Login, UploadKind
from ..models.base import insert_missing
from . import audit
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
    before = matched(there(conn, origin, named_by(people)), people)
    missing = [person for person in people if before.get(person.line, ...) is None]
    insert_missing(conn, _CONTACT, (new_contact(person, act.source) for person in missing))
    known = there(conn, origin, named_by(people)) if missing else None
    made = matched(known, missing) if known is not None else {}
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


def matched(known: There, people: Sequence[Person]) -> Matched:
    """Say whom lines are about, as far as that can be said."""
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
            entries.append(logged_act(act, row, "change", before=old, after=values))
    audit.record_all(conn, entries)


def logged_act(act: Act, row: Row[Any], what: str, **said: Mapping[str, object]) -> dict[str, object]:
    """Give the entry of the log for what a line has done to somebody."""
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
            entries.append(entry(act, HistoryKind.ADDRESS_TYPE, row.id, before=was.value, after=now.value))
        if old is None:
            logged.append(logged_act(act, row, _MADE[act.source.kind], after=_said(row)))
    if entries:
        conn.execute(insert(_HISTORY), entries)
    audit.record_all(conn, logged)


def _said(row: Row[Any]) -> dict[str, object]:
    names = ("ref", "email", "name", "partner_since")
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def entry(act: Act, kind: HistoryKind, contact_id: int, **said: object) -> dict[str, object]:
    """Give an entry of somebody's history."""
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


def forget(conn: Connection, contact_id: int) -> None:
    """Forget under which numbers other systems knew somebody who is erased."""
    conn.execute(delete(_REF).where(_REF.c.contact_id == contact_id))
