"""Coupons on the command line: added, changed, listed, shown, switched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from flask_firstline import Customer, Order
from flask_firstline.models import Audit, Coupon
from tests.small_shop import SmallShop, build, goods

from .cli_kit import CommandLine


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url, FIRSTLINE_TIMEZONE="Europe/Berlin")
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def acts(shop: SmallShop) -> list[str]:
    with shop.app.app_context(), shop.engine.connect() as conn:
        return list(conn.execute(select(Audit.act).order_by(Audit.id)).scalars())


def terms(cli: CommandLine, name: str) -> dict[str, Any]:
    found: dict[str, Any] = cli.json("coupon", "show", name)["terms"]
    return found


FRIDAY = (
    "coupon", "add", "Friday", "--amount", "5.00", "--min-order", "20", "--new-customers-only",
    "--day", "fri", "--opens", "18:00", "--closes", "22:00", "--max", "100",
)  # fmt: skip
SENTENCE = "€5.00 off, from €20.00, new customers only, Fridays 18:00–22:00, at most 100 times"


def test_what_a_new_coupon_does_is_said_at_once(cli: CommandLine) -> None:
    assert cli.ok(*FRIDAY).strip() == f"The coupon 'Friday' is made: {SENTENCE}."


def test_a_coupon_is_shown_in_a_sentence_and_term_by_term(cli: CommandLine) -> None:
    cli.ok(*FRIDAY)

    shown = cli.ok("coupon", "show", "Friday").splitlines()

    assert shown[0] == f"{SENTENCE}."
    assert [line.split()[0] for line in shown[2:]] == [
        "name", "amount", "currency", "min_order", "new_customers_only", "max", "day", "opens", "closes",
        "codes", "used", "discounts", "state",
    ]  # fmt: skip
    assert cli.json("coupon", "show", "Friday") == {
        "id": 1, "name": "Friday", "sentence": SENTENCE, "state": "on", "codes": 0, "used": 0,
        "discounts": "0.00", "answers": {},
        "terms": {
            "name": "Friday", "amount": "5.00", "currency": "EUR", "min_order": "20.00",
            "new_customers_only": True, "max": 100, "day": ["fri"], "opens": "18:00", "closes": "22:00",
        },
    }  # fmt: skip


def test_what_is_shown_can_be_applied_and_changes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    cli.ok(*FRIDAY)
    file = tmp_path / "coupons.toml"
    lines = [f"{name} = {value!r}".replace("True", "true") for name, value in terms(cli, "Friday").items()]
    file.write_text("\n".join(["[[coupon]]", *lines]))

    assert cli.json("apply", str(file))["changed"] == {"coupon": 0}


def test_only_what_is_given_changes(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok(*FRIDAY)
    before = terms(cli, "Friday")

    changed = cli.json("coupon", "change", "Friday", "--max", "50", "--not-new-customers-only")

    assert changed["changed"] is True
    del before["new_customers_only"]
    assert terms(cli, "Friday") == {**before, "max": 50}
    assert acts(shop) == ["create", "change"]


def test_a_change_to_what_is_there_is_none(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok(*FRIDAY)

    assert (
        cli.ok("coupon", "change", "Friday", "--amount", "5").strip() == "The coupon 'Friday' was so already."
    )
    assert cli.json("coupon", "change", "Friday")["changed"] is False
    assert acts(shop) == ["create"]


def test_terms_are_taken_away_and_a_coupon_is_renamed(cli: CommandLine) -> None:
    cli.ok(*FRIDAY)

    args = ("--name", "Always", "--day", "", "--opens", "", "--closes", "", "--percent", "10")
    said = cli.ok("coupon", "change", "Friday", *args)

    sentence = "10% off, from €20.00, new customers only, at most 100 times"
    assert said.strip() == f"The coupon 'Always' is changed: {sentence}."
    assert terms(cli, "Always") == {
        "name": "Always", "percent": "10", "currency": "EUR", "min_order": "20.00",
        "new_customers_only": True, "max": 100,
    }  # fmt: skip


def test_partners_and_giving_back_stay_when_something_else_changes(cli: CommandLine) -> None:
    cli.ok("coupon", "add", "x", "--percent", "5", "--open-to-partners", "--give-back", "always")

    cli.ok("coupon", "change", "x", "--percent", "6")
    assert (terms(cli, "x")["open_to_partners"], terms(cli, "x")["give_back"]) == (True, "always")

    cli.ok("coupon", "change", "x", "--not-open-to-partners", "--give-back", "")
    assert terms(cli, "x") == {"name": "x", "percent": "6"}


@pytest.mark.parametrize(("treatment", "left"), [("price_cut", {}), ("goodwill", {"paid": "no"})])
def test_answers_about_vat_stay_as_long_as_the_kind(
    shop: SmallShop, cli: CommandLine, treatment: str, left: dict[str, str]
) -> None:
    cli.ok("coupon", "add", "Sorry", "--amount", "5", "--treatment", "goodwill")
    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(update(Coupon.__table__).values(treatment_answers={"paid": "no"}))

    cli.ok("coupon", "change", "Sorry", "--treatment", treatment, "--amount", "6")

    assert cli.json("coupon", "show", "Sorry")["answers"] == left


def test_coupons_are_switched_off_and_on(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok("coupon", "add", "x", "--percent", "5")

    assert cli.ok("coupon", "off", "x").strip() == "The coupon 'x' is off."
    assert cli.ok("coupon", "off", "x").strip() == "The coupon 'x' was off already."
    assert cli.json("coupon", "show", "x")["state"] == "off"
    assert cli.json("coupon", "on", "x") == {"name": "x", "active": True, "changed": True}
    assert acts(shop) == ["create", "switch off", "switch on"]


def test_the_list_says_what_each_does_and_what_came_of_it(shop: SmallShop, cli: CommandLine) -> None:
    assert cli.ok("coupon", "list").strip() == "There is no coupon yet."
    cli.ok("coupon", "add", "b old", "--amount", "5", "--until", "2020-01-01")
    cli.ok("coupon", "add", "A five", "--amount", "5")
    cli.ok("code", "add", "hello", "--coupon", "A five")
    with shop.app.app_context():
        buyer = Customer(ref="ina", email="ina@example.com")
        shop.firstline.order_placed(
            Order(ref="o1", currency="EUR", lines=goods(2), codes=("hello",), customer=buyer)
        )
        shop.session.commit()

    rows = cli.json("coupon", "list")
    head, _rule, *lines = cli.ok("coupon", "list").splitlines()

    assert [(row["name"], row["state"], row["codes"], row["used"], row["discounts"]) for row in rows] == [
        ("A five", "on", 1, 1, "5.00"),
        ("b old", "ended", 0, 0, "0.00"),
    ]
    assert head.split() == ["name", "what", "it", "does", "codes", "used", "state"]
    assert [line.split("  ")[0] for line in lines] == ["A five", "b old"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["show", "None"], "There is no coupon called 'None'."),
        (["change", "None", "--max", "5"], "There is no coupon called 'None'."),
        (["on", "None"], "There is no coupon called 'None'."),
        (["off", "None"], "There is no coupon called 'None'."),
        (["change", "One", "--name", "Two"], "There is a coupon called 'Two' already"),
        (["change", "One", "--max", "many"], "max: give a whole number"),
        (["change", "One", "--amount", "5", "--percent", "5"], "give one of the two"),
        (["change", "One", "--amount", ""], "give one of the two"),
        (["change", "One", "--name", ""], "name: is missing"),
        (["change", "One", "--treatment", "multi_purpose", "--percent", "5"], "store credit"),
        (["add", "Three", "--amount", "5", "--day", "someday"], "day: a weekday is one of mon"),
        (["add", "Three", "--amount", "5", "--on", "2026-01-01", "--from", "2026-01-01"], "stands alone"),
    ],
)
def test_what_cannot_be_is_a_clear_error_and_changes_nothing(
    shop: SmallShop, cli: CommandLine, args: list[str], sentence: str
) -> None:
    for name in ("One", "Two"):
        cli.ok("coupon", "add", name, "--amount", "5")

    assert sentence in " ".join(cli.refused("coupon", *args).split())
    assert acts(shop) == ["create", "create"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("coupon", "show", "Nobody"), "There is no coupon called 'Nobody'."),
        (("coupon", "add", "C", "--amount", "5.005"), "amount: 5.005 has more than the 2 decimals of EUR"),
        (("code", "add", "abc"), "Missing option '--coupon'."),
        (
            ("code", "export", "--batch", "9" * 30),
            f"Invalid value for '--batch': {'9' * 30} is not in the range",
        ),
        (
            ("coupon", "add", "C", "--amount", "5", "--until", "9999-12-31"),
            "until: 9999-12-31 is too far away; leave it out for no date",
        ),
    ],
)
def test_what_is_wrong_is_said_in_json_where_the_answer_is_wanted_so(
    cli: CommandLine, args: tuple[str, ...], sentence: str
) -> None:
    result = cli(*args, "--json")

    assert (result.exit_code, result.stderr) == (2, "")
    assert json.loads(result.stdout)["error"].startswith(sentence)
    assert sentence in cli.refused(*args)


def test_what_cannot_be_a_price_is_said_in_json_too(cli: CommandLine) -> None:
    result = cli("code", "why", "abc", "--line", "tea:1:cheap", "--json")

    assert result.exit_code == 1
    assert "'cheap' is not a plain decimal number" in json.loads(result.stdout)["error"]


def test_a_file_that_cannot_be_written_is_said_in_one_sentence(cli: CommandLine, tmp_path: Path) -> None:
    cli.ok("coupon", "add", "Welcome", "--amount", "5")
    missing = tmp_path / "missing" / "codes.csv"

    result = cli("code", "export", "--coupon", "Welcome", "--output", str(missing))

    assert (result.exit_code, result.output) == (1, f"Error: {missing}: No such file or directory\n")
