"""Transactions: a savepoint inside the shop's, or a unit of our own with one commit at its end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Result = TypeVar("Result")

RETRIES = 5
_PAUSE = 0.02
_DEADLOCK = "40P01"
_RETRIED_STATES = frozenset({"40001", _DEADLOCK})
_RETRIED_NUMBERS = frozenset({1213})


def begin_writing(conn: Connection) -> None:
    """Take SQLite's write lock at once: a deferred one fails when another process wrote in between."""
    if conn.dialect.name == "sqlite" and not _in_transaction(conn):
        conn.exec_driver_sql("BEGIN IMMEDIATE")


def is_writing(conn: Connection) -> bool:
    """Say whether an own unit beside this connection would have to wait for it: SQLite has one writer."""
    return conn.dialect.name == "sqlite" and _in_transaction(conn)


def _in_transaction(conn: Connection) -> bool:
    return bool(getattr(conn.connection.dbapi_connection, "in_transaction", True))


@contextmanager
def joined(session: Session) -> Iterator[Connection]:
    """Open a savepoint inside the shop's transaction, without flushing what the shop has half built."""
    conn = session.connection()
    begin_writing(conn)
    with conn.begin_nested():
        yield conn


@contextmanager
def unit(session: Session) -> Iterator[Connection]:
    """Open a transaction of our own: exactly one commit at the end, a rollback on any error."""
    try:
        conn = session.connection()
        begin_writing(conn)
        yield conn
        session.commit()
    except BaseException:
        session.rollback()
        raise


def retried(work: Callable[[], Result]) -> Result:
    """Do a whole unit of our own again, a few times, where the database asks for it."""
    for attempt in range(RETRIES):
        try:
            return work()
        except DBAPIError as error:
            if attempt == RETRIES - 1 or not is_transient(error):
                raise
            time.sleep(_PAUSE * 2**attempt * (1 + random.random()))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def is_transient(error: DBAPIError) -> bool:
    """Say whether the same work may succeed when it is done again: serialization, deadlock, busy."""
    original = error.orig
    if getattr(original, "sqlstate", None) in _RETRIED_STATES:
        return True
    if getattr(original, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return True
    first = original.args[0] if original is not None and original.args else None
    return first in _RETRIED_NUMBERS


def is_deadlock(error: DBAPIError) -> bool:
    """Say whether a savepoint that is rolled back lets the others go on, so that its work can be done again.

    PostgreSQL frees what was locked since the savepoint; other databases roll the whole transaction back.
    """
    return getattr(error.orig, "sqlstate", None) == _DEADLOCK


def ends_transaction(error: DBAPIError) -> bool:
    """Say whether the shop's transaction is lost with this error, so that only the shop can repeat."""
    return error.connection_invalidated or is_transient(error)
