"""Rows as programs list them: by id, a page after a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select

from .mistakes import NotThere

_CHUNK = 1000
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Some rows in the order of their ids, and the id after which the next ones come (None: no more)."""

    rows: Sequence[Row[Any]]
    next: int | None


def wanted(*pairs: tuple[Any, object]) -> list[ColumnElement[bool]]:
    """Give what narrows a list: columns and what they must be; None narrows nothing."""
    return [column == value for column, value in pairs if value is not None]


def within(column: Any, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:  # noqa: ANN401 - SQL
    """Give what narrows a list to a span of time; its end is no part of it."""
    found = [column >= since] if since is not None else []
    return [*found, *([column < until] if until is not None else [])]


def page(conn: Connection, query: Select[Any], conditions: Conditions, *, after: int, limit: int) -> Slice:
    """Give the rows whose ids come after one."""
    place = query.selected_columns["id"]
    found = conn.execute(query.where(*conditions, place > after).order_by(place).limit(limit + 1)).all()
    rows = found[:limit]
    return Slice(rows=rows, next=rows[-1].id if len(found) > limit else None)


def every(conn: Connection, query: Select[Any], conditions: Conditions) -> Iterator[Row[Any]]:
    """Give all rows, reading some at a time."""
    after: int | None = 0
    while after is not None:
        some = page(conn, query, conditions, after=after, limit=_CHUNK)
        yield from some.rows
        after = some.next


def one(conn: Connection, query: Select[Any], row_id: int, what: str) -> Row[Any]:
    """Give one row by its id or raise NotThere, which calls it `what`."""
    row = conn.execute(query.where(query.selected_columns["id"] == row_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no {what} with the id {row_id}.")
    return row
