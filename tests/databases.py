"""Real databases for the tests: SQLite files and a PostgreSQL server of our own."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL

from .washing import WashedDatabase

KEEPER = Path(__file__).with_name("postgres_keeper.py")
SQLITE_TIMEOUT = 30


class PostgresUnavailable(Exception):
    """No PostgreSQL server can be started here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """A running server, known by the folder of its socket."""

    host: str

    def url(self, database: str) -> str:
        """Give the URL of a database for SQLAlchemy."""
        address = URL.create(
            "postgresql+psycopg", username="postgres", database=database, query={"host": self.host}
        )
        return address.render_as_string(hide_password=False)

    def create(self, database: str, *, template: str = "template1") -> str:
        """Create a database as a copy of another one and give its URL."""
        self._run("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def _run(self, statement: str, *names: str) -> None:
        command = sql.SQL(statement).format(*map(sql.Identifier, names))
        with closing(psycopg.connect(host=self.host, user="postgres", autocommit=True)) as connection:
            connection.execute(command)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server; it stops, and its data goes, at the end or when this process dies."""
    keeper = subprocess.Popen(
        [sys.executable, str(KEEPER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with keeper:
        yield _greeting(keeper.stdout)


def _greeting(output: IO[str] | None) -> PostgresServer:
    answer = json.loads((output.readline() if output else "") or '{"error": "the keeper died"}')
    if "error" in answer:
        raise PostgresUnavailable(answer["error"])
    return PostgresServer(host=answer["host"])


def sqlite_url(file: Path) -> str:
    """Give the URL of an SQLite file whose connections wait for each other."""
    return f"sqlite:///{file}?timeout={SQLITE_TIMEOUT}"


def create_sqlite(file: Path, *, template: Path | None = None) -> str:
    """Create an SQLite file in WAL mode, empty or as a copy of such a one, and give its URL."""
    if template is not None:
        shutil.copyfile(template, file)
        return sqlite_url(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    return sqlite_url(file)


class Databases:
    """Hands out fresh databases, empty or copied from a template that is made once."""

    def __init__(self, folder: Path, server: PostgresServer | None = None) -> None:
        self.folder = folder
        self.server = server
        self._templates: dict[str, str] = {}
        self._washed: dict[str, list[WashedDatabase]] = {}

    def template(self, what: str, fill: Callable[[str], None]) -> str:
        """Give the name of a template; the function fills it, by its URL, when it is asked for first."""
        if what not in self._templates:
            name, url = self.create()
            fill(url)
            self._templates[what] = name
        return self._templates[what]

    def create(self, *, template: str | None = None) -> tuple[str, str]:
        """Create a database; give its name and its URL."""
        name = f"firstline_{uuid4().hex[:12]}"
        if self.server is not None:
            return name, self.server.create(name, template=template or "template1")
        source = self._file(template) if template else None
        return name, create_sqlite(self._file(name), template=source)

    def drop(self, name: str) -> None:
        """Remove a database with all that belongs to it."""
        if self.server is not None:
            self.server.drop(name)
            return
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{self._file(name)}{ending}").unlink(missing_ok=True)

    @contextmanager
    def fresh(self, *, template: str | None = None) -> Iterator[str]:
        """Lend a fresh database by its URL."""
        if self.server is not None and template is not None:
            yield from self._lend_washed(self.server, template)
            return
        name, url = self.create(template=template)
        try:
            yield url
        finally:
            self.drop(name)

    def _lend_washed(self, server: PostgresServer, template: str) -> Iterator[str]:
        clean = self._washed.setdefault(template, [])
        if not clean:
            name, url = self.create(template=template)
            clean.append(WashedDatabase(host=server.host, name=name, url=url))
        lent = clean.pop()
        try:
            yield lent.url
        finally:
            if lent.wash():
                clean.append(lent)
            else:
                lent.close()
                self.drop(lent.name)

    def close(self) -> None:
        """Let go of all databases; they end with their server or folder."""
        for clean in self._washed.values():
            for database in clean:
                database.close()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"
