"""Postings by hand on the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine


@pytest.fixture
def cli(firstline_url: str) -> Iterator[CommandLine]:
    shop: SmallShop = build(firstline_url)
    with shop.app.app_context():
        shop.chain(2)
    yield CommandLine(shop)
    with shop.app.app_context():
        shop.engine.dispose()


def balances(cli: CommandLine) -> list[tuple[str, str, str, str]]:
    return [(row["partner"], row["currency"], row["on_hold"], row["payable"]) for row in cli.json("balances")]


def test_sales_and_corrections_are_posted_listed_and_taken_back(cli: CommandLine) -> None:
    first = cli.json("posting", "add", "meier", "12.50", "--reason", "trade fair")["posting"]
    cli.ok("posting", "add", "meier", "1.00", "--reason", "at once", "--now")
    cli.ok("posting", "correct", "meier", "-3.00", "--reason", "paid twice")

    assert balances(cli) == [("meier", "EUR", "12.50", "-2.00")]
    listed = [(row["kind"], row["amount"], row["left"], row["reason"]) for row in cli.json("posting", "list")]
    assert listed == [
        ("correction", "-3.00", "-3.00", "paid twice"),
        ("sale", "1.00", "1.00", "at once"),
        ("sale", "12.50", "12.50", "trade fair"),
    ]
    assert cli.json("posting", "reverse", first, "--reason", "a mistake")["posting"] == first
    assert balances(cli) == [("meier", "EUR", "0.00", "-2.00")]
    assert "taken back already" in cli.refused("posting", "reverse", first, "--reason", "again")
    cli.ok("check")


def test_the_same_key_posts_once(cli: CommandLine) -> None:
    places = [
        cli.json("posting", "add", "meier", "5", "--reason", "x", "--key", "k", "--currency", "USD")
        for _ in range(2)
    ]

    assert places[0] == places[1]
    assert balances(cli) == [("meier", "USD", "5.00", "0.00")]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("add", "nobody", "5", "--reason", "x"), "No partner"),
        (("add", "meier", "5.001", "--reason", "x"), "no amount in EUR"),
        (("add", "meier", "5", "--reason", "x", "--currency", "EURO"), "no currency"),
        (("add", "meier", "5", "--reason", "x", "--order", "o9"), "No order or invoice"),
        (("correct", "meier", "0", "--reason", "x"), "amount of nothing"),
        (("reverse", "7-1", "--reason", "x"), "Nothing was posted by hand"),
        (("reverse", "seven", "--reason", "x"), "no number of a posting"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(cli: CommandLine, args: tuple[str, ...], said: str) -> None:
    assert said in cli.refused("posting", *args)
    assert balances(cli) == []
