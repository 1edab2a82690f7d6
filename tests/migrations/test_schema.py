from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import DBAPIError

from flask_firstline.models import Base, Code, Redemption, Secret
from flask_firstline.models.base import create_all
from flask_firstline.services import schema
from flask_firstline.services.program import list_terms, remove_terms, set_terms
from tests.race.racers import start_context
from tests.service.program_kit import NOW, add_code, add_coupon, add_partner, redeem

from .upgrading import upgrade

OURS = {*Base.metadata.tables, schema.VERSION_TABLE}


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(migrated_url: str) -> Iterator[Engine]:
    engine = create_engine(migrated_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_up_makes_every_table_and_down_takes_them_all_away_and_up_again(empty: Engine) -> None:
    schema.upgrade(empty)
    assert tables(empty) == OURS

    schema.downgrade(empty)
    assert tables(empty) == {schema.VERSION_TABLE}
    assert schema.current(empty) is None

    schema.upgrade(empty)
    assert tables(empty) == OURS
    assert schema.current(empty) == schema.newest()


def test_migrated_tables_are_those_of_the_models(migrated: Engine) -> None:
    state = schema.check(migrated)

    assert state.differences == ()
    assert state.ok


def test_what_alembic_does_not_compare_is_the_same_too(migrated: Engine, engine: Engine) -> None:
    ours, made = inspect(migrated), inspect(engine)
    for table in Base.metadata.tables:
        assert checks(ours, table) == checks(made, table)
        assert ours.get_pk_constraint(table) == made.get_pk_constraint(table)
        assert indexes(ours, table) == indexes(made, table)
        assert columns(ours, table) == columns(made, table)


def checks(inspector: Inspector, table: str) -> dict[str | None, str]:
    return {check["name"]: check["sqltext"] for check in inspector.get_check_constraints(table)}


def indexes(inspector: Inspector, table: str) -> dict[str | None, tuple[object, ...]]:
    return {
        index["name"]: (index["column_names"], index["unique"], where(index.get("dialect_options", {})))
        for index in inspector.get_indexes(table)
    }


def where(options: Mapping[str, object]) -> list[str]:
    return [f"{name}: {value}" for name, value in sorted(options.items())]


def columns(inspector: Inspector, table: str) -> list[str]:
    return sorted(str(column) for column in inspector.get_columns(table))


def test_a_difference_is_found_and_named(migrated: Engine) -> None:
    with migrated.begin() as conn:
        conn.execute(text("DROP INDEX ix_firstline_audit_noun"))

    state = schema.check(migrated)

    assert not state.ok
    assert state.differences == ("add_index ix_firstline_audit_noun",)


def test_a_database_that_was_never_migrated_is_behind(empty: Engine) -> None:
    state = schema.check(empty)

    assert (state.ok, state.current, state.newest) == (False, None, schema.newest())


def test_a_secret_is_drawn_and_no_two_databases_share_it(empty: Engine, engine: Engine) -> None:
    schema.upgrade(empty)

    with empty.connect() as one, engine.connect() as other:
        first, second = one.execute(select(Secret.secret)).one(), other.execute(select(Secret.secret)).one()
    assert len(first.secret) > 30
    assert first != second


@pytest.mark.parametrize(
    "statement", ["UPDATE firstline_posting SET amount = 2", "DELETE FROM firstline_posting"]
)
def test_the_database_refuses_to_change_postings(migrated: Engine, statement: str) -> None:
    with migrated.begin() as conn:
        partner = add_partner(conn, "meier")
        call = {
            "id": 1,
            "source": "shop",
            "kind": "x",
            "key": "1",
            "payload": {},
            "digest": "",
            "outcome": "done",
        }
        conn.execute(insert(Base.metadata.tables["firstline_call"]), {**call, "attempts": 0, "at": NOW})
        posting = {"call_id": 1, "seq": 1, "kind": "commission", "partner_id": partner, "amount": 1}
        accounts = {"origin": "expense", "destination": "on_hold", "currency": "EUR", "at": NOW}
        conn.execute(insert(Base.metadata.tables["firstline_posting"]), {**posting, **accounts})

    with migrated.connect() as conn, pytest.raises(DBAPIError, match="never changed"):
        conn.execute(text(statement))


def test_upgrading_what_is_new_already_keeps_all_data(migrated: Engine) -> None:
    with migrated.begin() as conn:
        add_coupon(conn)
        secret = conn.execute(select(Secret.secret)).scalar_one()

    schema.upgrade(migrated)

    with migrated.connect() as conn:
        assert conn.execute(text("SELECT name FROM firstline_coupon")).scalar_one() == "Five euro"
        assert conn.execute(select(Secret.secret)).scalar_one() == secret


def test_a_step_down_and_up_keeps_coupons_codes_and_redemptions(migrated: Engine) -> None:
    if migrated.dialect.name == "sqlite":
        event.listen(migrated, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
    with migrated.begin() as conn:
        coupon = add_coupon(conn, max_uses=5)
        redeem(conn, add_code(conn, "vonmeier", coupon), coupon, "o1")

    schema.downgrade(migrated, "0001")
    assert "treatment" not in {column["name"] for column in inspect(migrated).get_columns("firstline_coupon")}
    schema.upgrade(migrated)

    with migrated.connect() as conn:
        row = conn.execute(select(Redemption.__table__).join(Code).join(Code.coupon)).one()
        assert (row.order_ref, row.came_by, row.credit) == ("o1", "order", 0)
    assert schema.check(migrated).ok


def test_terms_without_a_history_get_one_and_lose_it_again(migrated: Engine) -> None:
    with migrated.begin() as conn:
        rows: tuple[dict[str, Any], ...] = (
            {"percent": Decimal(10)},
            {"percent": Decimal(12)},
            {"fixed": 150, "currency": "EUR", "product_ref": "tea"},
            {"fixed": 170, "currency": "CHF", "product_ref": "tea"},
            {"percent": Decimal(9), "campaign": "spring"},
        )
        for more in rows:
            set_terms(conn, **{"level": 1, **more}, who="test", now=NOW)
        gone = set_terms(conn, level=2, percent=Decimal(5), who="test", now=NOW)
        remove_terms(conn, gone, who="test", now=NOW)

    schema.downgrade(migrated, "0009")
    with migrated.begin() as conn:
        query = text("SELECT place, percent, fixed FROM firstline_terms ORDER BY id")
        left = [tuple(row) for row in conn.execute(query)]
    schema.upgrade(migrated)

    assert left == [
        ("[null,null,null,1,null]", 120_000, None),
        ('[null,"tea",null,1,"EUR"]', None, 150),
        ('[null,"tea",null,1,"CHF"]', None, 170),
    ]
    with migrated.begin() as conn:
        set_terms(conn, level=1, percent=Decimal(15), who="test", now=NOW)
        assert [row.percent or row.fixed for row in list_terms(conn, at=NOW)] == [15, 170, 150]


def test_several_processes_may_upgrade_at_once(empty: Engine) -> None:
    url, context = empty.url.render_as_string(hide_password=False), start_context()

    started = [context.Process(target=upgrade, args=(url,)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)

    assert [process.exitcode for process in started] == [0, 0, 0]
    assert schema.check(empty).ok


def test_a_migration_that_fails_leaves_nothing_behind(empty: Engine) -> None:
    with empty.begin() as conn:
        conn.execute(text("CREATE TABLE firstline_document (x INTEGER)"))

    with pytest.raises(DBAPIError):
        schema.upgrade(empty)

    assert tables(empty) <= {"firstline_document", schema.VERSION_TABLE}


def test_tables_made_without_migrations_are_told_from_migrated_ones(empty: Engine) -> None:
    create_all(empty)

    assert schema.current(empty) is None
