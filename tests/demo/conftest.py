"""A fresh demo shop per test, on SQLite and PostgreSQL, served over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine

from demo import create_app
from demo.base import db
from demo.browser import Visitor
from demo.opening import open_shop
from tests.browser.live_server import serve
from tests.databases import Databases


def shop_on(url: str) -> Flask:
    return create_app({"TESTING": True, "SQLALCHEMY_DATABASE_URI": url, "FIRSTLINE_ON_BUG": "raise"})


def let_go(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def opened(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Open a shop once, in a database that the others are copied from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("opened"))
        name, url = databases.create()
        app = shop_on(url)
        open_shop(app)
        let_go(app)
        if databases.server is None:
            engine = create_engine(url)
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
    yield name
    databases.drop(name)


@pytest.fixture
def app(
    databases: Databases, opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Give a shop that nobody has bought in."""
    monkeypatch.chdir(tmp_path)
    with databases.fresh(template=opened) as url:
        app = shop_on(url)
        yield app
        let_go(app)


@pytest.fixture
def home(app: Flask) -> Iterator[str]:
    """Serve the shop; give its address."""
    with serve(app) as address:
        yield address


@pytest.fixture
def buyer(home: str) -> Visitor:
    """Let somebody come to the shop."""
    return Visitor(home)
