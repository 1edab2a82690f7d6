"""Where the shop keeps its data and how it is set up."""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

LANGUAGES = {"en": "English", "de": "Deutsch"}


def settings(instance: Path) -> dict[str, object]:
    """Give the configuration; what has to be kept lies in the instance folder."""
    return {
        "SECRET_KEY": os.environ.get("SECRET_KEY") or kept_secret(instance / "secret_key"),
        "SQLALCHEMY_DATABASE_URI": database_url(instance),
        "SERVER_NAME": os.environ.get("SERVER_NAME"),
        "SESSION_COOKIE_SAMESITE": "Lax",
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": "Europe/Berlin",
        "FIRSTLINE_CURRENCY": "EUR",
        "FIRSTLINE_TIMEZONE": "Europe/Berlin",
        "FIRSTLINE_MAIL_FROM": "Wiesengrund <shop@wiesengrund.example>",
        "FIRSTLINE_PAYOUT_MINIMUM": {"EUR": "10.00"},
        "FIRSTLINE_WEBHOOK_PRIVATE_HOSTS": ["127.0.0.1"],
    }


def database_url(instance: Path) -> str:
    """Give `DATABASE_URL` with the driver that is installed, else a SQLite file with patient writers."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return f"sqlite:///{instance / 'shop.sqlite'}?timeout=30"
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def kept_secret(file: Path) -> str:
    """Read the secret that was drawn at the first start, or draw it now."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return file.read_text(encoding="ascii")


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let readers and one writer work side by side, and hold SQLite to its foreign keys."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
