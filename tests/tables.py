"""SQLite databases that have our tables: made once in memory, handed out as copies."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from sqlalchemy import StaticPool, create_engine

from flask_firstline.models.base import create_all


@cache
def _image() -> bytes:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    create_all(engine)
    with engine.connect() as conn:
        image: bytes = conn.connection.driver_connection.serialize()  # type: ignore[union-attr]  # sqlite3's
    engine.dispose()
    return image


def open_with_tables() -> sqlite3.Connection:
    """Open a database in memory that has our tables."""
    opened = sqlite3.connect(":memory:", check_same_thread=False)
    opened.deserialize(_image())
    return opened


def file_with_tables(folder: Path, name: str = "shop.sqlite") -> str:
    """Write a file that has our tables and give its URL."""
    file = folder / name
    file.write_bytes(_image())
    return f"sqlite:///{file}"
