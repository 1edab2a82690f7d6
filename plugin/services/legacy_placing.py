"""Place the people of a file from another system below those whom it names, once all are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, update

from ..domain.tree import range_below
from ..models import Contact, History, HistoryKind, ImportedRow
from . import audit, sponsors
from .cells import WrongCell
from .context import Context
from .legacy_lines import Person
from .legacy_people import There, name_of, named_by, there
from .legacy_storing import Act, entry, logged_act, matched

_CONTACT = Contact.__table__
_ROW = ImportedRow.__table__
_HISTORY = History.__table__


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
    for person, row in zip(people, (matched(known, [one]).get(one.line) for one in people), strict=True):
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
        entries.append(entry(act, HistoryKind.SPONSOR, row.id, **told))
        entries.append(entry(act, HistoryKind.TOUCH, row.id, partner_id=sponsor.id))
        logged.append(logged_act(act, row, "sponsor", before={"sponsor": None}, after={"sponsor": label}))
    conn.execute(insert(_HISTORY), entries)
    audit.record_all(conn, logged)
    mine = update(_ROW).where(_ROW.c.upload_id == act.upload_id, _ROW.c.line == bindparam("of_line"))
    rows = [{"of_line": person.line, "of_sponsor": sponsor.id} for person, _row, sponsor in placed]
    conn.execute(mine.values(sponsor_id=bindparam("of_sponsor")), rows)
