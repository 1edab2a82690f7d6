from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from flask_firstline import Customer, Order
from flask_firstline.models import Audit, Contact, Coupon
from flask_firstline.services.program import list_terms
from tests.service.program_kit import row_of
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


def test_a_whole_program_is_set_up_from_the_command_line_and_sells(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok("partner", "add", "--ref", "opa", "--email", "opa@example.com")
    cli.ok(
        "partner", "add", "--ref", "meier", "--email", "m@example.com", "--name", "Meier", "--sponsor", "opa"
    )
    cli.ok("coupon", "add", "Five euro", "--amount", "5.00", "--min-order", "20.00", "--new-customers-only")
    cli.ok("code", "add", "vonmeier", "--coupon", "Five euro", "--owner", "meier")
    cli.ok("terms", "set", "--level", "1", "--percent", "10")

    with shop.app.app_context():
        buyer = Customer(ref="ina", email="ina@example.com")
        order = Order(ref="o1", currency="EUR", lines=goods(2), codes=("VonMeier",), customer=buyer)
        quote = shop.firstline.order_placed(order)
        shop.session.commit()
        found = shop.firstline.contact("ina")

    assert str(quote.discount) == "5.00"
    assert found is not None and found.sponsor_ref == "meier"


def test_acts_are_logged_with_the_name_of_who_is_signed_in_to_the_machine(
    shop: SmallShop, cli: CommandLine
) -> None:
    cli.ok("partner", "add", "--ref", "opa", "--email", "opa@example.com")

    with shop.app.app_context(), shop.engine.connect() as conn:
        assert conn.execute(select(Audit.who)).scalar_one() == f"cli:{getpass.getuser()}"


def test_every_option_of_a_coupon_reaches_the_table(shop: SmallShop, cli: CommandLine) -> None:
    made = cli.json(
        "coupon", "add", "Everything", "--percent", "12.5", "--cap", "8", "--currency", "CHF",
        "--min-order", "20.00", "--max-order", "500", "--product", "p1", "--product", "p2",
        "--category", "tea", "--new-customers-only", "--max", "100", "--max-per-code", "10",
        "--max-per-customer", "2", "--from", "2026-06-01", "--until", "2026-06-30", "--vat-rate", "19",
        "--priority", "5", "--stackable", "--open-to-partners", "--give-back", "always",
    )  # fmt: skip

    with shop.app.app_context(), shop.engine.connect() as conn:
        row = row_of(conn, Coupon, made["id"])
    assert (str(row.percent), row.cap, row.currency, row.min_order, row.max_order) == (
        "12.5", 800, "CHF", 2000, 50000,
    )  # fmt: skip
    assert (row.products, row.categories, row.new_customers_only) == (["p1", "p2"], ["tea"], True)
    assert (row.max_uses, row.max_per_code, row.max_per_customer, row.priority) == (100, 10, 2, 5)
    assert (row.stackable, row.open_to_partners, row.give_back, str(row.vat_rate)) == (
        True,
        True,
        "always",
        "19",
    )
    assert (f"{row.valid_from:%d.%m. %H}", f"{row.valid_until:%d.%m. %H}") == ("31.05. 22", "30.06. 22")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["coupon", "add", "x"], "amount, percent: give one of the two (or free_shipping)"),
        (["coupon", "add", "x", "--amount", "5,00"], "amount: '5,00' is not a plain decimal number"),
        (["coupon", "add", "x", "--amount", "5.001"], "amount: 5.001 has more than the 2 decimals of EUR"),
        (["coupon", "add", "x", "--amount", "5", "--until", "soon"], "until: 'soon' is no date"),
        (["coupon", "add", " ", "--amount", "5"], "1 to 100 characters"),
        (["code", "add", "abc", "--coupon", "None"], "There is no coupon called 'None'."),
        (["code", "generate", "--coupon", "None", "--count", "5"], "There is no coupon called 'None'."),
        (["terms", "set", "--level", "1"], "Give either a per cent or a fixed amount."),
        (["terms", "set", "--level", "one", "--percent", "5"], "level: give a whole number, not 'one'"),
        (["terms", "set", "--level", "1", "--percent", "5", "--partner", "x"], "no contact with the ref 'x'"),
        (["partner", "add", "--ref", " ", "--email", "x@example.com"], "ref is missing"),
        (["partner", "add", "--ref", "x" * 65, "--email", "x@example.com"], "at most 64"),
        (
            ["partner", "add", "--ref", "a", "--email", "x@y.z", "--sponsor", "b"],
            "no contact with the ref 'b'",
        ),
        (["partner", "add", "--ref", "a"], "Missing option '--email'"),
        (["apply", "nowhere.toml"], "File 'nowhere.toml' does not exist"),
    ],
)
def test_bad_input_is_a_clear_error_and_changes_nothing(
    shop: SmallShop, cli: CommandLine, args: list[str], sentence: str
) -> None:
    assert sentence in " ".join(cli.refused(*args).split())
    with shop.app.app_context(), shop.engine.connect() as conn:
        assert conn.execute(select(Audit.id)).first() is None


def test_terms_are_set_for_one_partner_and_product(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok("partner", "add", "--ref", "meier", "--email", "m@example.com")

    cli.ok("terms", "set", "--level", "2", "--fixed", "1.50", "--partner", "meier", "--product", "tea")

    with shop.app.app_context(), shop.engine.connect() as conn:
        (row,) = list_terms(conn, at=shop.state.now())
    assert (row.level, row.fixed, row.currency, row.partner_ref, row.product_ref) == (
        2,
        150,
        "EUR",
        "meier",
        "tea",
    )


FILE = """
[[partner]]
ref = "meier"

[[coupon]]
name = "Five euro"
amount = 5

[[code]]
code = "vonmeier"
coupon = "Five euro"
owner = "meier"
"""


def test_a_file_is_applied_and_applied_again(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "program.toml"
    file.write_text(FILE)

    first = cli.json("apply", str(file))
    second = cli.json("apply", str(file))

    assert first["changed"] == {"partner": 1, "coupon": 1, "code": 1}
    assert second["changed"] == {"partner": 0, "coupon": 0, "code": 0}
    assert "coupon: 0 of 1 new or changed" in cli.ok("apply", str(file))


def test_a_file_with_mistakes_names_their_places_and_applies_nothing(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "program.toml"
    file.write_text(FILE + '[[coupon]]\nname = "Second"\namount = "lots"\n')
    broken = tmp_path / "broken.toml"
    broken.write_text("[[coupon]\n")

    assert "[[coupon]] 2: amount: 'lots' is not a plain decimal number" in cli.refused("apply", str(file))
    assert "broken.toml is no TOML" in cli.refused("apply", str(broken))
    with shop.app.app_context(), shop.engine.connect() as conn:
        assert conn.execute(select(Contact.id)).first() is None
