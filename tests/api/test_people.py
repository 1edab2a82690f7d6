"""Events, fields and segments that come by the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Contact, Event
from flask_firstline.testing import FakeShop
from tests.tables import file_with_tables

from .kit import Caller, kind_of, make_key


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FakeShop]:
    with FakeShop(file_with_tables(tmp_path)) as shop, shop.app.app_context():
        told = Customer(ref="17", email="ina@shop.example", data={"plan": "free", "segments": ["b2b"]})
        shop.firstline.customer_registered(told, commit=True)
        yield shop


@pytest.fixture
def caller(shop: FakeShop) -> Caller:
    return Caller(shop, make_key(shop, "crm"))


def work(shop: FakeShop) -> None:
    assert not work_once(shop.state).failed


def test_an_event_is_recorded_once_by_its_ref(shop: FakeShop, caller: Caller) -> None:
    sent = {"name": "deal_won", "customer": "17", "ref": "d-1", "data": {"seats": 12, "value": "99.50"}}

    first, again = caller.post("/events", sent), caller.post("/events", sent)
    work(shop)

    assert (first["new"], again["new"]) == (True, False)
    events = shop.rows(Event, kind="event")
    assert [(one.name, one.data) for one in events] == [("deal_won", {"seats": 12, "value": "99.50"})]


def test_an_event_without_a_ref_is_always_new_but_not_under_an_idempotency_key(
    shop: FakeShop, caller: Caller
) -> None:
    sent = {"name": "visit", "customer": "17"}

    for key in ("k-1", "k-1", "k-2"):
        caller.post("/events", sent, key=key)
    work(shop)

    assert len(shop.rows(Event, kind="event")) == 2


def test_an_event_may_be_about_somebody_the_shop_does_not_know(shop: FakeShop, caller: Caller) -> None:
    caller.post("/events", {"name": "demo_done", "email": "lead@elsewhere.example"})
    work(shop)

    lead = shop.rows(Contact, email="lead@elsewhere.example")[0]
    assert [one.contact_id for one in shop.rows(Event, kind="event")] == [lead.id]


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "x"},
        {"name": "", "customer": "17"},
        {"customer": "17"},
        {"name": "x", "customer": "17", "data": {"a b": 1}},
        {"name": "x", "customer": "17", "data": {"a": 1.5}},
        {"name": "x", "customer": "17", "data": {"a": {"b": 1}}},
        {"name": "x", "customer": "17", "more": 1},
    ],
)
def test_what_is_no_event_is_refused(caller: Caller, sent: dict[str, object]) -> None:
    refused = caller("POST", "/events", sent)

    assert (refused.status_code in (400, 422), kind_of(refused) != "") == (True, True)


def test_fields_change_one_by_one_and_rules_hear_of_each(shop: FakeShop, caller: Caller) -> None:
    changed = caller("PATCH", "/contacts/17", {"fields": {"seats": 5, "plan": None}}).get_json()
    caller("PATCH", "/contacts/17", {"fields": {"seats": 5}})
    work(shop)

    assert (changed["ref"], changed["type"], changed["fields"]) == ("17", "prospect", {"seats": 5})
    assert (changed["segments"], changed["tags"]) == (["b2b"], [])
    assert caller.get("/contacts/17") == changed
    told = [
        (one.name, one.data["before"], one.data["after"]) for one in shop.rows(Event, kind="field_changed")
    ]
    assert told == [("plan", None, "free"), ("plan", "free", None), ("seats", None, 5)]


def test_segments_are_put_as_a_whole(shop: FakeShop, caller: Caller) -> None:
    put = caller("PUT", "/contacts/17/segments", {"segments": ["vip", "vip", "news"]}).get_json()
    work(shop)

    assert put["segments"] == ["vip", "news"]
    assert put["fields"] == {"plan": "free"}
    assert sorted(one.name for one in shop.rows(Event, kind="segment_added")) == ["b2b", "news", "vip"]
    assert [one.name for one in shop.rows(Event, kind="segment_removed")] == ["b2b"]


def test_segments_are_no_field(caller: Caller) -> None:
    assert caller("PATCH", "/contacts/17", {"fields": {"segments": ["x"]}}).status_code == 422


@pytest.mark.parametrize(("method", "path"), [("GET", "/contacts/99"), ("PATCH", "/contacts/99")])
def test_an_unknown_contact_is_not_found(caller: Caller, method: str, path: str) -> None:
    found = caller(method, path, None if method == "GET" else {"fields": {"a": 1}})

    assert (found.status_code, kind_of(found)) == (404, "not-found")
