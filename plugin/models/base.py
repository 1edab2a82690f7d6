"""What all tables share: metadata, column types, and the statements that differ by database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeDecorator, TypeEngine

PREFIX = "firstline_"
SHOP = "shop"

BigId = BigInteger().with_variant(Integer, "sqlite")
Path = (
    String(2000)
    .with_variant(postgresql.VARCHAR(2000, collation="C"), "postgresql")
)  # fmt: skip

PERCENT_SCALE = 10_000


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes; databases without zones hold them naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values and turn to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone was to be stored")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Percent(TypeDecorator[Decimal]):
    """Per cents as exact decimals of at most 4 places, stored as whole ten-thousandths."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Refuse what is finer than 4 places."""
        if value is None:
            return None
        scaled = value * PERCENT_SCALE
        if scaled != int(scaled):
            raise ValueError(f"{value} per cent has more than 4 decimals")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Give a normalised decimal."""
        return None if value is None else plain(Decimal(value) / PERCENT_SCALE)


def plain(number: Decimal) -> Decimal:
    """Give the same number without trailing zeros and without an exponent: 7, never 7.00 or 1E+1."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


class JsonText(TypeDecorator[Any]):
    """JSON kept as text, the same on every database and whatever serializer the shop's engine has."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Write compact JSON."""
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401 - JSON
        """Read it back."""
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Our own base and metadata: the shop's models and ours do not know each other."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table__: ClassVar[Table]
    type_annotation_map: dict[type, TypeEngine[Any]] = {datetime: UtcDateTime(), Decimal: Percent()}  # noqa: RUF012


Insert = postgresql.Insert | sqlite.Insert


def dialect_insert(table: Table, dialect: str) -> Insert:
    """Give an INSERT that knows ON CONFLICT on this database."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


@cache
def insert_once(table: Table, dialect: str) -> Insert:
    """Give an INSERT that leaves out what is there already."""
    return dialect_insert(table, dialect).on_conflict_do_nothing()


@cache
def insert_for_id(table: Table, dialect: str) -> ReturningInsert[Any]:
    """Give an INSERT that gives the new row's id, or nothing where its keys are there already."""
    return insert_once(table, dialect).returning(table.c.id)


def insert_missing(conn: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows, leaving out those whose keys are there already."""
    found = [dict(row) for row in rows]
    if found:
        conn.execute(insert_once(table, conn.dialect.name), found)


def create_all(engine: Engine) -> None:
    """Create every table and draw the first secret: for tests and throw-away databases.

    A shop's database is made by `flask firstline db upgrade`.
    """
    from . import secret

    Base.metadata.create_all(engine)
    with engine.begin() as conn:
        draw_secret(conn, secret.Secret.__table__)


def draw_secret(conn: Connection, table: Table) -> None:
    """Draw the secret of key "1" where there is none yet."""
    if conn.execute(select(table.c.id).limit(1)).first() is None:
        conn.execute(
            table.insert().values(id="1", secret=secrets.token_urlsafe(32), created_at=datetime.now(UTC))
        )
