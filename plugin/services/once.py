"""Rows that are written once for what they are about, however often that is asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, select

from ..models.base import insert_for_id, insert_once


def insert(conn: Connection, table: Table, row: Mapping[str, object]) -> tuple[int, bool]:
    """Insert a row with a unique `once`; give its id, and whether it is new."""
    made = conn.execute(insert_for_id(table, conn.dialect.name), dict(row)).scalar()
    if made is not None:
        return int(made), True
    there = conn.execute(select(table.c.id).where(table.c.once == row["once"])).scalar_one()
    return int(there), False


def insert_new(conn: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert a row; False where one with its keys is there already."""
    statement = insert_once(table, conn.dialect.name).returning(*table.primary_key.columns)
    return conn.execute(statement, dict(row)).first() is not None
