"""Filters of lists that admins save under a name: for themselves, or for all of the staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.orm import Session

from ..models import SavedFilter
from ..models.base import dialect_insert
from . import audit

LONGEST_NAME = 60
MOST = 30
"""So many of one list can an admin have."""
_FILTER = SavedFilter.__table__


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is saved: the list, a name, what is asked of the list, and whether all see it."""

    noun: str
    name: str
    query: Mapping[str, str]
    shared: bool = False


def of_list(session: Session, noun: str, owner: str) -> Sequence[SavedFilter]:
    """Give what an admin sees above a list: the own filters and those for all, by name."""
    seen = or_(SavedFilter.owner == owner, SavedFilter.shared)
    query = select(SavedFilter).where(SavedFilter.noun == noun, seen)
    return session.scalars(query.order_by(SavedFilter.name, SavedFilter.id)).all()


def find(session: Session, filter_id: int, owner: str) -> SavedFilter | None:
    """Give a filter that an admin sees."""
    found = session.get(SavedFilter, filter_id)
    return found if found is not None and (found.shared or found.owner == owner) else None


def save(conn: Connection, wanted: Wanted, *, owner: str, who: str, now: datetime) -> bool:
    """Save a filter in place of the owner's one of the same name; False where there are too many."""
    before = _same_name(conn, wanted, owner)
    if before is None and _number(conn, wanted.noun, owner) >= MOST:
        return False
    new = {"query": dict(wanted.query), "shared": wanted.shared}
    statement = dialect_insert(_FILTER, conn.dialect.name).values(
        noun=wanted.noun, name=wanted.name, owner=owner, created_at=now, **new
    )
    upsert = statement.on_conflict_do_update(index_elements=["noun", "owner", "name"], set_=new)
    made = conn.execute(upsert.returning(_FILTER.c.id)).scalar_one()
    known = _logged(before) if before is not None and before.shared else None
    if known is not None or wanted.shared:
        after = {"name": wanted.name, "list": wanted.noun, **new}
        act = "create" if known is None else "change"
        audit.record(
            conn,
            who=who,
            act=act,
            noun="saved filter",
            subject=f"#{made}",
            before=known,
            after=after,
            now=now,
        )
    return True


def remove(conn: Connection, filter_id: int, *, who: str, now: datetime) -> bool:
    """Remove a filter; False where it is gone already."""
    gone = conn.execute(_FILTER.delete().where(_FILTER.c.id == filter_id).returning(*_FILTER.c)).first()
    if gone is not None and gone.shared:
        before = _logged(gone)
        audit.record(
            conn, who=who, act="remove", noun="saved filter", subject=f"#{gone.id}", before=before, now=now
        )
    return gone is not None


def _same_name(conn: Connection, wanted: Wanted, owner: str) -> Row[Any] | None:
    same = (_FILTER.c.noun == wanted.noun, _FILTER.c.owner == owner, _FILTER.c.name == wanted.name)
    return conn.execute(select(_FILTER).where(*same)).first()


def _number(conn: Connection, noun: str, owner: str) -> int:
    mine = (_FILTER.c.noun == noun, _FILTER.c.owner == owner)
    return conn.execute(select(func.count()).select_from(_FILTER).where(*mine)).scalar_one()


def _logged(row: Row[Any]) -> dict[str, object]:
    return {"name": row.name, "list": row.noun, "query": row.query, "shared": row.shared}
