"""Our tables in a database: bring them up to date, and keep the shop's own migrations off them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Connection, Engine, text
from sqlalchemy.dialects import sqlite

from ..models import Base
from ..models.base import PREFIX, JsonText, Path, Percent, UtcDateTime
from .mistakes import NotThere
from .unit import begin_writing

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.config import Config

VERSION_TABLE = "firstline_alembic_version"
_SCRIPTS = "flask_firstline.migrations:"
# Two processes that start at the same time must not both migrate.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('firstline_alembic_version' || current_schema()))")


def include_name(name: str | None, type_: str, parent_names: Mapping[str, Any]) -> bool:
    """Hide our tables from the shop's migrations: `Migrate(app, db, include_name=include_name)`.

    Without it the shop's `flask db migrate` writes *drop table* for all of them. A shop with a filter of its
    own asks both: `include_name(*args) and mine(*args)`.
    """
    table = name if type_ == "table" else parent_names.get("table_name")
    return table is None or not table.startswith(PREFIX)


def only_ours(name: str | None, type_: str, parent_names: Mapping[str, Any]) -> bool:
    """Hide the shop's tables from our migrations."""
    return type_ != "table" or (name or "").startswith(PREFIX)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring our tables to a revision, by default the newest; all or nothing. Raises NotThere."""
    from alembic import command

    with _understood(revision), migrating(engine) as config:
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take our tables back to a revision, by default to none: all our data goes with them."""
    from alembic import command

    with _understood(revision), migrating(engine) as config:
        command.downgrade(config, revision)


@contextmanager
def _understood(revision: str) -> Iterator[None]:
    from alembic.util import CommandError

    try:
        yield
    except CommandError as error:
        raise NotThere(f"There is no way to the revision {revision!r}: {error}") from error


def current(engine: Engine) -> str | None:
    """Give the revision of the database, or None before the first."""
    from alembic.migration import MigrationContext

    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"version_table": VERSION_TABLE})
        return context.get_current_revision()


def newest() -> str | None:
    """Give the newest revision there is."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head()


@dataclass(frozen=True, kw_only=True)
class SchemaState:
    """Where the database stands, and in what its tables differ from the models."""

    current: str | None
    newest: str | None
    differences: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the tables are as they should be."""
        return self.current == self.newest and not self.differences


def check(engine: Engine) -> SchemaState:
    """Compare the database with the newest revision and with the models."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    found, head = current(engine), newest()
    if found != head:
        return SchemaState(current=found, newest=head)
    options = {"version_table": VERSION_TABLE, "include_name": only_ours, "compare_type": True}
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts=options)
        differences = compare_metadata(context, Base.metadata)
    return SchemaState(
        current=found, newest=head, differences=tuple(_said(difference) for difference in differences)
    )


def _said(difference: Any) -> str:  # noqa: ANN401 - tuples of Alembic
    parts = difference[0] if isinstance(difference, list) else difference
    return " ".join(str(getattr(part, "name", part)) for part in parts if part is not None)


@contextmanager
def migrating(engine: Engine) -> Iterator[Config]:
    """Give Alembic's configuration with a connection inside one locked transaction."""
    with engine.connect() as conn, _without_foreign_keys(conn), conn.begin():
        _lock(conn)
        config = _config()
        config.attributes["connection"] = conn
        yield config


@contextmanager
def _without_foreign_keys(conn: Connection) -> Iterator[None]:
    """Let SQLite rebuild tables that others point to, where the shop has it watch over foreign keys."""
    raw = conn.connection.dbapi_connection
    if conn.dialect.name != "sqlite" or raw is None:
        yield
        return
    (watched,) = raw.execute("PRAGMA foreign_keys").fetchone()
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA foreign_keys = {watched}")


def _lock(conn: Connection) -> None:
    begin_writing(conn)
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.set_main_option("path_separator", "os")
    return config


_PLAIN_TYPES: Mapping[type, str] = {
    UtcDateTime: "sa.DateTime(timezone=True)",
    Percent: "sa.Integer()",
    JsonText: "sa.Text()",
}


def render_item(type_: str, item: object, context: AutogenContext) -> str | bool:
    """Write the plain column types into revisions: they must not change with the models."""
    if type_ != "type":
        return False
    if isinstance(item, BigInteger) and not isinstance(item.dialect_impl(sqlite.dialect()), BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if item is Path:
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.String(2000).with_variant(postgresql.VARCHAR(2000, collation="C"), "postgresql")'
    return _PLAIN_TYPES.get(type(item), False)
