"""PostgreSQL databases that are washed for the next test: much faster than a new copy of their template."""

from __future__ import annotations

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
_TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
_COUNTERS = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
_OTHERS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class WashedDatabase:
    """A copy of a template, and what belongs into it; it is clean when it is made."""

    def __init__(self, *, host: str, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self._db = psycopg.connect(host=host, user="postgres", dbname=name, autocommit=True)
        self._db.execute("SET session_replication_role = replica")  # no trigger and no foreign key objects
        self._tables = {table for (table,) in self._rows(_TABLES)}
        self._structure = self._read_structure()
        self._counters = self._read_counters()
        self._content = {table: self._read(table) for table in self._filled()}

    def wash(self) -> bool:
        """Take out what a test has left; False where it has changed more than made tables of its own."""
        self._rows(_OTHERS)
        strange = {table for (table,) in self._rows(_TABLES)} - self._tables
        if strange:
            self._run("DROP TABLE {} CASCADE", strange)
        if self._read_structure() != self._structure:
            return False
        filled = self._filled()
        for table in filled:
            self._run("DELETE FROM {}", [table])
        if filled:
            # Pages are given back: the next rows lie in the order in which they come, as in a new file.
            self._run("VACUUM (PARALLEL 0) {}", filled)
        for table, content in self._content.items():
            self._write(table, content)
        self._turn_back()
        return True

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query.encode()).fetchall()

    def _run(self, statement: str, tables: set[str] | list[str]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, sorted(tables)))
        self._db.execute(sql.SQL(statement).format(names))

    def _read_structure(self) -> list[str]:
        return sorted(line for (line,) in self._rows(_STRUCTURE))

    def _filled(self) -> list[str]:
        """Give the tables that have rows."""
        if not self._tables:
            return []
        tables = sorted(self._tables)
        asked = [sql.SQL("EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table)) for table in tables]
        found = self._db.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(asked))).fetchone() or ()
        return [table for table, has_rows in zip(tables, found, strict=True) if has_rows]

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
        for name, (number, given) in self._counters.items():
            if now[name] != (number, given):
                place = sql.Literal(sql.Identifier(name).as_string(self._db))
                setting = sql.SQL("SELECT setval({}, {}, {})")
                self._db.execute(setting.format(place, sql.Literal(number), sql.Literal(given)))
