from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, text

from flask_firstline import Customer, Invoice, Order
from flask_firstline.models import Call, Outbox
from flask_firstline.services import schema
from tests.small_shop import START, SmallShop, build, goods

from .cli_kit import CommandLine

pytestmark = pytest.mark.both_databases


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    with shop.app.app_context():
        shop.chain(2)
        shop.terms("10", "5")
        shop.coupon(codes=["vonmeier"], owner="meier", max_uses=5)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def sell(shop: SmallShop, ref: str = "o1") -> None:
    with shop.app.app_context():
        buyer = Customer(ref=f"buyer-{ref}", email=f"{ref}@example.com")
        order = Order(ref=ref, currency="EUR", lines=goods(2), codes=("vonmeier",), customer=buyer)
        shop.firstline.order_placed(order)
        shop.firstline.invoice_paid(Invoice(ref=f"i-{ref}", currency="EUR", order_ref=ref))
        shop.session.commit()


def test_balances_are_listed_and_due_holds_moved_first(shop: SmallShop, cli: CommandLine) -> None:
    assert cli.ok("balances") == "Nobody has earned anything yet.\n"
    sell(shop)
    held = cli.json("balances")
    shop.advance(days=31)

    payable = cli.json("balances")

    assert [(row["partner"], row["on_hold"], row["payable"]) for row in held] == [
        ("meier", "2.94", "0.00"),
        ("up1", "1.48", "0.00"),
    ]
    assert [(row["on_hold"], row["payable"], row["paid"]) for row in payable] == [
        ("0.00", "2.94", "0.00"),
        ("0.00", "1.48", "0.00"),
    ]
    assert "meier          EUR          0.00     2.94  0.00" in cli.ok("balances")


def test_a_check_of_right_books_says_the_difference_of_nothing(shop: SmallShop, cli: CommandLine) -> None:
    sell(shop)

    said = cli.ok("check")
    data = cli.json("check")

    assert "invoices x terms = commissions kept" in said
    assert "0.00 EUR" in said
    assert said.endswith("The books agree.\n")
    assert data["ok"] is True
    assert {"EUR": "0.00"} in [check["difference"] for check in data["checks"]]


def test_a_check_of_wrong_books_fails_and_shows_the_figures(shop: SmallShop, cli: CommandLine) -> None:
    sell(shop)
    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(text("UPDATE firstline_balance SET amount = amount + 100"))

    result = cli("check")

    assert result.exit_code == 1
    assert "partner meier, on hold  2.94 EUR  3.94 EUR" in result.output
    assert "The books do not agree." in result.output


def test_wrong_paths_are_written_anew(shop: SmallShop, cli: CommandLine) -> None:
    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(text("UPDATE firstline_contact SET path = '7/'"))
    assert cli("check").exit_code == 1

    assert cli.ok("rebuild-paths") == "2 contacts have a path; 2 were wrong.\n"
    cli.ok("check")


def test_the_worker_does_what_is_due_once(shop: SmallShop, cli: CommandLine) -> None:
    sell(shop)
    shop.advance(days=31)

    first, second = cli.json("work", "--once"), cli.json("work", "--once")

    assert first["released"] == 4
    assert first["delivered"] > 0
    assert second == {"delivered": 0, "failed": 0, "waiting": 0, "released": 0, "freed": 0, "judged": 0}
    assert "0 delivered, 0 failed" in cli.ok("work", "--once")


def test_a_parked_call_is_replayed_and_one_that_fails_again_is_told(
    shop: SmallShop, cli: CommandLine
) -> None:
    assert cli.ok("replay") == "No calls are parked.\n"
    call = {
        "source": "shop",
        "kind": "event",
        "payload": {},
        "digest": "",
        "outcome": "parked",
        "attempts": 0,
    }
    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(insert(Call), [{**call, "key": "good", "at": shop.time}])
        conn.execute(insert(Call), [{**call, "key": "bad", "kind": "order_cancelled", "at": shop.time}])

    result = cli("replay")

    assert result.exit_code == 1
    assert "event            good  done" in result.output
    assert "KeyError" in result.output
    assert [call["key"] for call in cli.json("replay")] == ["bad"]


def test_commands_without_tables_say_what_to_run(database_url: str) -> None:
    cli = CommandLine(build(database_url))

    for command in (["check"], ["balances"], ["work", "--once"], ["replay"]):
        result = cli(*command)
        assert result.exit_code == 1
        assert "flask firstline db upgrade" in result.output
    with cli.shop.app.app_context():
        cli.shop.engine.dispose()


def test_our_tables_are_brought_up_looked_at_and_taken_away(database_url: str) -> None:
    cli = CommandLine(build(database_url))

    assert cli.ok("db", "current") == "not migrated yet\n"
    assert cli("db", "check").exit_code == 1
    assert cli.ok("db", "upgrade") == f"From nothing to {schema.newest()}.\n"
    assert cli.json("db", "upgrade") == {"before": schema.newest(), "current": schema.newest()}
    assert cli.json("db", "check")["ok"] is True
    assert cli("db", "downgrade").exit_code == 1
    assert cli.json("db", "current")["current"] == schema.newest()
    assert "0099" in cli.refused("db", "upgrade", "0099")
    assert cli.ok("db", "downgrade", "--yes") == f"From {schema.newest()} to nothing.\n"
    with cli.shop.app.app_context():
        cli.shop.engine.dispose()


SHOP = """
from tests.small_shop import build
app = build({url!r}).app
"""


def test_the_worker_runs_until_it_is_told_to_end(firstline_url: str, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(SHOP.format(url=firstline_url))
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(tmp_path), str(root)])
    engine = create_engine(firstline_url)
    with engine.begin() as conn:
        row = {"topic": "nobody hears it", "payload": {}, "state": "waiting", "attempts": 0}
        conn.execute(insert(Outbox), [{**row, "run_at": START, "created_at": START}])

    worker = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "served", "firstline", "work", "--pause", "1", "--json"],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_done(engine)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=30)
    finally:
        worker.kill()
    engine.dispose()

    assert worker.returncode == 0
    assert '"delivered": 1' in said


def _wait_until_done(engine: object) -> None:
    for _ in range(300):
        with engine.connect() as conn:  # type: ignore[attr-defined]
            if conn.execute(text("SELECT state FROM firstline_outbox")).scalar_one() == "done":
                return
        time.sleep(0.1)
    raise AssertionError("the worker did nothing")


def test_amounts_in_json_are_exact(shop: SmallShop, cli: CommandLine) -> None:
    sell(shop)

    assert Decimal(cli.json("balances")[0]["on_hold"]) == Decimal("2.94")
