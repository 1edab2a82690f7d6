"""Lists that page by keyset: the place of a page is the last row that was seen, never a number of rows."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal, select, tuple_
from sqlalchemy.orm import Session

from ..models.base import Percent, UtcDateTime

# What a query and its rows hold is spelled differently by the types of SQLAlchemy 2.0 and 2.1.
Query = Any
AnyRow = Any
PAGE = 25
COUNTED = 1000
"""Rows are counted up to here; beyond it a list says "more than"."""
_CHUNK = 500
_BIGGEST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """By what rows stand in order: an expression that is never NULL, then the keys that make it unique."""

    by: ColumnElement[Any]
    keys: tuple[ColumnElement[Any], ...]
    descending: bool = False

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        """The expression and the keys."""
        return (self.by, *self.keys)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page begins: after, or backwards before, the row with these values."""

    values: tuple[object, ...]
    backwards: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, and the places (as text for an address) of the pages around them."""

    rows: Sequence[AnyRow]
    before: str | None = None
    after: str | None = None


def page(
    session: Session, statement: Query, sorting: Sorting, *, at: str | None = None, size: int = PAGE
) -> Page:
    """Give the page at a place; a place that cannot be read is the beginning."""
    place = _read(at, sorting) if at else None
    backwards = place is not None and place.backwards
    rows = _rows(session, statement, sorting, place, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page(rows=()) if place is None else page(session, statement, sorting, size=size)
    has_before = more if backwards else place is not None
    has_after = more or backwards
    return Page(
        rows=rows,
        before=_write(rows[0], sorting, backwards=True) if has_before else None,
        after=_write(rows[-1], sorting, backwards=False) if has_after else None,
    )


def every(session: Session, statement: Query, sorting: Sorting) -> Iterator[AnyRow]:
    """Give all rows in their order, reading some at a time."""
    place: Place | None = None
    while True:
        rows = _rows(session, statement, sorting, place, _CHUNK)
        yield from rows
        if len(rows) < _CHUNK:
            return
        place = Place(values=_values(rows[-1], sorting))
        session.expunge_all()


def keys(
    session: Session, statement: Query, columns: Sequence[ColumnElement[Any]], *, most: int
) -> list[str]:
    """Give the keys of the rows as text, up to `most`, in the order of the keys."""
    query = statement.with_only_columns(*columns, maintain_column_froms=True)
    rows = session.execute(query.order_by(None).order_by(*columns).limit(most))
    return [":".join(str(value) for value in row) for row in rows]


def count(session: Session, statement: Query) -> int:
    """Count the rows, up to one more than `COUNTED`."""
    one = literal(1).label("one")
    some = statement.with_only_columns(one, maintain_column_froms=True).order_by(None).limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _rows(
    session: Session, statement: Query, sorting: Sorting, place: Place | None, size: int
) -> list[AnyRow]:
    columns = sorting.columns
    backwards = place is not None and place.backwards
    falling = sorting.descending != backwards
    query = statement.add_columns(*(column.label(f"place_{i}") for i, column in enumerate(columns)))
    if place is not None:
        seen = tuple_(*(literal(v, c.type) for v, c in zip(place.values, columns, strict=True)))
        query = query.where(tuple_(*columns) < seen if falling else tuple_(*columns) > seen)
    query = query.order_by(*(column.desc() if falling else column.asc() for column in columns)).limit(size)
    return list(session.execute(query).all())


def _values(row: AnyRow, sorting: Sorting) -> tuple[object, ...]:
    size = len(sorting.columns)
    return tuple(row)[-size:]


def _write(row: AnyRow, sorting: Sorting, *, backwards: bool) -> str:
    values = [value if isinstance(value, int | str) else str(value) for value in _values(row, sorting)]
    return urlsafe_b64encode(json.dumps([int(backwards), *values]).encode()).decode().rstrip("=")


def _read(text: str, sorting: Sorting) -> Place | None:
    columns = sorting.columns
    try:
        found = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        backwards, *values = found
        read = tuple(_typed(v, c) for v, c in zip(values, columns, strict=True))
    except (ValueError, TypeError, InvalidOperation):
        return None
    return Place(values=read, backwards=backwards == 1)


def _typed(value: object, column: ColumnElement[Any]) -> object:
    if isinstance(column.type, UtcDateTime):
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        return moment
    if isinstance(column.type, Percent):
        return Decimal(str(value))
    if isinstance(column.type, Integer):
        if not isinstance(value, int) or abs(value) > _BIGGEST:
            raise ValueError("no number of a row")
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text of a row")
    return value
