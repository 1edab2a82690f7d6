"""PostgreSQL databases that are washed for the next test: much faster than a new copy of their template."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

_STRUCTURE = """
SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
UNION ALL SELECT concat_ws(' ', oid, relname, relkind, relchecks) FROM pg_class WHERE relnamespace = {public}
UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, attidentity)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = {public}
UNION ALL SELECT concat_ws(' ', oid, convalidated) FROM pg_constraint WHERE connamespace = {public}
UNION ALL SELECT concat_ws(' ', oid, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_proc WHERE pronamespace = {public}
""".format(public="'public'::regnamespace")
_CATALOGS = ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc")
_CHANGES = "SELECT " + ", ".join(
    f"(SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM {name})" for name in _CATALOGS
)
"""Whether anybody made, changed or dropped anything at all; it is asked much faster than what there is."""
_TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
_WRITTEN = f"{_TABLES} AND pg_relation_size(oid) > 0"
_COUNTERS = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
_OTHERS = """SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_MOMENT, _MOMENTS = 0.001, 10_000


class WashedDatabase:
    """A copy of a template, and what belongs into it; it is clean when it is made."""

    def __init__(self, *, host: str, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self._db = psycopg.connect(host=host, user="postgres", dbname=name, autocommit=True)
        self._db.execute("SET session_replication_role = replica")  # no trigger and no foreign key objects
        self._tables = {table for (table,) in self._rows(_TABLES)}
        self._structure = self._read_structure()
        self._changes = self._rows(_CHANGES)
        self._counters = self._read_counters()
        written = {table: self._read(table) for (table,) in self._rows(_WRITTEN)}
        self._content = {table: content for table, content in written.items() if content}
        self._marks = self._read_marks()

    def wash(self) -> bool:
        """Take out what a test has left; False where it has changed more than made tables of its own."""
        self._send_others_away()
        strange = {table for (table,) in self._rows(_TABLES)} - self._tables
        if strange:
            self._run("DROP TABLE {} CASCADE", strange)
        if not self._is_built_as_it_was():
            return False
        marks = self._read_marks()
        touched = {table for table in self._content if marks[table] != self._marks[table]}
        written = {table for (table,) in self._rows(_WRITTEN)} - self._content.keys() | touched
        if written:
            self._run("; ".join(["DELETE FROM {}"] * len(written)), *([table] for table in sorted(written)))
            # Pages are given back: the next rows lie in the order in which they come, as in a new file.
            self._run("VACUUM (PARALLEL 0) {}", written)
        for table in touched:
            self._write(table, self._content[table])
        if touched:
            self._marks = self._read_marks()
        self._turn_back()
        return True

    def _send_others_away(self) -> None:
        """End all other connections, and wait until they are gone: most went a moment ago by themselves."""
        for _ in range(_MOMENTS):
            if not self._rows(_OTHERS):
                return
            time.sleep(_MOMENT)
        raise TimeoutError(f"somebody stays connected to {self.name}")

    def _is_built_as_it_was(self) -> bool:
        changes = self._rows(_CHANGES)
        if changes == self._changes:
            return True
        self._changes = changes
        return self._read_structure() == self._structure

    def _read_marks(self) -> dict[str, str]:
        """Give what tells whether the rows of a table are those that it had when it was written."""
        asked = "SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM {}"
        names = sorted(self._content)
        union = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, ({})").format(name, sql.SQL(asked).format(sql.Identifier(name)))
            for name in names
        )
        return dict(self._db.execute(union).fetchall()) if names else {}

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query.encode()).fetchall()

    def _run(self, statement: str, *tables: Iterable[str]) -> None:
        names = [sql.SQL(", ").join(map(sql.Identifier, sorted(some))) for some in tables]
        self._db.execute(sql.SQL(statement).format(*names))

    def _read_structure(self) -> list[str]:
        return sorted(line for (line,) in self._rows(_STRUCTURE))

    def _read(self, table: str) -> bytes:
        with self._db.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
            return b"".join(bytes(part) for part in copy)

    def _write(self, table: str, content: bytes) -> None:
        with self._db.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
            copy.write(content)

    def _read_counters(self) -> dict[str, tuple[int, bool]]:
        """Give where each sequence stands, and whether that number was given."""
        rows = self._rows(_COUNTERS)
        return {name: (start if last is None else last, last is not None) for name, start, last in rows}

    def _turn_back(self) -> None:
        """Let the ids begin where they began."""
        now = self._read_counters()
        settings = [
            sql.SQL("setval({}, {}, {})").format(sql.Identifier(name).as_string(self._db), number, given)
            for name, (number, given) in self._counters.items()
            if now[name] != (number, given)
        ]
        if settings:
            self._db.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(settings)))
