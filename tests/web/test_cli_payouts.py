"""Payouts on the command line, from the details to the file for the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_firstline import Customer, Invoice, Order
from flask_firstline.services import payout_settings
from flask_firstline.services.payout_settings import PaySettings
from tests.small_shop import SmallShop, build, goods

from .cli_kit import CommandLine

IBAN = "DE89370400440532013000"


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    with shop.app.app_context():
        shop.chain(2)
        shop.terms("10", "5")
        shop.coupon(codes=["vonmeier"], owner="meier")
        buyer = Customer(ref="b", email="b@example.com")
        order = Order(ref="o1", currency="EUR", lines=goods(2), codes=("vonmeier",), customer=buyer)
        shop.firstline.order_placed(order)
        shop.firstline.invoice_paid(Invoice(ref="i1", currency="EUR", order_ref="o1"))
        shop.session.commit()
        shop.advance(days=31)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def test_from_the_details_to_the_file_for_the_bank(shop: SmallShop, cli: CommandLine, tmp_path: Path) -> None:
    cli.ok("payout", "details", "meier", "--method", "sepa", "--holder", "Hans Meier", "--iban", IBAN)
    run = cli.json("payout", "run")

    assert run["sums"] == {"EUR": "2.94"}
    assert [(row["partner"], row["account"]) for row in run["pays"]] == [("meier", "DE·· 3000")]
    assert [(row["partner"], row["reason"]) for row in run["skips"]] == [("up1", "no_method")]
    assert "release 1 --count 1 --sum '2.94 EUR'" in cli.ok("payout", "show", "1")
    assert "not that of the run" in cli.refused("payout", "release", "1", "--count", "1", "--sum", "2.95")

    released = cli.json("payout", "release", "1", "--count", "1", "--sum", "2.94 EUR")

    assert (released["state"], released["pays"][0]["state"]) == ("released", "released")
    assert "released already" in cli.refused("payout", "release", "1", "--count", "1", "--sum", "2.94")
    with shop.app.app_context(), shop.seeding() as conn:
        account = PaySettings(debtor_name="Lindenhof", debtor_iban=IBAN)
        payout_settings.save(conn, account, who="test", now=shop.time)
    target = tmp_path / "bank.xml"
    assert "1 payouts, 2.94 EUR" in cli.ok("payout", "export", "1", "--to", str(target))
    assert b"pain.001.001.09" in target.read_bytes()
    assert cli.json("payout", "list")[0]["payouts"] == 1
    assert cli.json("payout", "paid", "1") == {"paid": 1}
    cli.ok("payout", "fail", "1", "--why", "account closed")
    assert [row["payable"] for row in cli.json("balances") if row["partner"] == "meier"] == ["2.94"]
    cli.ok("check")


def test_one_partner_is_paid_in_cash_and_the_rest_stays(cli: CommandLine) -> None:
    run = cli.json("payout", "run", "--partner", "up1", "--method", "cash", "--amount", "1.00")

    cli.ok("payout", "release", str(run["run"]), "--count", "1", "--sum", "1.00")

    assert [(row["payable"], row["paid"]) for row in cli.json("balances") if row["partner"] == "up1"] == [
        ("0.48", "1.00")
    ]
    assert "at most what is payable" in cli.refused(
        "payout", "run", "--partner", "up1", "--method", "cash", "--amount", "0.49"
    )


def test_an_amount_is_changed_and_a_run_thrown_away(cli: CommandLine) -> None:
    cli.ok("payout", "details", "meier", "--method", "cash")
    cli.ok("payout", "run")

    changed = cli.json("payout", "amount", "1", "2.00")
    cli.ok("payout", "refresh", "1")
    cli.ok("payout", "discard", "1")

    assert changed["sums"] == {"EUR": "2.00"}
    assert cli.json("payout", "show", "1")["state"] == "discarded"
    assert "discarded already" in cli.refused("payout", "release", "1", "--count", "1", "--sum", "2.00")


def test_a_blocked_partner_is_skipped_with_the_reason(cli: CommandLine) -> None:
    cli.ok("payout", "details", "meier", "--method", "cash")
    cli.ok("payout", "block", "meier", "--why", "open dispute")

    run = cli.json("payout", "run")
    assert [(row["partner"], row["note"]) for row in run["skips"] if row["reason"] == "blocked"] == [
        ("meier", "open dispute")
    ]
    cli.ok("payout", "discard", "1")
    assert "is paid again" in cli.ok("payout", "block", "meier", "--why", "settled", "--lift")
    assert cli.json("payout", "run")["payouts"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "7"), "no payout run with the number 7"),
        (("fail", "7", "--why", "x"), "no payout with the number 7"),
        (("amount", "7", "1"), "no payout with the number 7"),
        (("details", "nobody", "--method", "cash"), "No partner"),
        (("details", "meier", "--method", "sepa", "--iban", "DE00"), "cannot be right"),
        (("run", "--amount", "1"), "belong to --partner"),
        (("run", "--partner", "meier", "--amount", "x", "--method", "cash"), "no amount"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(cli: CommandLine, words: tuple[str, ...], said: str) -> None:
    assert said in cli.refused("payout", *words)


def test_balances_are_spread_and_brought_together(cli: CommandLine) -> None:
    before = cli.json("balances")

    assert cli.json("partner", "hot", "meier", "--on", "--why", "a fair") == {
        "partner": "meier",
        "hot": True,
        "changed": True,
    }
    assert "It is so already" in cli.ok("partner", "hot", "meier", "--on")
    assert "are in one place again" in cli.ok("partner", "hot", "meier", "--off")

    assert cli.json("balances") == before
    assert "No partner" in cli.refused("partner", "hot", "nobody", "--on")
