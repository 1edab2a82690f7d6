"""Terms as people write them: what was read is written back, and changes touch only what is typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from flask_firstline.config import Settings
from flask_firstline.domain.coupon import CouponTerms, Treatment
from flask_firstline.services.mistakes import Mistake
from flask_firstline.services.reading import COUPON_FIELDS, Given, read_coupon
from flask_firstline.services.writing import overlaid, write_coupon

BERLIN = Settings(timezone="Europe/Berlin")

EVERYTHING: dict[str, Any] = {
    "name": "Everything", "percent": "12.5", "treatment": "goodwill", "cap": "8.00", "currency": "CHF",
    "min_order": "20.00", "max_order": "500.00", "order_value": "after", "product": ["p1", "p2"],
    "category": ["tea"], "not_product": ["p3"], "not_category": ["gift"], "new_customers_only": True,
    "max": 100, "max_per_code": 10, "max_per_customer": 2, "period": "month", "max_in_period": 50,
    "max_per_customer_in_period": 1, "budget": "1000.00", "order_budget": "9000.00", "from": "2026-06-01",
    "until": "2026-06-30", "day": ["mon", "sun"], "opens": "22:00", "closes": "02:00", "vat_rate": "19",
    "priority": 5, "stackable": True, "stack_group": "spring", "most_codes": 3, "link_only": True,
    "campaign": "Spring sale",
    "minimum_again": True, "open_to_partners": True, "give_back": "always",
}  # fmt: skip
OTHERS: dict[str, dict[str, Any]] = {
    "amount": {"name": "x", "amount": "5.00", "currency": "EUR"},
    "free_shipping": {"name": "x", "free_shipping": True},
    "moments": {
        "name": "x", "percent": "5", "from": "2026-10-25T02:30:00+02:00",
        "until": "2026-10-25T02:30:00+01:00",
    },
    "yen": {"name": "x", "amount": "500", "currency": "JPY"},
    "whole day": {"name": "x", "percent": "5", "closes": "24:00", "opens": "00:00"},
}  # fmt: skip


def read(values: dict[str, Any]) -> CouponTerms:
    return read_coupon(Given(values=values, settings=BERLIN))


def written(values: dict[str, Any]) -> dict[str, Any]:
    return write_coupon(
        read(values),
        zone=BERLIN.zone,
        open_to_partners=values.get("open_to_partners", False),
        give_back=values.get("give_back"),
    )


@pytest.mark.parametrize("values", [EVERYTHING, *OTHERS.values()], ids=["everything", *OTHERS])
def test_what_was_read_is_written_as_it_was(values: dict[str, Any]) -> None:
    assert written(values) == values


def test_every_name_is_written_somewhere() -> None:
    found = {name for values in (EVERYTHING, *OTHERS.values()) for name in written(values)}

    assert set(COUPON_FIELDS) - found == {"on"}, "one date is written as from and until"


def changed(values: dict[str, Any], **typed: Any) -> CouponTerms:
    named = {name.rstrip("_"): value for name, value in typed.items()}
    return read_coupon(overlaid(written(values), named, BERLIN))


def test_only_what_is_typed_changes() -> None:
    assert changed(EVERYTHING) == read(EVERYTHING)
    assert changed(EVERYTHING, max="7", name="Else") == read({**EVERYTHING, "max": 7, "name": "Else"})


# fmt: off
@pytest.mark.parametrize("name", [
    "cap", "min_order", "max_order", "order_value", "product", "category", "not_product", "not_category",
    "max", "max_per_code", "max_per_customer", "max_in_period", "max_per_customer_in_period", "budget",
    "order_budget", "from", "until", "day", "opens", "closes", "vat_rate", "priority", "stack_group",
    "most_codes", "treatment",
])
# fmt: on
def test_an_empty_text_takes_a_term_away(name: str) -> None:
    left = {key: value for key, value in EVERYTHING.items() if key != name}

    assert changed(EVERYTHING, **{name: ""}) == read(left)
    assert changed(EVERYTHING, **{name: ("",)}) == read(left)


@pytest.mark.parametrize("name", ["new_customers_only", "link_only", "open_to_partners"])
def test_a_switch_is_switched_off(name: str) -> None:
    assert changed(EVERYTHING, **{name: False}) == read({**EVERYTHING, name: False})


def test_another_kind_of_discount_takes_the_first_one_away() -> None:
    terms = changed(EVERYTHING, amount="5")

    assert (terms.amount, terms.percent, terms.cap) == (500, None, None)
    assert changed(OTHERS["amount"], percent="10", cap="3").cap == 300
    assert changed(EVERYTHING, percent="20").cap == 800
    assert changed(OTHERS["amount"], free_shipping=True).amount is None


def test_standing_alone_takes_group_and_number_away() -> None:
    terms = changed(EVERYTHING, stackable=False)

    assert (terms.stackable, terms.stack_group, terms.most_codes) == (False, None, None)


def test_the_period_goes_with_its_last_limit() -> None:
    one_left = changed(EVERYTHING, max_in_period="")
    none_left = changed(EVERYTHING, max_in_period="", max_per_customer_in_period="")

    assert (one_left.period, none_left.period) == (read(EVERYTHING).period, None)
    with pytest.raises(Mistake, match="a limit per period and its period"):
        changed(EVERYTHING, period="")


def test_one_date_takes_the_place_of_both() -> None:
    terms = changed(EVERYTHING, on="2026-07-01")

    assert terms.valid_from == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert terms.valid_until == datetime(2026, 7, 1, 22, tzinfo=UTC)


def test_what_stays_is_held_against_what_is_new() -> None:
    with pytest.raises(Mistake, match="store credit"):
        changed(EVERYTHING, treatment="multi_purpose")
    assert changed(OTHERS["amount"], treatment="multi_purpose").treatment is Treatment.MULTI_PURPOSE
