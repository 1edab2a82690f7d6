"""Where the demo shop keeps its data, and its tables beside those of the partner program."""

from __future__ import annotations

import stat
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect

from demo import create_app
from demo.base import db


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Start in an empty folder with an empty environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_shop_keeps_its_data_in_the_instance_folder(here: Path) -> None:
    app = create_app()

    assert app.config["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{here}/instance/shop.sqlite?timeout=30"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_given_database_is_reached_by_the_driver_that_is_there(
    here: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://shop:word@db.example/shop")

    app = create_app()

    assert app.config["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://shop:word@db.example/shop"


def test_the_secret_is_drawn_once_and_kept_from_others(here: Path) -> None:
    first, second = create_app(), create_app()
    mode = stat.S_IMODE((here / "instance" / "secret_key").stat().st_mode)

    assert first.secret_key == second.secret_key
    assert len(str(first.secret_key)) >= 48
    assert mode == 0o600


def test_a_given_secret_is_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "from outside")

    assert create_app().secret_key == "from outside"


def test_the_migrations_of_the_shop_make_its_tables_and_leave_ours_alone(app: Flask) -> None:
    with app.app_context():
        tables = set(inspect(db.engine).get_table_names())
        flask_migrate.check()

    assert set(db.metadata.tables) < tables
    assert {name for name in tables if name.startswith("firstline_")}
