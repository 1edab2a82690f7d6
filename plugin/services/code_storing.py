"""Store many codes at once: by COPY on PostgreSQL, by one statement and many rows elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Dialect, FromClause, Row, Text, bindparam, cast, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from ..models import Code

_CODE = Code.__table__
CHUNK = 20_000
"""Codes that are read or stored at a time, so that memory does not grow with their number."""

SHARED = (
    "coupon_id", "owner_id", "portions", "holder_id", "max_uses", "valid_from", "valid_until", "credit",
    "batch_id",
)  # fmt: skip
_BEHIND = (*SHARED, "credit_left", "used", "active", "link_only", "created_at")
_COLUMNS = ("display", "key", "skeleton", *_BEHIND)
_NAMES = ", ".join(_COLUMNS)
_BACKSLASH = "\\"
_BLOCK = 5_000
_ONE = f"INSERT INTO {_CODE.name} ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_MANY = 50
_FROM_JSON = (
    f"INSERT INTO {_CODE.name} ({_NAMES}) "  # noqa: S608 - names of columns alone
    "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), "
    f"{', '.join('?' * len(_BEHIND))} FROM json_each(?)"
)
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('firstline_code_batch' || current_schema()))")
Spelling = tuple[str, str, str]
"""Display, key and skeleton of a code."""
Shared = Mapping[str, object]
"""Values of SHARED that many codes have in common; one mapping for all of them."""


def store_alone(conn: Connection) -> None:
    """Let one transaction at a time store many codes: two would wait for each other's in turns."""
    if conn.dialect.name == "postgresql":
        conn.execute(_ALONE)


def store(conn: Connection, codes: Sequence[tuple[Spelling, Shared]], *, now: datetime) -> None:
    """Store new codes, each with what it shares with others; all or none of them.

    Raises IntegrityError where one of them is there already.
    """
    ends = _Ends(conn.dialect, now)
    with conn.begin_nested():
        if conn.dialect.name == "postgresql" and conn.dialect.driver == "psycopg":
            _copy(conn, codes, ends)
        elif conn.dialect.name == "sqlite":
            _insert_from_json(conn, codes, ends)
        else:
            names = ("display", "key", "skeleton")
            rows = [
                dict(zip(names, spelling, strict=True)) | ends.plain(shared) for spelling, shared in codes
            ]
            conn.execute(insert(_CODE), rows)


class _Ends:
    """The values behind the spelling of a code as the driver takes them."""

    def __init__(self, dialect: Dialect, now: datetime) -> None:
        self._always = {"used": 0, "active": True, "link_only": False, "created_at": now}
        self._turn = [
            _CODE.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is for name in _BEHIND
        ]

    def of(self, shared: Shared) -> tuple[object, ...]:
        values = self.plain(shared)
        return tuple(turn(values[name]) for turn, name in zip(self._turn, _BEHIND, strict=True))

    def plain(self, shared: Shared) -> dict[str, object]:
        values = {**shared, "credit_left": shared.get("credit"), **self._always}
        return {name: values.get(name) for name in _BEHIND}


def _as_it_is(value: object) -> object:
    return value


def _copy(conn: Connection, codes: Sequence[tuple[Spelling, Shared]], ends: _Ends) -> None:
    raw: Any = conn.connection.dbapi_connection
    statement = f"COPY {_CODE.name} ({_NAMES}) FROM STDIN"
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for block in _blocks(codes, ends):
                copy.write(block)
    except conn.dialect.loaded_dbapi.Error as error:
        # Whoever tries again looks at the errors of SQLAlchemy.
        base = conn.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(statement, None, error, base, dialect=conn.dialect) from error


def _blocks(codes: Sequence[tuple[Spelling, Shared]], ends: _Ends) -> Iterator[str]:
    """Write codes as COPY reads them, some at a time: the server stores one block while we write the next."""
    written: dict[int, str] = {}
    for at in range(0, len(codes), _BLOCK):
        lines = []
        for spelling, shared in codes[at : at + _BLOCK]:
            end = written.get(id(shared))
            if end is None:
                end = written[id(shared)] = "\t".join(map(_cell, ends.of(shared)))
            begin = "\t".join(spelling)
            lines.append(f"{begin if _BACKSLASH not in begin else _cell(begin)}\t{end}\n")
        yield "".join(lines)


def _cell(value: object) -> str:
    """Write a value as COPY reads it; texts of codes hold no control characters."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).replace(_BACKSLASH, _BACKSLASH * 2)


def _insert_from_json(conn: Connection, codes: Sequence[tuple[Spelling, Shared]], ends: _Ends) -> None:
    rest: list[tuple[object, ...]] = []
    for shared, spellings in _by_shared(codes):
        end = ends.of(shared)
        if len(spellings) >= _MANY:
            conn.exec_driver_sql(_FROM_JSON, (*end, json.dumps(spellings)))
        else:
            rest += [spelling + end for spelling in spellings]
    if rest:
        conn.exec_driver_sql(_ONE, rest)


def _by_shared(codes: Sequence[tuple[Spelling, Shared]]) -> Iterator[tuple[Shared, list[Spelling]]]:
    found: dict[int, tuple[Shared, list[Spelling]]] = {}
    for spelling, shared in codes:
        group = found.get(id(shared))
        if group is None:
            group = found[id(shared)] = (shared, [])
        group[1].append(spelling)
    yield from found.values()


_FOUND = ("id", "display", "key", "skeleton", "used", *SHARED)


def alike(conn: Connection, skeletons: Sequence[str]) -> dict[str, Row[Any]]:
    """Give the codes that are there by their skeletons: equal keys have equal skeletons."""
    if not skeletons:
        return {}
    wanted = listed(conn, "skeletons")
    query = select(*(_CODE.c[name] for name in _FOUND)).join(wanted, wanted.c.value == _CODE.c.skeleton)
    given = {"skeletons": parameter(conn, skeletons)}
    return {row.skeleton: row for row in conn.execute(query, given)}


def listed(conn: Connection, name: str) -> FromClause:
    """Give a table of one column, "value", from one parameter."""
    if conn.dialect.name == "postgresql":
        return select(func.unnest(cast(bindparam(name), ARRAY(Text))).label("value")).subquery()
    return func.json_each(bindparam(name)).table_valued("value")


def parameter(conn: Connection, values: Sequence[str]) -> object:
    """Give the parameter that `listed` takes."""
    return list(values) if conn.dialect.name == "postgresql" else json.dumps(list(values))
