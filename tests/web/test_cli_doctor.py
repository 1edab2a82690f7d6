from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, text

from flask_firstline import Cart, Customer, Firstline, Invoice, Order, include_name
from flask_firstline.cli.doctor_setup import check_clock
from flask_firstline.models import Notice, Outbox
from flask_firstline.services import hot, schema
from tests.small_shop import SmallShop, build, goods

from .cli_kit import CommandLine
from .test_cli_rules import FILE

pytestmark = pytest.mark.both_databases

MAIL = {"FIRSTLINE_SMTP_URL": "smtp://mail.example", "FIRSTLINE_MAIL_FROM": "shop@shop.example"}


@pytest.fixture
def shop(migrated_url: str) -> Iterator[SmallShop]:
    shop = build(migrated_url, FIRSTLINE_KEYS={"1": "secret"}, **MAIL)
    with shop.app.app_context():
        shop.time = datetime.now(UTC)
        CommandLine(shop).ok("work", "--once")
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def findings(cli: CommandLine) -> dict[str, dict[str, str]]:
    result = cli("doctor", "--json")
    data = json.loads(result.stdout)
    assert result.exit_code == (0 if data["ok"] else 1)
    return {found["about"]: found for found in data["findings"]}


def only(cli: CommandLine, about: str, level: str = "error") -> str:
    """Give the text of the one finding there must be."""
    found = findings(cli)
    assert list(found) == [about]
    assert found[about]["level"] == level
    assert found[about]["mend"]
    return found[about]["text"]


def place(shop: SmallShop, ref: str, currency: str = "EUR", paid: bool = False) -> None:
    with shop.app.app_context():
        order = Order(ref=ref, currency=currency, lines=goods(1), codes=(), customer=Customer(ref="ina"))
        shop.firstline.order_placed(order)
        if paid:
            shop.firstline.invoice_paid(Invoice(ref=f"i-{ref}", currency=currency, order_ref=ref))
        shop.session.commit()


def test_a_shop_that_is_mounted_well_has_no_findings(shop: SmallShop, cli: CommandLine) -> None:
    shop.app.extensions["migrate"] = SimpleNamespace(configure_args={"include_name": include_name})
    place(shop, "o1", paid=True)

    assert cli.ok("doctor") == "Nothing is wrong.\n"


def test_the_doctor_says_how_to_mend_and_counts(shop: SmallShop, cli: CommandLine) -> None:
    shop.app.secret_key = None

    said = cli("doctor").output

    assert "ERROR: SECRET_KEY is missing" in said
    assert "\n  Set SECRET_KEY." in said
    assert said.endswith("1 errors, 0 other findings.\n")


def test_a_shop_whose_migrations_would_drop_our_tables_is_warned(shop: SmallShop, cli: CommandLine) -> None:
    for options in ({}, {"include_name": lambda *_: True}, {"include_object": lambda *_: True}):
        shop.app.extensions["migrate"] = SimpleNamespace(configure_args=options)
        assert "drop_table" in only(cli, "migrations")

    def keeps_out(_table: Any, name: str, *_: Any) -> bool:
        return not name.startswith("firstline_")

    shop.app.extensions["migrate"] = SimpleNamespace(configure_args={"include_object": keeps_out})
    assert findings(cli) == {}


def test_an_admin_area_that_is_open_is_found(shop: SmallShop, cli: CommandLine) -> None:
    shop.state.shop.is_admin = lambda: True  # type: ignore[method-assign]

    assert "open to everybody" in only(cli, "admin")


def test_answers_that_fail_or_make_no_sense_are_found(shop: SmallShop, cli: CommandLine) -> None:
    def fails() -> Customer | None:
        raise KeyError("user")

    shop.state.shop.current_customer = fails  # type: ignore[method-assign]
    shop.state.shop.current_cart = lambda: {"lines": []}  # type: ignore[assignment,method-assign,return-value]

    found = findings(cli)

    assert "KeyError: 'user'" in found["current_customer"]["text"]
    assert "gives dict" in found["current_cart"]["text"]


def test_what_a_shop_does_before_each_request_is_done_before_it_is_asked(
    shop: SmallShop, cli: CommandLine
) -> None:
    asked: list[str] = []
    shop.app.before_request_funcs.setdefault(None, []).append(lambda: asked.append("before"))
    shop.state.shop.is_admin = lambda: bool(asked.append("is_admin"))  # type: ignore[func-returns-value,method-assign]

    findings(cli)

    assert asked[-2:] == ["before", "is_admin"]


def test_missing_and_outdated_tables_are_found(database_url: str) -> None:
    shop = build(database_url, FIRSTLINE_KEYS={"1": "s"}, **MAIL)
    cli = CommandLine(shop)

    assert only(cli, "tables") == "Our tables are missing."
    with shop.app.app_context():
        schema.upgrade(shop.engine)
        with shop.engine.begin() as conn:
            conn.execute(text("UPDATE firstline_alembic_version SET version_num = '0000'"))
        assert "are at revision 0000" in only(cli, "tables")
        with shop.engine.begin() as conn:
            conn.execute(text(f"UPDATE firstline_alembic_version SET version_num = '{schema.newest()}'"))
            conn.execute(text("DROP INDEX ix_firstline_audit_noun"))
        assert "add_index ix_firstline_audit_noun" in only(cli, "tables")
        shop.engine.dispose()


def test_an_unknown_currency_and_sales_in_another_one_are_found(shop: SmallShop, cli: CommandLine) -> None:
    place(shop, "o1", currency="CHF", paid=True)

    assert "1 in CHF" in only(cli, "currency", "warning")


def test_a_currency_that_is_none_is_found(database_url: str) -> None:
    shop = build(database_url, FIRSTLINE_CURRENCY="EURO")

    assert "no currency" in findings(CommandLine(shop))["currency"]["text"]
    with shop.app.app_context():
        shop.engine.dispose()


def test_notes_are_no_failure(migrated_url: str) -> None:
    shop = build(migrated_url)
    shop.time = datetime.now(UTC)

    found = findings(CommandLine(shop))

    assert {about: item["level"] for about, item in found.items()} == {
        "keys": "note",
        "mail": "note",
        "worker": "note",
    }
    assert found["worker"]["text"].startswith("No worker has run yet")
    with shop.app.app_context():
        shop.engine.dispose()


def test_orders_of_which_none_was_ever_paid_are_found(shop: SmallShop, cli: CommandLine) -> None:
    for number in range(5):
        place(shop, f"o{number}")
    assert findings(cli) == {}

    shop.advance(days=8)
    cli.ok("work", "--once")

    assert only(cli, "invoice_paid").startswith("5 orders are older than a week")
    place(shop, "o9", paid=True)
    shop.advance(days=8)
    cli.ok("work", "--once")
    assert findings(cli) == {}


def test_payments_of_orders_that_were_never_placed_are_found(shop: SmallShop, cli: CommandLine) -> None:
    with shop.app.app_context():
        shop.firstline.invoice_paid(Invoice(ref="i1", currency="EUR", order_ref="never"))
        shop.session.commit()
    assert findings(cli) == {}

    shop.advance(days=2)
    cli.ok("work", "--once")

    assert only(cli, "order_placed").startswith("1 call about orders that were never placed")


def test_parked_and_lost_calls_are_counted(shop: SmallShop, cli: CommandLine) -> None:
    with shop.app.app_context():
        shop.firstline.event("seen", Customer(ref="ina"))
        shop.session.commit()
        with shop.engine.begin() as conn:
            conn.execute(text("UPDATE firstline_call SET outcome = 'parked'"))
            conn.execute(insert(Notice), [{"kind": "never committed", "text": "x", "at": shop.time}])

    found = findings(cli)

    assert found["parked"]["text"].startswith("1 call parked")
    assert found["commit"]["text"].startswith("1 call in the last week")


def test_a_worker_that_does_not_run_and_dead_rows_are_found(shop: SmallShop, cli: CommandLine) -> None:
    due = shop.time - timedelta(hours=2)
    row = {"topic": "x", "payload": {}, "run_at": due, "attempts": 0, "created_at": due}
    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(insert(Outbox), [{**row, "state": "waiting"}])
    assert "does not run" in only(cli, "worker", "warning")

    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(text("UPDATE firstline_outbox SET state = 'dead'"))
    assert "given up" in only(cli, "worker")


def test_what_rules_send_and_what_cannot_leave_is_named(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    sms = '[[rule.actions]]\ndo = "sms"\nto = "customer"\ntext = "Hi"\n\n[[program]]'
    (tmp_path / "rules.toml").write_text(FILE.replace("[[program]]", sms), encoding="utf-8")
    cli.ok("rule", "add", str(tmp_path / "rules.toml"))

    found = findings(cli)
    assert list(found) == ["sms", "address"]
    assert found["sms"]["text"].startswith("Rules send short messages (Friends: Large demos)")
    assert "Give the adapter send_sms" in found["sms"]["mend"]
    assert "(Friends: Large demos)" in found["address"]["text"]
    assert "SERVER_NAME" in found["address"]["mend"]

    shop.app.config["SERVER_NAME"] = "localhost"
    assert list(findings(cli)) == ["sms"]


def test_a_worker_that_runs_no_more_is_found_also_where_nothing_is_due(
    shop: SmallShop, cli: CommandLine
) -> None:
    shop.advance(minutes=59)
    assert findings(cli) == {}

    shop.advance(minutes=1)

    assert "the last was flask firstline work on " in only(cli, "worker", "warning")


def test_partners_without_terms_are_found(shop: SmallShop, cli: CommandLine) -> None:
    with shop.app.app_context():
        shop.partner("meier")

    assert "nobody earns" in only(cli, "terms", "warning")


def test_clocks_that_are_apart_are_found(shop: SmallShop) -> None:
    with shop.app.app_context(), shop.engine.connect() as conn:
        assert list(check_clock(conn, datetime.now(UTC))) == []
        (found,) = check_clock(conn, datetime.now(UTC) + timedelta(minutes=5))
    assert "seconds apart" in found.text


class Answers:
    """A shop with nobody and nothing."""

    def current_customer(self) -> Customer | None:
        return None

    def current_cart(self) -> Cart | None:
        return None

    def is_admin(self) -> bool:
        return False


def test_a_shop_without_a_session_is_told() -> None:
    app = Flask("bare")
    app.config.update(SECRET_KEY="x", FIRSTLINE_KEYS={"1": "s"}, FIRSTLINE_SMTP_URL="smtp://mail.example")
    Firstline().init_app(app, shop=Answers())

    result = app.test_cli_runner().invoke(args=["firstline", "doctor"])

    assert result.exit_code == 1
    assert "No database session" in result.output


def test_a_database_that_cannot_be_reached_is_told() -> None:
    shop = build_nowhere()

    result = shop.test_cli_runner().invoke(args=["firstline", "doctor"])

    assert result.exit_code == 1
    assert "The database cannot be reached" in result.output


def build_nowhere() -> Flask:
    app = Flask("nowhere")
    app.config.update(SECRET_KEY="x", FIRSTLINE_DATABASE_URL="sqlite:////nowhere/at/all.sqlite")
    Firstline().init_app(app, shop=Answers())
    return app


def test_a_partner_at_whose_balance_many_sales_wait_is_named(
    shop: SmallShop, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "BUSY", 3)
    with shop.app.app_context():
        shop.chain(1)
        shop.terms("10")
        shop.coupon(codes=["vonmeier"], owner="meier")
    for number in range(3):
        assert "balances" not in findings(cli)
        sell(shop, f"o{number}")

    assert findings(cli)["balances"]["text"] == (
        "3 calls in one minute of the last day posted to meier: they wait for each other."
    )
    cli.ok("partner", "hot", "meier", "--on")
    assert "balances" not in findings(cli)


def sell(shop: SmallShop, ref: str) -> None:
    with shop.app.app_context():
        order = Order(
            ref=ref, currency="EUR", lines=goods(1), codes=("vonmeier",), customer=Customer(ref=f"c{ref}")
        )
        shop.firstline.order_placed(order)
        shop.firstline.invoice_paid(Invoice(ref=f"i-{ref}", currency="EUR", order_ref=ref))
        shop.session.commit()
