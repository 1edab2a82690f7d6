"""Statements on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_firstline import Customer, Invoice, Order
from flask_firstline.statements import can_embed
from tests.small_shop import SmallShop, build, goods

from .cli_kit import CommandLine

PARTY = ("--street", "Am Markt 1", "--postcode", "50667", "--town", "Köln", "--country", "DE")
SHOP = ("statement", "shop", "--name", "Lindenhof GmbH", *PARTY, "--vat-id", "DE136695976")
MEIER = ("statement", "tax", "meier", "--status", "regular", "--name", "Hans Meier", *PARTY)


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


def test_from_the_tax_data_to_the_statement_issued_anew(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("balances")
    cli.ok("work", "--once")
    month = f"{shop.time:%Y-%m}"
    assert "not over yet" in cli.refused("statement", "issue", "--month", month)
    shop.advance(days=31)
    assert "who the shop is" in cli.refused("statement", "issue", "--month", month)
    cli.ok(*SHOP)
    assert "the agreement is missing" in cli.ok(*MEIER, "--tax-number", "214/5120/0987")
    cli.ok(*MEIER, "--tax-number", "214/5120/0987", "--agrees")

    made = cli.json("statement", "issue", "--month", month)

    (row,) = made["issued"]
    assert (row["partner"], row["net"], row["vat"], row["gross"]) == ("meier", "2.47", "0.47", "2.94")
    assert [(one["partner"], one["reason"]) for one in made["skipped"]] == [("up1", "no_tax_data")]
    number = row["number"]
    assert cli.json("statement", "show", number)["partner"]["name"] == "Hans Meier"
    assert "has no effect" in cli.ok("statement", "object", number, "--why", "small business")
    again = cli.json("statement", "reissue", number)["number"]
    assert [one["state"] for one in cli.json("statement", "list", "--partner", "meier")] == ["issued", "void"]
    assert cli.json("statement", "show", again)["replaces"] == number
    target = tmp_path / "statement.pdf"
    assert cli.json("statement", "pdf", again, "--to", str(target))["einvoice"] is can_embed()
    assert target.read_bytes().startswith(b"%PDF")
    cli.ok("check")


def test_what_cannot_be_is_said(cli: CommandLine) -> None:
    assert "no month" in cli.refused("statement", "issue", "--month", "October")
    assert "no statement" in cli.refused("statement", "show", "GS-1")
    assert "no rate" in cli.refused(*SHOP, "--vat-rate", "much")
    assert "country: missing" in cli.refused("statement", "shop", "--name", "Lindenhof")
