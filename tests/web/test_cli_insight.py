"""Codes looked at from the command line: why one is refused, which may have leaked, who redeemed what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from flask_firstline import Customer, Order
from flask_firstline.models import Attempt, Code, Redemption
from tests.small_shop import SmallShop, build, line

from .cli_kit import CommandLine


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    found = CommandLine(shop)
    found.ok("partner", "add", "--ref", "meier", "--email", "m@example.com", "--name", "Hans Meier")
    found.ok("coupon", "add", "Five", "--amount", "5", "--min-order", "20", "--new-customers-only")
    found.ok("code", "add", "vonmeier", "--coupon", "Five", "--owner", "meier")
    return found


ANNA = Customer(ref="anna", email="anna@shop.example")
TEA = ("--line", "tea:2:12.50:7")


def placed(shop: SmallShop, ref: str, *codes: str) -> None:
    with shop.app.app_context():
        lines = [line(price="25.00")]
        order = Order(ref=ref, currency="EUR", lines=lines, customer=ANNA, codes=codes)
        shop.firstline.order_placed(order)
        shop.session.commit()


def test_a_code_that_holds_is_explained_with_its_price(cli: CommandLine) -> None:
    said = cli.ok("code", "why", "VonMeier", "--customer", "anna@x.example", *TEA, "--shipping", "4.90")
    data = cli.json("code", "why", "vonmeier", "--customer", "anna@x.example", *TEA, "--shipping", "4.90")

    assert "vonmeier holds: it gives 5.00 EUR." in said
    assert (data["holds"], data["reason"], data["gives"], data["total"]) == (True, None, "5.00", "24.90")
    assert [check["name"] for check in data["checks"]][:3] == ["tries", "known", "active"]


def test_a_refusal_names_the_check_and_is_exit_code_1(cli: CommandLine) -> None:
    result = cli("code", "why", "vonmeier", "--customer", "anna", "--line", "tea:1:12.50")
    data = cli.json("code", "why", "vonmeier", "--customer", "anna", "--line", "tea:1:12.50")

    assert result.exit_code == 1
    assert "is refused (minimum) by the check 'minimum'; the buyer is told why." in result.stdout
    assert "If it held it would give 5.00 EUR." in result.stdout
    assert (data["reason"], data["refused_by"]) == ("minimum", "minimum")
    (check,) = [check for check in data["checks"] if not check["ok"]]
    assert check == {"name": "minimum", "ok": False, "data": {"goods": 1250, "minimum": 2000, "missing": 750}}


def test_what_the_buyer_is_not_told_is_said_exactly(cli: CommandLine) -> None:
    result = cli("code", "why", "nothing", *TEA)

    assert "nothing is refused (unknown)" in result.stdout
    cli.ok("code", "add", "gone", "--coupon", "Five", "--max", "1")
    with cli.shop.app.app_context(), cli.shop.engine.begin() as conn:
        conn.execute(update(Code).where(Code.display == "gone").values(active=False))
    off = cli("code", "why", "gone", "--customer", "anna", *TEA)
    assert "is refused (inactive) by the check 'active'; the buyer is told: \"This code cannot" in off.stdout


def test_the_lines_of_an_order_can_be_taken(shop: SmallShop, cli: CommandLine) -> None:
    placed(shop, "o1", "vonmeier")

    data = cli.json("code", "why", "vonmeier", "--order", "o1")

    assert data["reason"] == "new_customers_only"
    assert next(check for check in data["checks"] if check["name"] == "minimum")["data"]["goods"] == 2500


def test_asking_stores_nothing(shop: SmallShop, cli: CommandLine) -> None:
    for _n in range(12):
        cli("code", "why", "nothing", "--customer", "anna", *TEA)

    with shop.app.app_context(), shop.engine.connect() as conn:
        assert conn.execute(Attempt.__table__.select()).all() == []


# fmt: off
@pytest.mark.parametrize("wrong", [
    ("--line", "tea"), ("--line", "tea:1"), ("--line", "a:1:2:3:4:5"), ("--order", "nothing"),
])
# fmt: on
def test_what_cannot_be_read_is_refused_in_a_sentence(cli: CommandLine, wrong: tuple[str, str]) -> None:
    assert cli.refused("code", "why", "vonmeier", *wrong)


@pytest.mark.parametrize("wrong", [("--line", "tea:x:1"), ("--line", "tea:1:1:0.19"), ("--shipping", "much")])
def test_figures_that_are_none_are_told(cli: CommandLine, wrong: tuple[str, str]) -> None:
    result = cli("code", "why", "vonmeier", *wrong)

    assert result.exit_code in {1, 2}
    assert "Error:" in result.output


def used(shop: SmallShop, times: int, days_ago: int = 0, **more: object) -> None:
    with shop.app.app_context(), shop.engine.begin() as conn:
        code = conn.execute(Code.__table__.select().where(Code.display == "vonmeier")).one()
        at = shop.time - timedelta(days=days_ago)
        conn.execute(update(Code).where(Code.id == code.id).values(created_at=shop.time - timedelta(days=99)))
        rows = [
            {
                "code_id": code.id, "coupon_id": code.coupon_id, "state": "redeemed", "source": "shop",
                "order_ref": f"{days_ago}-{n}", "discount": 500, "currency": "EUR", "came_by": "typed",
                "touched": False, "person_keys": [], "claimed": False, "note": "", "created_at": at,
                "changed_at": at, **more,
            }
            for n in range(times)
        ]  # fmt: skip
        conn.execute(insert(Redemption.__table__), rows)


def test_the_radar_lists_codes_with_the_figures_of_their_signs(shop: SmallShop, cli: CommandLine) -> None:
    quiet = cli.ok("code", "radar")
    used(shop, 25)

    said = cli.ok("code", "radar")
    (found,) = cli.json("code", "radar")

    assert "No code looks as if it had leaked." in quiet
    assert "25 uses on" in said
    assert "25 of 25 uses (100 per cent) by strangers, no earlier time" in said
    assert (found["code"], found["owner"]) == ("vonmeier", "Hans Meier")
    assert [(sign["kind"], sign["uses"]) for sign in found["signs"]] == [("burst", 25), ("strangers", 25)]


def test_redemptions_are_listed_and_narrowed_and_paged(shop: SmallShop, cli: CommandLine) -> None:
    nothing = cli.ok("redemption", "list")
    placed(shop, "o1", "vonmeier")
    used(shop, 3, 2, state="flagged")

    everything = cli.json("redemption", "list")
    first = cli.json("redemption", "list", "--limit", "1")
    then = cli.json("redemption", "list", "--after", str(first[0]["id"]))

    assert "There are no such redemptions." in nothing
    assert len(everything) == 4
    assert [row["id"] for row in first + then] == [row["id"] for row in everything]
    assert len(cli.json("redemption", "list", "--state", "flagged")) == 3
    assert len(cli.json("redemption", "list", "--order", "o1")) == 1
    assert len(cli.json("redemption", "list", "--code", "VON MEIER")) == 4
    assert cli.json("redemption", "list", "--coupon", "Six") == []
    assert len(cli.json("redemption", "list", "--since", f"{shop.time:%Y-%m-%d}")) == 1
    row = cli.json("redemption", "list", "--customer", "anna")[0]
    shown = (row["code"], row["coupon"], row["discount"], row["currency"])
    assert shown == ("vonmeier", "Five", "5.00", "EUR")
    assert "vonmeier" in cli.ok("redemption", "list")
