"""A shop with Flask-Migrate of its own, in one database with our tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Mapped, mapped_column

from flask_firstline.services import schema
from flask_firstline.services.schema import include_name
from tests.service.program_kit import add_coupon

Filter = Callable[..., bool]

# The env.py that Flask-Migrate writes into the shop.
pytestmark = pytest.mark.filterwarnings("ignore:'get_engine' is deprecated:DeprecationWarning")


class OldShop:
    """A shop with one table, whose migrations live in a folder of its own."""

    def __init__(self, url: str, folder: Path, filter_: Filter | None) -> None:
        self.app = Flask("old_shop", root_path=str(folder))
        self.app.config["SQLALCHEMY_DATABASE_URI"] = url
        self.db = SQLAlchemy(self.app)
        self.folder = folder / "shop_migrations"
        options = {} if filter_ is None else {"include_name": filter_}
        flask_migrate.Migrate(self.app, self.db, directory=str(self.folder), **options)

        class Article(self.db.Model):  # type: ignore[name-defined]  # made per app
            __tablename__ = "article"
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str] = mapped_column(index=True)

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return self.db.engine

    def make_revision(self) -> str:
        """Give the script that autogenerate writes; nothing where it finds no changes."""
        known = set(self.folder.glob("versions/*.py"))
        with self.app.app_context():
            if not self.folder.exists():
                flask_migrate.init()
            flask_migrate.migrate(message="by autogenerate")
        return "".join(file.read_text() for file in set(self.folder.glob("versions/*.py")) - known)

    def upgrade(self) -> None:
        with self.app.app_context():
            flask_migrate.upgrade()


OpenShop = Callable[..., OldShop]


@pytest.fixture
def open_shop(database_url: str, tmp_path: Path) -> Iterator[OpenShop]:
    shops: list[OldShop] = []

    def opened(filter_: Filter | None = include_name) -> OldShop:
        shops.append(OldShop(database_url, tmp_path, filter_))
        return shops[-1]

    with untouched_logging():
        yield opened
    for shop in shops:
        shop.engine.dispose()


@contextmanager
def untouched_logging() -> Iterator[None]:
    """Undo what the alembic.ini of a shop does to the logging of the whole process."""
    names = (None, *logging.root.manager.loggerDict)
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger, logger.level, logger.disabled, list(logger.handlers)) for logger in loggers]
    try:
        yield
    finally:
        for logger, level, disabled, handlers in before:
            logger.setLevel(level)
            logger.disabled = disabled
            logger.handlers[:] = handlers


def test_the_shops_autogenerate_leaves_our_tables_and_indexes_alone(open_shop: OpenShop) -> None:
    shop = open_shop()
    schema.upgrade(shop.engine)

    script = shop.make_revision()

    assert "create_table('article'" in script
    assert "firstline_" not in script


def test_without_the_filter_it_would_drop_our_tables(open_shop: OpenShop) -> None:
    shop = open_shop(None)
    schema.upgrade(shop.engine)

    assert "drop_table('firstline_posting')" in shop.make_revision()


def test_a_shop_may_have_a_filter_of_its_own_as_well(open_shop: OpenShop) -> None:
    def both(*args: object) -> bool:
        return include_name(*args) and args[0] != "legacy"  # type: ignore[arg-type]

    shop = open_shop(both)
    schema.upgrade(shop.engine)
    with shop.engine.begin() as conn:
        conn.execute(text("CREATE TABLE legacy (id INTEGER PRIMARY KEY)"))

    script = shop.make_revision()

    assert "firstline_" not in script
    assert "legacy" not in script


def test_both_histories_live_in_one_database_and_data_survives_both(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.make_revision()
    shop.upgrade()
    with shop.engine.begin() as conn:
        conn.execute(text("INSERT INTO article (id, title) VALUES (1, 'Tea')"))

    schema.upgrade(shop.engine)
    with shop.engine.begin() as conn:
        add_coupon(conn)
    again = shop.make_revision()
    shop.upgrade()
    schema.upgrade(shop.engine)

    assert again == ""
    with shop.engine.connect() as conn:
        assert conn.execute(text("SELECT title FROM article")).scalar_one() == "Tea"
        assert conn.execute(text("SELECT name FROM firstline_coupon")).scalar_one() == "Five euro"
    assert {"alembic_version", schema.VERSION_TABLE} <= set(inspect(shop.engine).get_table_names())
    assert schema.check(shop.engine).ok


def test_taking_our_tables_away_leaves_the_shops(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.make_revision()
    shop.upgrade()
    schema.upgrade(shop.engine)

    schema.downgrade(shop.engine)

    assert set(inspect(shop.engine).get_table_names()) == {"article", "alembic_version", schema.VERSION_TABLE}


@pytest.mark.parametrize(
    ("name", "kind", "table", "shown"),
    [
        ("article", "table", None, True),
        ("firstline_coupon", "table", None, False),
        ("firstline_alembic_version", "table", None, False),
        ("ix_firstline_code_coupon_id", "index", "firstline_code", False),
        ("ix_article_title", "index", "article", True),
        (None, "schema", None, True),
    ],
)
def test_the_filter_tells_ours_from_the_shops(
    name: str | None, kind: str, table: str | None, shown: bool
) -> None:
    assert include_name(name, kind, {"table_name": table, "schema_name": None}) is shown
