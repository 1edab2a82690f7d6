"""Coupons by the API: the same terms as by the command line, in every field."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from flask_firstline.api.coupon_schemas import OFFERED, TERMS
from flask_firstline.config import read_settings
from flask_firstline.domain.coupon import CouponTerms
from flask_firstline.models import Audit, Coupon
from flask_firstline.services.candidates import terms_of
from flask_firstline.services.coupon_values import values_of
from flask_firstline.services.reading import COUPON_FIELDS, Given, read_coupon
from flask_firstline.testing import FakeShop

from .kit import Caller, kind_of

FOR_PEOPLE = {"on"}
"""One date: a program gives `from` and `until`."""
NAMES = {
    "kind": "amount, percent, free_shipping", "products": "product", "categories": "category",
    "not_products": "not_product", "not_categories": "not_category", "max_uses": "max",
    "valid_from": "from", "valid_until": "until", "days": "day",
}  # fmt: skip
"""Terms that are written by other names."""
FULL: dict[str, Any] = {
    "name": "Everything", "percent": "12.5", "treatment": "goodwill", "cap": "30.00", "currency": "EUR",
    "min_order": "20.00", "max_order": "500.00", "order_value": "after", "product": ["balsam", "tea"],
    "category": ["care"], "not_product": ["voucher"], "not_category": ["books"], "new_customers_only": True,
    "max": 100, "max_per_code": 10, "max_per_customer": 2, "period": "month", "max_in_period": 50,
    "max_per_customer_in_period": 1, "budget": "1000.00", "order_budget": "9000.00",
    "from": "2026-11-20T00:00:00+00:00", "until": "2026-12-24T23:00:00+00:00", "day": ["fri", "sat"],
    "opens": "18:00", "closes": "02:00", "vat_rate": "19", "priority": -5, "stackable": True,
    "stack_group": "autumn", "most_codes": 2, "link_only": True, "minimum_again": True,
    "campaign": "Autumn",
    "open_to_partners": True,
    "give_back": "always",
}  # fmt: skip


def offered(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in OFFERED}


def test_no_name_that_a_coupon_can_be_given_by_is_missing() -> None:
    missing = sorted(set(COUPON_FIELDS) - set(TERMS) - FOR_PEOPLE)

    assert not missing, f"give these names a field in plugin/api/coupon_schemas.py: {', '.join(missing)}"


def test_no_term_of_a_coupon_is_missing() -> None:
    written = {part for name in TERMS for part in (name,)}
    missing = [
        term.name
        for term in fields(CouponTerms)
        if not {part.strip() for part in NAMES.get(term.name, term.name).split(",")} <= written
    ]

    assert not missing, f"these terms cannot be given by the API: {', '.join(missing)}"


def test_what_is_given_is_what_is_kept_and_told(api: Caller, shop: FakeShop) -> None:
    given = offered(FULL)

    made = api.post("/coupons", given)

    assert {name: made[name] for name in given} == given
    assert made == api.get(f"/coupons/{made['id']}")
    with shop.app.app_context():
        kept = terms_of(shop.rows(Coupon, name="Everything")[0])
        settings = read_settings({})
    assert kept == read_coupon(Given(values=given, settings=settings))


def test_what_is_told_is_read_back_as_the_same_terms(api: Caller, shop: FakeShop) -> None:
    made = api.post("/coupons", offered(FULL))
    row = shop.rows(Coupon, name="Everything")[0]

    told = {name: value for name, value in values_of(row).items() if name in COUPON_FIELDS}
    again = api("PUT", f"/coupons/{made['id']}", {n: v for n, v in made.items() if n in OFFERED})

    given = {name: value for name, value in told.items() if value not in (None, [])}
    assert read_coupon(Given(values=given, settings=shop.state.settings)) == terms_of(row)
    assert again.get_json() == made
    assert len(shop.rows(Audit, noun="coupon", subject="Everything")) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Ten", "percent": "10"},
        {"name": "Free shipping", "free_shipping": True},
        {"name": "Yen", "amount": "500", "currency": "JPY"},
        {"name": "Dinar", "amount": "0.005", "currency": "BHD"},
        {"name": "Nulls", "amount": "5", "cap": None, "product": [], "max": None, "stackable": False},
        {"name": "Größe 10 € – „neu“", "amount": "5.00"},
    ],
)
def test_coupons_of_every_kind_are_made(api: Caller, given: dict[str, Any]) -> None:
    made = api.post("/coupons", given)

    assert made["name"] == given["name"]
    assert made["active"] is True


@pytest.mark.parametrize(
    ("given", "status", "named"),
    [
        ({"amount": "5.00"}, 400, "/name"),
        ({"name": 5, "amount": "5.00"}, 400, "/name"),
        ({"name": "", "amount": "5.00"}, 400, "/name"),
        ({"name": "x" * 101, "amount": "5.00"}, 400, "/name"),
        ({"name": "a\x00b", "amount": "5.00"}, 400, "/name"),
        ({"name": "a\ud800b", "amount": "5.00"}, 400, "/name"),
        ({"name": "A", "amount": 5}, 400, "/amount"),
        ({"name": "A", "amount": "5,00"}, 400, "/amount"),
        ({"name": "A", "amount": " 5.00"}, 400, "/amount"),
        ({"name": "A", "amount": "5.00\n"}, 400, "/amount"),
        ({"name": "A", "amount": "1e3"}, 400, "/amount"),
        ({"name": "A", "amount": "٥"}, 400, "/amount"),
        ({"name": "A", "amount": "-5.00"}, 400, "/amount"),
        ({"name": "A", "amount": "5.00", "max": True}, 400, "/max"),
        ({"name": "A", "amount": "5.00", "max": 1.5}, 400, "/max"),
        ({"name": "A", "amount": "5.00", "max": 0}, 400, "/max"),
        ({"name": "A", "amount": "5.00", "max": 10**9 + 1}, 400, "/max"),
        ({"name": "A", "amount": "5.00", "stackable": "yes"}, 400, "/stackable"),
        ({"name": "A", "amount": "5.00", "stackable": 1}, 400, "/stackable"),
        ({"name": "A", "amount": "5.00", "product": "balsam"}, 400, "/product"),
        ({"name": "A", "amount": "5.00", "product": [7]}, 400, "/product/0"),
        ({"name": "A", "amount": "5.00", "from": "2026-11-20"}, 400, "/from"),
        ({"name": "A", "amount": "5.00", "from": "2026-11-20T18:00:00"}, 400, "/from"),
        ({"name": "A", "amount": "5.00", "from": "2026-02-30T18:00:00Z"}, 400, "/from"),
        ({"name": "A", "amount": "5.00", "colour": "red"}, 400, "/colour"),
        ({"name": "A", "amount": "5.00", "id": 7}, 400, "/id"),
        ({"name": "A"}, 422, "amount"),
        ({"name": "A", "amount": "5.00", "percent": "10"}, 422, "amount"),
        ({"name": "A", "amount": "0"}, 422, "amount"),
        ({"name": "A", "amount": "5.001"}, 422, "decimals"),
        ({"name": "A", "amount": "5.00", "currency": "XXX"}, 422, "currency"),
        ({"name": "A", "amount": "5.00", "min_order": "9.00", "max_order": "8.00"}, 422, "minimum"),
        ({"name": "A", "percent": "10", "vat_rate": "19", "cap": "0"}, 422, "cap"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(
    api: Caller, shop: FakeShop, given: dict[str, Any], status: int, named: str
) -> None:
    response = api("POST", "/coupons", given)

    assert response.status_code == status, response.get_json()
    problem = response.get_json()
    told = [error["pointer"] for error in problem.get("errors", [])] or problem["detail"]
    assert named in told
    assert [row.name for row in shop.rows(Coupon)] == ["Coupon vonmeier"]


def test_a_name_that_is_taken_is_a_conflict(api: Caller) -> None:
    api.post("/coupons", {"name": "Welcome", "amount": "5.00"})
    other = api.post("/coupons", {"name": "Other", "amount": "5.00"})

    again = api("POST", "/coupons", {"name": "Welcome", "percent": "10"})
    renamed = api("PATCH", f"/coupons/{other['id']}", {"name": "Welcome"})

    assert kind_of(again) == kind_of(renamed) == "name-taken"


def test_a_patch_changes_what_it_names_and_null_takes_it_away(api: Caller) -> None:
    made = api.post("/coupons", {"name": "W", "amount": "5.00", "min_order": "20.00", "max": 7})

    changed = api("PATCH", f"/coupons/{made['id']}", {"min_order": None, "max": 8}).get_json()

    assert changed == {**made, "min_order": None, "max": 8}


def test_a_put_takes_away_what_it_does_not_name(api: Caller) -> None:
    made = api.post("/coupons", {"name": "W", "amount": "5.00", "min_order": "20.00", "max": 7})

    changed = api("PUT", f"/coupons/{made['id']}", {"name": "W", "amount": "6.00"}).get_json()

    assert changed == {**made, "amount": "6.00", "min_order": None, "max": None}


def test_a_patch_of_one_kind_to_another_says_so(api: Caller) -> None:
    made = api.post("/coupons", {"name": "W", "amount": "5.00"})
    place = f"/coupons/{made['id']}"

    assert kind_of(api("PATCH", place, {"percent": "10"})) == "contradiction"
    assert api("PATCH", place, {"percent": "10", "amount": None}).get_json()["percent"] == "10"


def test_every_change_stands_in_the_log_under_the_name_of_the_key(api: Caller, shop: FakeShop) -> None:
    made = api.post("/coupons", {"name": "W", "amount": "5.00"})
    api("PATCH", f"/coupons/{made['id']}", {"amount": "6.00"})
    api("PUT", f"/coupons/{made['id']}/active", {"active": False})
    off = api("PUT", f"/coupons/{made['id']}/active", {"active": False}).get_json()

    acts = [(row.who, row.act) for row in shop.rows(Audit, noun="coupon", subject="W")]
    assert acts == [("warehouse", "create"), ("warehouse", "change"), ("warehouse", "switch off")]
    assert off["active"] is False


def test_lists_come_in_pages_without_gaps_while_rows_are_added(api: Caller) -> None:
    for number in range(5):
        api.post("/coupons", {"name": f"C{number}", "percent": "10"})

    first = api.get("/coupons", limit=4)
    api.post("/coupons", {"name": "late", "percent": "10"})
    second = api.get("/coupons", limit=4, after=first["next"])

    names = [item["name"] for item in first["items"] + second["items"]]
    assert names == ["Coupon vonmeier", "C0", "C1", "C2", "C3", "C4", "late"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"name": "A"}, ["A"]),
        ({"active": "false"}, ["A"]),
        ({"active": "true"}, ["Coupon vonmeier", "B"]),
        ({"name": "A", "active": "true"}, []),
        ({"limit": 3}, ["Coupon vonmeier", "A", "B"]),
        ({"after": 9223372036854775807}, []),
    ],
)
def test_lists_are_narrowed(api: Caller, asked: dict[str, object], names: list[str]) -> None:
    made = api.post("/coupons", {"name": "A", "percent": "10"})
    api.post("/coupons", {"name": "B", "percent": "10"})
    api("PUT", f"/coupons/{made['id']}/active", {"active": False})

    assert [item["name"] for item in api.get("/coupons", **asked)["items"]] == names


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"limit": ""}, {"after": "-1"}, {"after": "1.0"},
        {"after": "9" * 30}, {"active": "1"}, {"active": "True"}, {"colour": "red"}, {"name": "a\x00"},
    ],
)  # fmt: skip
def test_a_question_that_means_nothing_is_refused(api: Caller, asked: dict[str, str]) -> None:
    response = api("GET", "/coupons", query_string=asked)

    assert kind_of(response) == "malformed"
    assert [error["pointer"] for error in response.get_json()["errors"]] == list(asked)
