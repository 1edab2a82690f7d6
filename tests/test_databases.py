from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from flask_firstline.testing import make_partner

from .databases import Databases

OWNER = """
from tests.databases import postgres_server
with postgres_server() as server:
    print(server.host, flush=True)
    input()
"""


@pytest.mark.parametrize("time_of_day", ["first", "second"])
def test_every_test_gets_an_empty_database(database_url: str, time_of_day: str) -> None:
    engine = create_engine(database_url)

    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))

    engine.dispose()


def test_a_copy_has_what_its_template_has_and_gives_nothing_back(databases: Databases) -> None:
    name, url = databases.create()
    original = create_engine(url)
    with original.begin() as connection:
        connection.execute(text("CREATE TABLE seen (id INTEGER)"))
    original.dispose()

    with databases.fresh(template=name) as copy_url:
        copy = create_engine(copy_url)
        with copy.begin() as connection:
            connection.execute(text("INSERT INTO seen VALUES (1)"))
            assert connection.scalar(text("SELECT count(*) FROM seen")) == 1
        copy.dispose()

    with original.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM seen")) == 0
    original.dispose()
    databases.drop(name)


def test_what_a_test_leaves_is_gone_when_the_next_one_comes(databases: Databases) -> None:
    def fill(url: str) -> None:
        run(url, "CREATE TABLE seen (id INTEGER PRIMARY KEY)", "INSERT INTO seen VALUES (7)")

    name = databases.template("seen", fill)
    with databases.fresh(template=name) as url:
        run(url, "DELETE FROM seen", "INSERT INTO seen VALUES (8)", "CREATE TABLE own (id INTEGER)")
    with databases.fresh(template=name) as url:
        assert rows_of_all_tables(url) == {"seen": [(7,)]}
        run(url, "ALTER TABLE seen ADD COLUMN title TEXT")
    with databases.fresh(template=name) as url:
        assert rows_of_all_tables(url) == {"seen": [(7,)]}


def test_ids_begin_anew_in_each_database_with_our_tables(databases: Databases, template: str) -> None:
    for _ in range(2):
        with databases.fresh(template=template) as url:
            engine = create_engine(url)
            with engine.begin() as connection:
                assert [make_partner(connection, ref) for ref in ("meier", "schulz")] == [1, 2]
            engine.dispose()


def test_who_is_still_writing_when_a_test_ends_holds_nobody_up(databases: Databases, template: str) -> None:
    with databases.fresh(template=template) as url:
        engine = create_engine(url)
        forgotten = engine.connect()
        make_partner(forgotten, "meier")
    with databases.fresh(template=template) as url:
        assert rows_of_all_tables(url)["firstline_contact"] == []
    forgotten.invalidate()
    forgotten.close()
    engine.dispose()


def run(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def rows_of_all_tables(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return found


def test_a_database_with_our_tables_has_no_others(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        coupons = connection.scalar(text("SELECT count(*) FROM firstline_coupon"))

    assert {name.partition("_")[0] for name in tables} == {"firstline"}
    assert coupons == 0


def test_a_writer_waits_for_another_one(database_url: str) -> None:
    engine = create_engine(database_url)

    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        else:
            assert connection.scalar(text("SHOW lock_timeout")) == "0"

    engine.dispose()


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.usefixtures("postgres")
def test_a_killed_worker_leaves_no_server_and_no_data_behind() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        host = owner.stdout.readline().strip()
        witness = psycopg.connect(host=host, user="postgres", autocommit=True)
        assert witness.execute("SELECT 1").fetchone() == (1,)

        owner.kill()

    wait_until_gone(Path(host).parent)
    with witness, pytest.raises(psycopg.OperationalError):
        witness.execute("SELECT 1")


def wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < deadline, f"{folder} is still there"
        time.sleep(0.05)
