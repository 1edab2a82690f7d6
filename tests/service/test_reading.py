from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.config import Settings
from flask_firstline.domain.coupon import Kind, OrderValue, Treatment
from flask_firstline.domain.window import Period
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


def test_the_further_terms_are_read_from_texts_as_typed() -> None:
    terms = read_coupon(
        given(
            name="x",
            amount="5",
            treatment="Goodwill",
            order_value="after",
            not_product="p3",
            not_category=("gift", "card"),
            period="week",
            max_in_period="3",
            max_per_customer_in_period=1,
            budget="500.00",
            order_budget=5000,
            day=("fri", " SAT "),
            opens="22:00",
            closes="02:00",
            stackable=True,
            stack_group=" spring ",
            most_codes="2",
            link_only=True,
        )
    )

    assert (terms.treatment, terms.order_value) == (Treatment.GOODWILL, OrderValue.AFTER)
    assert (terms.not_products, terms.not_categories) == (frozenset({"p3"}), frozenset({"gift", "card"}))
    assert (terms.period, terms.max_in_period, terms.max_per_customer_in_period) == (Period.WEEK, 3, 1)
    assert (terms.budget, terms.order_budget) == (50000, 500000)
    assert (terms.days, terms.opens, terms.closes) == (frozenset({4, 5}), 1320, 120)
    assert (terms.stack_group, terms.most_codes, terms.link_only) == ("spring", 2, True)


def test_one_date_is_its_whole_day_also_when_the_clocks_change() -> None:
    terms = read_coupon(given(name="x", percent=5, on="2026-03-29"))

    assert terms == read_coupon(given(name="x", percent=5, from_="2026-03-29", until="2026-03-29"))
    assert terms.valid_from is not None and terms.valid_until is not None
    assert (terms.valid_until - terms.valid_from).total_seconds() == 23 * 3600


# fmt: off
@pytest.mark.parametrize(("name", "written", "minute"), [
    ("opens", "00:00", 0), ("opens", "0:00", 0), ("opens", "23:59", 1439), ("opens", time(18, 30), 1110),
    ("closes", "00:01", 1), ("closes", "24:00", 1440), ("closes", "00:00", 1440), ("closes", time(0), 1440),
])
# fmt: on
def test_hours_are_read_to_the_ends_of_the_day(name: str, written: object, minute: int) -> None:
    terms = read_coupon(Given(values={"name": "x", "percent": 5, name: written}, settings=BERLIN))

    assert getattr(terms, name) == minute


def test_the_currency_of_the_shop_is_that_of_budgets_too() -> None:
    assert read_coupon(given(name="x", percent=5, budget="500")).currency == "EUR"
    assert read_coupon(given(name="x", percent=5)).currency is None


def test_store_credit_is_an_amount_that_pays() -> None:
    terms = read_coupon(given(name="x", amount="50", treatment="multi_purpose"))

    assert terms.pays
    assert read_coupon(given(name="x", amount="50", treatment="multi-purpose")) == terms


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "x", "amount": "5", "treatment": "gift"}, "treatment: is one of price_cut, single_purpose"),
        ({"name": "x", "amount": "5", "order_value": "net"}, "order_value: is one of before, after, not"),
        ({"name": "x", "amount": "5", "period": "hour"}, "period: is one of day, week, month, year"),
        ({"name": "x", "amount": "5", "period": "day"}, "a limit per period and its period"),
        ({"name": "x", "amount": "5", "max_in_period": "1"}, "a limit per period and its period"),
        ({"name": "x", "amount": "5", "period": "day", "max_in_period": "0"}, "a limit must be at least 1"),
        ({"name": "x", "amount": "5", "budget": "0"}, "a budget must be above 0"),
        ({"name": "x", "amount": "5", "order_budget": "0.001"}, "order_budget: .*2 decimals of EUR"),
        ({"name": "x", "amount": "5", "day": "friday"}, "day: a weekday is one of mon, tue, .*'friday'"),
        ({"name": "x", "amount": "5", "day": [5]}, "day: a weekday is one of mon"),
        ({"name": "x", "amount": "5", "opens": "24:00"}, "opens: the day begins at 00:00"),
        ({"name": "x", "amount": "5", "opens": "18"}, "opens: '18' is no time of day; write 18:00"),
        ({"name": "x", "amount": "5", "opens": "18:60"}, "opens: '18:60' is no time of day"),
        ({"name": "x", "amount": "5", "opens": 18.5}, "opens: '18.5' is no time of day"),
        ({"name": "x", "amount": "5", "opens": time(18, 0, 1)}, "opens: '18:00:01' is no time of day"),
        ({"name": "x", "amount": "5", "closes": "24:01"}, "closes: '24:01' is no time of day"),
        ({"name": "x", "amount": "5", "opens": "9:00", "closes": "09:00"}, "closes at the hour at which"),
        ({"name": "x", "amount": "5", "on": "2026-01-01", "until": "2026-01-02"}, "on: one date stands"),
        ({"name": "x", "amount": "5", "on": "2026-01-01T10:00"}, "on: give a date without a time"),
        ({"name": "x", "amount": "5", "stack_group": "g"}, "stack_group, most_codes: are for stackable"),
        ({"name": "x", "amount": "5", "most_codes": "2"}, "stack_group, most_codes: are for stackable"),
        ({"name": "x", "amount": "5", "stackable": True, "most_codes": "0"}, "a limit must be at least 1"),
        ({"name": "x", "amount": "5", "stackable": True, "stack_group": "g" * 41}, "at most 40 characters"),
        ({"name": "x", "amount": "5", "product": "p", "not_product": "p"}, "'p' cannot be meant and left"),
        ({"name": "x", "percent": "5", "treatment": "multi_purpose"}, "store credit .* has an amount"),
        ({"name": "x", "amount": "5", "treatment": "single_purpose"}, "needs the VAT rate"),
        (
            {"name": "x", "amount": "5", "treatment": "multi_purpose", "open_to_partners": True},
            "cannot be open to partners",
        ),
    ],
)
def test_every_mistake_in_the_further_terms_is_told(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(Mistake, match=sentence):
        read_coupon(Given(values=values, settings=BERLIN))


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
