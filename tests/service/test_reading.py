from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.config import Settings
from flask_firstline.domain.coupon import Kind
from flask_firstline.services.mistakes import Mistake
from flask_firstline.services.reading import COUPON_FIELDS, Given, read_coupon

BERLIN = Settings(timezone="Europe/Berlin")


def given(**values: Any) -> Given:
    return Given(values={name.rstrip("_"): value for name, value in values.items()}, settings=BERLIN)


def test_a_coupon_is_read_from_texts_as_typed_at_the_command_line() -> None:
    terms = read_coupon(
        given(
            name=" Spring ",
            percent="12.50",
            cap="8",
            currency="eur",
            min_order="20.00",
            product=("p1", "p2"),
            category=["tea"],
            max="100",
            vat_rate="19.0",
            priority="-5",
            stackable=True,
            from_="2026-03-01",
            until="2026-03-31",
        )  # fmt: skip
    )

    assert (terms.name, terms.kind, terms.percent, terms.cap) == (
        "Spring",
        Kind.PERCENT,
        Decimal("12.5"),
        800,
    )
    assert (terms.currency, terms.min_order, terms.max_uses, terms.priority) == ("EUR", 2000, 100, -5)
    assert (terms.products, terms.categories) == (frozenset({"p1", "p2"}), frozenset({"tea"}))
    assert (terms.vat_rate, terms.stackable) == (Decimal(19), True)


def test_an_end_date_includes_its_day_in_the_shops_zone_also_over_a_change_of_clocks() -> None:
    terms = read_coupon(given(name="x", percent=5, from_=date(2026, 3, 29), until="2026-03-29"))

    assert terms.valid_from == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert terms.valid_until == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_times_are_taken_as_given_and_zones_are_respected() -> None:
    terms = read_coupon(
        given(name="x", percent=5, from_="2026-05-01T18:00", until=datetime(2026, 5, 2, tzinfo=UTC))
    )

    assert terms.valid_from == datetime(2026, 5, 1, 16, tzinfo=UTC)
    assert terms.valid_until == datetime(2026, 5, 2, tzinfo=UTC)


@pytest.mark.parametrize("amount", ["5.00", 5, 5.0, Decimal("5.0")])
def test_amounts_may_be_texts_or_numbers(amount: object) -> None:
    terms = read_coupon(given(name="x", amount=amount))

    assert (terms.amount, terms.currency, terms.kind) == (500, "EUR", Kind.AMOUNT)


def test_free_shipping_needs_no_amount() -> None:
    assert read_coupon(given(name="x", free_shipping=True)).kind is Kind.SHIPPING


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": "5"}, "name: is missing"),
        ({"name": "x"}, "give one of the two"),
        ({"name": "x", "amount": "5", "percent": "5"}, "give one of the two"),
        ({"name": "x", "amount": "5.001"}, "amount: 5.001 has more than the 2 decimals of EUR"),
        ({"name": "x", "amount": "5.5", "currency": "JPY"}, "more than the 0 decimals of JPY"),
        ({"name": "x", "amount": "5,00"}, "amount: '5,00' is not a plain decimal"),
        ({"name": "x", "amount": True}, "amount: "),
        ({"name": "x", "amount": "0"}, "above 0"),
        ({"name": "x", "percent": "12.34567"}, "percent: 12.34567 has more than 4 decimals"),
        ({"name": "x", "percent": "101"}, "at most 100"),
        ({"name": "x", "amount": "5", "currency": "XYZ"}, "currency: unknown currency"),
        ({"name": "x", "amount": "5", "vat_rate": "0.19"}, "vat_rate: .*give 19"),
        ({"name": "x", "amount": "5", "max": "3.5"}, "max: give a whole number"),
        ({"name": "x", "amount": "5", "max": "0"}, "a limit must be at least 1"),
        ({"name": "x", "amount": "5", "stackable": "yes"}, "stackable: give true or false"),
        ({"name": "x", "amount": "5", "until": "31.12.2026"}, "until: '31.12.2026' is no date"),
        ({"name": "x", "amount": "5", "until": "9999-12-31"}, "until: "),
        ({"name": "x", "amount": "5", "product": ["", "p"]}, "product: product is missing"),
        ({"name": "x", "amount": "5", "product": [{"a": 1}]}, "product: give a text"),
        ({"name": "x", "amount": "5", "from": "2026-05-02", "until": "2026-05-01"}, "ends before it begins"),
    ],
)
def test_every_mistake_names_its_value(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(Mistake, match=sentence):
        read_coupon(Given(values=values, settings=BERLIN))


def test_names_that_mean_nothing_are_refused() -> None:
    with pytest.raises(Mistake, match="ammount, colour: not known; possible are name, amount"):
        given(ammount=5, colour="red", name="x").refuse_others(COUPON_FIELDS)
