"""The further terms in the admin's form: typed, told back in a sentence, refused at their field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from flask_firstline.models import Coupon
from flask_firstline.testing import make_coupon

from .office import PREFIX, Office, rows, send, text

NEW = f"{PREFIX}/coupons/new"
FIVE = {"name": "Friday", "kind": "amount", "currency": "EUR", "amount": "5.00"}
FULL: dict[str, Any] = {
    **FIVE, "min_order": "20.00", "order_value": "after", "minimum_again": "y", "not_products": "card\ngift",
    "not_categories": "books",
    "new_customers_only": "y", "link_only": "y", "days": ["4", "5"], "opens": "18:00", "closes": "02:00",
    "max_uses": "100", "period": "week", "max_in_period": "9", "max_per_customer_in_period": "1",
    "budget": "500.00", "order_budget": "5,000.00", "stackable": "y", "stack_group": "spring",
    "campaign": "Spring sale",
    "most_codes": "2", "priority": "5",
}  # fmt: skip
SENTENCE = (
    "€5.00 off, from €20.00 after discount, also when the order is changed, "
    "not on card, gift, category books, new customers only, by link only, Fri, Sat 18:00–02:00, "
    "at most 100 times, at most 9 times a week, "
    "at most 1 time a week per customer, discounts of at most €500.00 in all, "
    "orders of at most €5,000.00 in all, beside codes of other groups than spring, "
    "at most 2 codes on an order"
)


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(FIRSTLINE_TIMEZONE="Europe/Berlin") as shop:
        yield shop


def test_what_a_coupon_does_is_said_when_it_is_saved_in_the_list_and_in_its_form(office: Office) -> None:
    browser = office.ines()

    answer = send(browser, NEW, FULL)

    assert answer.status_code == 303
    page = text(browser.get(answer.location)).replace("\xa0", " ")
    assert f"The coupon Friday is made: {SENTENCE}. Now it needs codes." in page
    assert page.count(SENTENCE) == 2, "in the list too"
    key = office.rows(Coupon)[0].id
    assert f"What it does: {SENTENCE}." in text(browser.get(f"{PREFIX}/coupons/{key}/edit"))


def test_all_terms_stand_in_the_form_as_they_can_be_saved_again(office: Office) -> None:
    browser = office.ines()
    send(browser, NEW, FULL)
    [before] = office.rows(Coupon)
    address = f"{PREFIX}/coupons/{before.id}/edit"

    page = browser.get(address).get_data(as_text=True)
    answer = send(browser, address, filled(page))

    assert answer.status_code == 303
    assert office.rows(Coupon) == [before]
    assert ("coupon", "change") not in {(noun, act) for _who, act, noun in office.acts()}


def filled(page: str) -> dict[str, Any]:
    """Give what a browser would send of a form."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values["type"] == "hidden" if "type" in values else False:
            continue
        if values.get("type") == "checkbox" and " checked" not in tag:
            continue
        found.setdefault(values["name"], []).append(values.get("value", ""))
    for name, body in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', page):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    for name, body in re.findall(r'(?s)<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page):
        found[name] = body
    return found


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("vat_rate", {"treatment": "single_purpose"}, "the rate at which the voucher was sold"),
        ("vat_rate", {"treatment": "multi_purpose", "vat_rate": "7"}, "Store credit leaves VAT alone"),
        ("kind", {"treatment": "multi_purpose", "kind": "shipping"}, "Store credit is an amount of money."),
        (
            "kind",
            {"treatment": "single_purpose", "kind": "shipping", "vat_rate": "7"},
            "free shipping is a price cut",
        ),
        (
            "percent",
            {"treatment": "single_purpose", "kind": "percent", "percent": "99", "vat_rate": "7"},
            "pays in full",
        ),
        ("open_to_partners", {"treatment": "multi_purpose", "open_to_partners": "y"}, "cannot be open to"),
        ("treatment", {"treatment": "magic"}, "Please choose one of the list."),
        ("order_value", {"order_value": "net"}, "Please choose one of the list."),
        ("period", {"max_in_period": "1"}, "choose the period"),
        ("period", {"period": "hour", "max_in_period": "1"}, "Please choose one of the list."),
        ("max_in_period", {"period": "day"}, "how many times in each period"),
        ("max_in_period", {"period": "day", "max_in_period": "0"}, "1 or more"),
        ("budget", {"budget": "0"}, "an amount above 0"),
        ("order_budget", {"order_budget": "-1"}, "an amount above 0"),
        ("budget", {"budget": "much"}, "This is no amount"),
        ("opens", {"opens": "24:00"}, "This is no time of day"),
        ("opens", {"opens": "18:00:30"}, "This is no time of day"),
        ("closes", {"closes": "noon"}, "This is no time of day"),
        ("closes", {"opens": "10:00", "closes": "10:00"}, "at the hour at which it opens"),
        ("stack_group", {"stack_group": "g"}, "tick that too"),
        ("most_codes", {"most_codes": "2"}, "tick that too"),
        ("most_codes", {"stackable": "y", "most_codes": "0"}, "1 or more"),
        ("stack_group", {"stackable": "y", "stack_group": "g" * 41}, "At most 40 characters"),
        ("not_products", {"products": "a\nb", "not_products": "b"}, "b cannot be meant and left out"),
        ("not_categories", {"categories": "a", "not_categories": "a"}, "a cannot be meant and left out"),
    ],
)
def test_what_does_not_go_together_is_said_at_its_field(
    office: Office, field: str, given: dict[str, str], words: str
) -> None:
    answer = send(office.ines(), NEW, {**FIVE, **given})
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    said = re.search(rf'(?s)id="{field}-error"[^>]*>(.*?)</p>', page)
    assert said is not None, "the error is tied to the field"
    assert words in re.sub("<[^>]*>", "", said[1])
    assert office.rows(Coupon) == []


# fmt: off
@pytest.mark.parametrize(("opens", "closes", "minutes"), [
    ("", "", (None, None)), ("00:00", "", (0, None)), ("23:59", "00:01", (1439, 1)),
    ("00:00", "00:00", (0, 1440)), ("22:00", "02:00", (1320, 120)),
])
# fmt: on
def test_hours_are_kept_to_the_minute(
    office: Office, opens: str, closes: str, minutes: tuple[int | None, int | None]
) -> None:
    browser = office.ines()
    assert send(browser, NEW, {**FIVE, "opens": opens, "closes": closes}).status_code == 303

    [coupon] = office.rows(Coupon)
    page = browser.get(f"{PREFIX}/coupons/{coupon.id}/edit").get_data(as_text=True)

    assert (coupon.opens, coupon.closes) == minutes
    assert f'name="opens" value="{opens}"' in page
    assert f'name="closes" value="{closes}"' in page


def test_days_are_those_that_are_ticked_and_nonsense_is_none(office: Office) -> None:
    send(office.ines(), NEW, {**FIVE, "days": ["6", "0", "7", "-1", "x", "0", "01", ""]})

    assert office.rows(Coupon)[0].days == [0, 6]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("vat=multi_purpose", ["Credit"]),
        ("vat=price_cut", ["Plain", "Ten"]),
        ("takes=percent", ["Ten"]),
        ("for=link", ["Ten"]),
        ("vat=magic", ["Credit", "Plain", "Ten"]),
    ],
)
def test_the_list_is_narrowed_by_kind(office: Office, asked: str, names: list[str]) -> None:
    browser = office.ines()
    make_coupon(office.app, "Plain")
    send(browser, NEW, {**FIVE, "name": "Credit", "treatment": "multi_purpose"})
    send(
        browser,
        NEW,
        {"name": "Ten", "kind": "percent", "percent": "10", "currency": "EUR", "link_only": "y"},
    )

    assert rows(browser.get(f"{PREFIX}/coupons?{asked}&sort=name")) == names
