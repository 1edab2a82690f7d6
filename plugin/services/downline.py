"""The downline as a tree: one branch at a time, with the numbers of those below each contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from ..models import AddressType, Contact
from ..models.base import UtcDateTime
from .desk_people import initials, type_of
from .downline_counts import Below, count_below
from .sponsors import upline_ids

PAGE = 25
SHOWN_ABOVE = 8
"""How many of those above an open contact are shown, beside the topmost."""
_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
_CHILD = aliased(Contact, name="child")


@dataclass(frozen=True, kw_only=True)
class Node:
    """A contact in the tree. `name` is for the shop's own eyes, a sponsor sees the initials.

    `below` is None for those above the open contact: to count them anew on each page would be slow.
    """

    id: int
    name: str | None
    initials: str
    type: AddressType
    erased: bool
    below: Below | None = None


@dataclass(frozen=True, kw_only=True)
class Branch:
    """An open contact, those above it, the topmost first, and one page of its first line, the newest first.

    `skipped` are those behind the topmost who are not shown; `after` begins the next page.
    """

    open: Node | None
    above: tuple[Node, ...] = ()
    skipped: int = 0
    rows: tuple[Node, ...]
    after: int | None


def branch(
    conn: Connection,
    contact_id: int,
    *,
    now: datetime,
    top_id: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> Branch | None:
    """Open a contact of the tree, None where there is none; `top_id` leaves out who is not below that one."""
    line = list(reversed(upline_ids(conn, contact_id)))
    if not line or (top_id is not None and top_id not in line):
        return None
    line = line if top_id is None else line[line.index(top_id) :]
    shown = [*line[:1], *line[1:][-SHOWN_ABOVE:]]
    rows, following = _page(conn, Contact.sponsor_id == contact_id, now, after, limit)
    above = {row.id: row for row in conn.execute(_shown().where(Contact.id.in_(shown)), {"now": now})}
    counts = count_below(conn, [contact_id, *(row.id for row in rows)], now=now)
    return Branch(
        open=_node(above[contact_id], counts),
        above=tuple(_node(above[one], {}) for one in shown[:-1]),
        skipped=len(line) - len(shown),
        rows=tuple(_node(row, counts) for row in rows),
        after=following,
    )


def tops(conn: Connection, *, now: datetime, after: int | None = None, limit: int = PAGE) -> Branch:
    """Give one page of those with nobody above and somebody below; nobody is open."""
    rows, following = _page(conn, and_(Contact.sponsor_id.is_(None), _has_below()), now, after, limit)
    counts = count_below(conn, [row.id for row in rows], now=now)
    return Branch(open=None, rows=tuple(_node(row, counts) for row in rows), after=following)


def _shown() -> Select[Any]:
    known = (Contact.id, Contact.name, Contact.email, Contact.ref, Contact.erased_at)
    columns: list[ColumnElement[Any]] = [*(one.expression for one in known), type_of(_NOW).label("kind")]
    return select(*columns)


def _page(
    conn: Connection, where: ColumnElement[bool], now: datetime, after: int | None, limit: int
) -> tuple[Sequence[Row[Any]], int | None]:
    """Give contacts, the newest first, and where the next page begins; who is erased stays while needed."""
    query = (
        _shown()
        .where(where, or_(Contact.erased_at.is_(None), _has_below()))
        .order_by(Contact.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Contact.id < after)
    found = conn.execute(query, {"now": now}).all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def _has_below() -> ColumnElement[bool]:
    return exists().where(_CHILD.sponsor_id == Contact.id)


def _node(row: Row[Any], counts: Mapping[int, Below]) -> Node:
    return Node(
        id=row.id,
        name=row.name or row.email or row.ref,
        initials=initials(row.name),
        type=AddressType(row.kind),
        erased=row.erased_at is not None,
        below=counts.get(row.id),
    )
