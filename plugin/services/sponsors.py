"""Place contacts in the sponsor tree: `sponsor_id` is the truth, the paths follow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, String, case, cast, func, literal, null, or_, select, update

from ..domain.tree import LONGEST_PATH, child_path, closes_circle, range_below
from ..models import Contact
from .mistakes import ClosesCircle, NotThere

LOCKED_AT_ONCE = 5000
_CONTACT = Contact.__table__
_ABOVE = _CONTACT.alias("above")


class LineGrown(Exception):  # noqa: N818 - not an error: the caller lets all locks go and does it again
    """Somebody came into the line while it was being locked; `ids` are all who must be locked."""

    def __init__(self, ids: frozenset[int]) -> None:
        super().__init__(ids)
        self.ids = ids


def lock_line(
    conn: Connection, contact_id: int, sponsor_id: int | None, also: frozenset[int] = frozenset()
) -> tuple[dict[int, Row[Any]], list[int]]:
    """Lock a contact, all below it, its new sponsor and all above that one, in id order.

    `also` are more to lock. Gives the rows and the upline. All are locked, since two moves elsewhere could
    close a circle together, and who is below moves too. Raises LineGrown: to lock somebody afterwards
    would break the order.
    """
    rows = lock_lines(conn, [contact_id], [] if sponsor_id is None else [sponsor_id], also)
    return rows, [] if sponsor_id is None else upline_ids(conn, sponsor_id)


def lock_lines(
    conn: Connection, contact_ids: Sequence[int], sponsor_ids: Sequence[int], also: frozenset[int]
) -> dict[int, Row[Any]]:
    """Lock contacts with all below them, and their new sponsors with all above, as `lock_line` does."""
    wanted = also | _lines_ids(conn, contact_ids, sponsor_ids)
    rows = {row.id: row for row in _locked(conn, sorted(wanted))}
    needed = _lines_ids(conn, contact_ids, sponsor_ids)
    if not needed <= wanted:
        raise LineGrown(needed | wanted)
    return rows


def lock_places(
    conn: Connection, contact_ids: Sequence[int], sponsor_ids: Sequence[int]
) -> dict[int, Row[Any]]:
    """Lock as `lock_lines` does, again where somebody came in between."""
    also: frozenset[int] = frozenset()
    while True:
        try:
            with conn.begin_nested():
                return lock_lines(conn, contact_ids, sponsor_ids, also)
        except LineGrown as grown:
            also = grown.ids


def _locked(conn: Connection, ids: Sequence[int]) -> Iterator[Row[Any]]:
    """Lock contacts in the order of their ids, some at a time: one statement takes no whole downline."""
    for begin in range(0, len(ids), LOCKED_AT_ONCE):
        some = ids[begin : begin + LOCKED_AT_ONCE]
        query = select(_CONTACT).where(_CONTACT.c.id.in_(some)).order_by(_CONTACT.c.id)
        yield from conn.execute(query.with_for_update(key_share=True))


def _lines_ids(conn: Connection, contact_ids: Sequence[int], sponsor_ids: Sequence[int]) -> frozenset[int]:
    above = _uplines_ids(conn, sponsor_ids) if sponsor_ids else []
    return frozenset({*contact_ids, *above, *_downlines_ids(conn, contact_ids)})


def lock_place(conn: Connection, contact_id: int, sponsor_id: int | None) -> dict[int, Row[Any]]:
    """Lock as `lock_line` does; raise NotThere, or ClosesCircle for a circle."""
    rows = lock_places(conn, [contact_id], [] if sponsor_id is None else [sponsor_id])
    above = [] if sponsor_id is None else upline_ids(conn, sponsor_id)
    for found in (contact_id, sponsor_id):
        if found is not None and found not in rows:
            raise NotThere(f"There is no contact with the id {found}.")
    if closes_circle(contact_id, above):
        raise ClosesCircle(
            "The new sponsor stands below this contact, or is this contact; choose another one."
        )
    return rows


def upline_ids(conn: Connection, contact_id: int) -> list[int]:
    """Walk up from a contact, itself first."""
    start = select(_CONTACT.c.id, _CONTACT.c.sponsor_id, literal(0).label("height"))
    up = start.where(_CONTACT.c.id == contact_id).cte("up", recursive=True)
    step = select(_CONTACT.c.id, _CONTACT.c.sponsor_id, up.c.height + 1)
    walk = up.union_all(step.where(_CONTACT.c.id == up.c.sponsor_id))
    return list(conn.execute(select(walk.c.id).order_by(walk.c.height)).scalars())


def _uplines_ids(conn: Connection, contact_ids: Sequence[int]) -> list[int]:
    """Walk up from contacts to all above them."""
    start = select(_CONTACT.c.id, _CONTACT.c.sponsor_id).where(_CONTACT.c.id.in_(contact_ids))
    up = start.cte("up", recursive=True)
    walk = up.union(select(_CONTACT.c.id, _CONTACT.c.sponsor_id).where(_CONTACT.c.id == up.c.sponsor_id))
    return list(conn.execute(select(walk.c.id)).scalars())


def _downlines_ids(conn: Connection, contact_ids: Sequence[int]) -> list[int]:
    """Walk down to all below contacts, with themselves."""
    down = select(_CONTACT.c.id).where(_CONTACT.c.id.in_(contact_ids)).cte("down", recursive=True)
    walk = down.union(select(_CONTACT.c.id).where(_CONTACT.c.sponsor_id == down.c.id))
    return list(conn.execute(select(walk.c.id)).scalars())


def move_paths(conn: Connection, contact_id: int, path_before: str | None, path: str | None) -> None:
    """Give a contact its new path and carry over the paths of all below it."""
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(path=path))
    if path_before is not None and path != path_before:
        lower, upper = range_below(path_before, contact_id)
        below = update(_CONTACT).where(_CONTACT.c.path >= lower, _CONTACT.c.path < upper)
        conn.execute(below.values(path=_carried(len(path_before), path)))
    fill_paths(conn)


def move_below(conn: Connection, above: Row[Any], other: Row[Any]) -> None:
    """Put all who stand directly below one contact below another one, with everybody under them."""
    cut, path = child_path(above.path, above.id), child_path(other.path, other.id)
    if cut is not None:
        lower, upper = range_below(above.path, above.id)
        below = update(_CONTACT).where(_CONTACT.c.path >= lower, _CONTACT.c.path < upper)
        conn.execute(below.values(path=_carried(len(cut), path)))
    conn.execute(update(_CONTACT).where(_CONTACT.c.sponsor_id == above.id).values(sponsor_id=other.id))
    fill_paths(conn)


def _carried(cut: int, path: str | None) -> Any:  # noqa: ANN401 - SQL
    if path is None:
        return null()
    moved = literal(path, String) + func.substr(_CONTACT.c.path, cut + 1)
    return case((func.length(moved) <= LONGEST_PATH, moved), else_=null())


def fill_paths(conn: Connection) -> int:
    """Give a path, level by level, to all who have none though their sponsor has one with room."""
    path = _ABOVE.c.path + cast(_ABOVE.c.id, String) + "/"
    statement = (
        update(_CONTACT)
        .where(
            _CONTACT.c.path.is_(None),
            _ABOVE.c.id == _CONTACT.c.sponsor_id,
            _ABOVE.c.path.is_not(None),
            func.length(path) <= LONGEST_PATH,
        )
        .values(path=path)
    )
    filled = 0
    while count := conn.execute(statement).rowcount:
        filled += count
    return filled


def rebuild_paths(conn: Connection) -> int:
    """Write all paths anew from the sponsor ids; give the number of contacts that have one."""
    top = _CONTACT.c.sponsor_id.is_(None)
    conn.execute(update(_CONTACT).values(path=case((top, literal("")), else_=null())))
    return fill_paths(conn) + conn.execute(select(func.count()).where(top)).scalar_one()


def path_below(sponsor: Row[Any] | None) -> str | None:
    """Give the path of those directly below a contact; at the top it is empty."""
    return "" if sponsor is None else child_path(sponsor.path, sponsor.id)


def wrong_paths(conn: Connection) -> int:
    """Count the contacts whose path differs from what their sponsors say."""
    path = _ABOVE.c.path + cast(_ABOVE.c.id, String) + "/"
    right = case((func.length(path) <= LONGEST_PATH, path), else_=null())
    differs = or_(
        _CONTACT.c.path.is_distinct_from(right) & _CONTACT.c.sponsor_id.is_not(None),
        _CONTACT.c.path.is_distinct_from("") & _CONTACT.c.sponsor_id.is_(None),
    )
    query = select(func.count()).select_from(_CONTACT.outerjoin(_ABOVE, _ABOVE.c.id == _CONTACT.c.sponsor_id))
    return conn.execute(query.where(differs)).scalar_one()


def unreachable(conn: Connection) -> int:
    """Count the contacts that no way from the top leads to: those in a circle, and all below it."""
    down = select(_CONTACT.c.id).where(_CONTACT.c.sponsor_id.is_(None)).cte("down", recursive=True)
    reached = down.union_all(select(_CONTACT.c.id).where(_CONTACT.c.sponsor_id == down.c.id))
    people = select(func.count()).select_from(_CONTACT).scalar_subquery()
    found = select(func.count()).select_from(reached).scalar_subquery()
    return int(conn.execute(select(people - found)).scalar_one())
