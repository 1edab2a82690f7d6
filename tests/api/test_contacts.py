"""Contacts and touches that come by the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_firstline.models import Audit, Contact, Touch
from flask_firstline.testing import FakeShop, make_code, make_partner
from tests.tables import file_with_tables

from .kit import Caller, kind_of
from .test_orders import order


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FakeShop]:
    """Give a shop with Partner Meier and his code, 5.00 off."""
    with FakeShop(file_with_tables(tmp_path)) as shop:
        make_partner(shop.app, "meier", email="meier@shop.example")
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
        yield shop


INA = {"ref": "ina", "email": "ina@shop.example", "name": "Ina Test", "data": {"plan": "free"}}


def test_a_sign_up_with_a_code_joins_a_first_line(api: Caller, shop: FakeShop) -> None:
    first = api("POST", "/contacts", {**INA, "code": "VonMeier"})
    again = api("POST", "/contacts", {**INA, "phone": "030 1"})

    told = first.get_json()
    assert (first.status_code, told["new"], told["refusal"]) == (201, True, None)
    assert (told["type"], told["sponsor"], told["fields"]) == ("prospect", "meier", {"plan": "free"})
    assert (again.status_code, again.get_json()["new"], again.get_json()["phone"]) == (200, False, "030 1")
    assert [one["ref"] for one in api.get("/contacts", sponsor="meier", type="prospect")["items"]] == ["ina"]
    assert [one["ref"] for one in api.get("/contacts", partner="true")["items"]] == ["meier"]
    history = [(one["kind"], one["how"], one["partner"], one["code"]) for one in api.get(
        "/contacts/ina/history")["items"]]  # fmt: skip
    assert ("sponsor", "sign-up", "meier", "vonmeier") in history


def test_a_code_that_does_not_attach_costs_no_sign_up(api: Caller) -> None:
    told = api.post("/contacts", {**INA, "code": "autumn"})

    assert (told["new"], told["refusal"], told["sponsor"]) == (True, "unknown", None)


def test_a_guest_is_told_by_the_address_alone(api: Caller) -> None:
    api.post("/contacts", {"email": "guest@shop.example"})

    found = api.get("/contacts", email="Guest@Shop.Example")["items"]

    assert [(one["ref"], one["email"]) for one in found] == [(None, "guest@shop.example")]
    assert kind_of(api("POST", "/contacts", {"name": "Nobody"})) == "contradiction"


def test_details_change_and_what_is_not_named_stays(api: Caller) -> None:
    api.post("/contacts", INA)

    changed = api("PATCH", "/contacts/ina", {"name": "Ina Neu", "fields": {"seats": 2}}).get_json()

    assert (changed["name"], changed["email"]) == ("Ina Neu", "ina@shop.example")
    assert changed["fields"] == {"plan": "free", "seats": 2}
    assert api("PATCH", "/contacts/otto", {"name": "Otto"}).status_code == 404
    assert api("PATCH", "/contacts/ina", {"name": None}).status_code == 400


def test_a_person_is_exported_and_forgotten_under_the_name_of_the_key(api: Caller, shop: FakeShop) -> None:
    api.post("/contacts", INA)

    export = api.get("/contacts/ina/export")
    gone = api("DELETE", "/contacts/ina")

    assert export["about"]["emails"] == ["ina@shop.example"]
    assert {"contact", "history"} <= {part["name"] for part in export["parts"]}
    assert (gone.status_code, gone.data) == (204, b"")
    assert [api(method, "/contacts/ina").status_code for method in ("GET", "DELETE")] == [404, 404]
    assert shop.rows(Contact, email="ina@shop.example") == []
    acts = [(row.who, row.act) for row in shop.rows(Audit) if row.noun == "contact"]
    assert acts[-2:] == [("warehouse", "export"), ("warehouse", "erase")]


def test_an_order_follows_the_touch_of_its_visitor(api: Caller, shop: FakeShop) -> None:
    touch = {"partner": "meier", "visitor": "v1", "path": "/balm", "client": "203.0.113.9",
             "utm": {"utm_source": "mail"}}  # fmt: skip

    first, again = api.post("/touches", touch), api.post("/touches", touch)
    api.post("/orders", order(codes=[], promised_discount=None, visitor="v1"))

    assert (first["counted"], again["counted"], first["partner"]) == (True, False, "meier")
    assert api.get("/orders/o1")["partner"] == "meier"
    assert api.get("/contacts/ina")["sponsor"] == "meier"
    kept = api.get("/touches", customer="ina")["items"][0]
    assert (kept["link"], kept["path"], kept["utm"]) == (first["link"], "/balm", {"utm_source": "mail"})
    assert [row.network for row in shop.rows(Touch)] == ["203.0.113.0/24"]


def test_who_may_not_be_known_again_carries_the_link_to_the_sign_up(api: Caller) -> None:
    told = api.post("/touches", {"code": "VonMeier"})

    contact = api.post("/contacts", {**INA, "visitor": told["carry"]})

    assert contact["sponsor"] == "meier"
    assert api.get("/touches", link=told["link"])["items"][0]["visitor"] is None


@pytest.mark.parametrize(
    "sent",
    [{}, {"partner": "meier", "code": "vonmeier"}, {"partner": "otto"}, {"code": "autumn"}, {"link": "ABC"}],
)
def test_a_touch_of_nobody_is_refused(api: Caller, shop: FakeShop, sent: dict[str, object]) -> None:
    refused = api("POST", "/touches", sent)

    assert (refused.status_code, kind_of(refused)) == (422, "contradiction")
    assert shop.rows(Touch) == []
