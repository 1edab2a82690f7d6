"""Orders, payments and refunds that come by the API: once, in any order, with the same effect as calls."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flask_firstline.models import Call, Document, Posting, Redemption
from flask_firstline.services.checking_books import check_books
from flask_firstline.testing import FakeShop, make_cart, make_code, make_line, make_partner, make_terms
from tests.service.pay_kit import act
from tests.tables import file_with_tables

from .kit import Caller, kind_of, make_key


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FakeShop]:
    """Give a shop with Partner Meier, his code of 5.00 off, and 10 per cent for him."""
    with FakeShop(file_with_tables(tmp_path)) as shop:
        make_partner(shop.app, "meier", email="meier@shop.example")
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
        make_terms(shop.app, 10)
        yield shop


def order(ref: str = "o1", **more: object) -> dict[str, Any]:
    """Make an order of 2 x 62.00 with Meier's code."""
    line = {"key": "1", "product_ref": "a", "quantity": "2", "unit_price": "62.00", "vat_rate": "19"}
    body = {
        "ref": ref,
        "currency": "EUR",
        "lines": [line],
        "customer": {"ref": "ina", "email": "ina@shop.example"},
        "codes": ["VonMeier"],
        "promised_discount": "5.00",
    }
    return {**body, **more}


def paid(ref: str = "o1", **more: object) -> dict[str, Any]:
    return {"ref": ref, "order": ref, "currency": "EUR", **more}


def books_agree(shop: FakeShop) -> bool:
    return all(check.ok for check in act(shop, check_books))


def test_an_order_is_placed_once_and_the_same_again_is_known(api: Caller, shop: FakeShop) -> None:
    first = api("POST", "/orders", order())
    again = api("POST", "/orders", order())

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"].endswith("/orders/o1")
    assert (first.get_json()["new"], again.get_json()["new"]) == (True, False)
    assert first.get_json()["quote"] == again.get_json()["quote"]
    assert (first.get_json()["quote"]["discount"], first.get_json()["quote"]["total"]) == ("5.00", "119.00")
    assert [row.state for row in shop.rows(Redemption)] == ["redeemed"]


@pytest.mark.parametrize(
    "other",
    [
        {"codes": []},
        {"currency": "CHF"},
        {"customer": {"ref": "otto"}},
        {"lines": [{"key": "1", "product_ref": "a", "quantity": "1", "unit_price": "62.00"}]},
    ],
)
def test_another_order_under_a_known_ref_is_refused(api: Caller, other: dict[str, Any]) -> None:
    api.post("/orders", order(promised_discount=None))

    response = api("POST", "/orders", order(promised_discount=None, **other))

    assert (response.status_code, kind_of(response)) == (409, "told-otherwise")


def test_a_code_that_does_not_hold_is_refused_with_what_holds(api: Caller, shop: FakeShop) -> None:
    refused = api("POST", "/orders", order(codes=["VonMeier", "autumn"]))
    problem = refused.get_json()

    assert (refused.status_code, kind_of(refused)) == (422, "refused")
    assert (problem["reason"], problem["codes"], problem["quote"]["total"]) == (
        "unknown", ["vonmeier"], "119.00",
    )  # fmt: skip
    assert shop.rows(Document) == []
    assert api.post("/orders", order(codes=problem["codes"]))["new"]


def test_a_promise_that_is_too_high_is_refused_with_the_new_quote(api: Caller, shop: FakeShop) -> None:
    refused = api("POST", "/orders", order(promised_discount="6.00"))

    assert (refused.status_code, kind_of(refused)) == (409, "changed")
    assert refused.get_json()["reason"] == "changed"
    assert refused.get_json()["quote"]["discount"] == "5.00"
    assert shop.rows(Document) == []


def test_a_sale_that_has_happened_is_never_refused_but_flagged(api: Caller) -> None:
    placed = api.post("/orders", order(promised_discount="6.00", as_fact=True))

    assert placed["quote"]["discount"] == "6.00"
    assert api.get("/orders/o1")["flags"] == ["changed"]


def test_an_order_is_shown_with_its_lines_its_star_and_its_quote(api: Caller) -> None:
    placed = api.post("/orders", order(number="2026-1"))

    seen = api.get("/orders/o1")

    assert seen["quote"] == placed["quote"]
    assert seen["lines"] == [
        {"key": "1", "product_ref": "a", "title": "", "quantity": "2", "vat_rate": "19", "total": "124.00",
         "discount": "5.00"}
    ]  # fmt: skip
    assert (seen["number"], seen["customer"], seen["partner"]) == ("2026-1", "ina", "meier")
    assert (seen["credit"], seen["partner_invoice"], seen["state"]) == ("code", True, "open")
    assert [one["ref"] for one in api.get("/orders", partner="meier", paid="false")["items"]] == ["o1"]
    assert api.get("/orders", customer="otto")["items"] == []
    assert api("GET", "/orders/o2").status_code == 404


def test_a_payment_earns_what_it_would_by_a_call_in_python(api: Caller, shop: FakeShop) -> None:
    api.post("/orders", order("by-api"))
    api.post("/invoices", paid("by-api"))
    buyer = shop.add_customer("otto")
    cart = make_cart(make_line("a", "62.00", quantity=2), customer=buyer)
    shop.place(cart, "by-call", codes=["vonmeier"])
    shop.pay("by-call")

    posted = [(row.kind, row.amount, row.currency) for row in shop.rows(Posting)]

    assert len(posted) == 2
    assert posted[0] == posted[1]
    assert books_agree(shop)


def test_a_payment_is_worked_once_and_told_otherwise_is_refused(api: Caller, shop: FakeShop) -> None:
    api.post("/orders", order())

    first, again = api("POST", "/invoices", paid()), api("POST", "/invoices", paid())
    other = api("POST", "/invoices", paid(amount="1.00"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.get_json()["amount"], first.get_json()["state"]) == ("119.00", "done")
    assert {**again.get_json(), "new": True} == first.get_json()
    assert (other.status_code, kind_of(other)) == (409, "told-otherwise")
    assert len(shop.rows(Posting)) == 1
    assert api.get("/invoices", order="o1")["items"][0]["amount"] == "119.00"
    assert api.get(f"/invoices/{first.get_json()['id']}")["ref"] == "o1"


def test_facts_may_come_in_any_order(api: Caller, shop: FakeShop) -> None:
    refund = {"ref": "g1", "order": "o1", "currency": "EUR", "lines": [{"key": "1", "quantity": "1"}]}

    waits = [api.post("/refunds", refund)["state"], api.post("/invoices", paid())["state"]]
    waits.append(api.post("/orders/o1/complete", {})["state"])
    api.post("/orders", order())

    assert waits == ["waiting"] * 3
    assert api.get("/invoices")["items"][0]["state"] == "done"
    assert api.get("/refunds", refund="g1")["items"][0]["amount"] == "59.50"
    assert (api.get("/orders/o1")["paid"], api.get("/orders/o1")["returned"]) == ("119.00", {"1": "1"})
    assert books_agree(shop)


def test_an_invoice_without_an_order_needs_its_lines_and_its_customer(api: Caller) -> None:
    alone = {"ref": "r9", "currency": "EUR", "customer": {"ref": "ina"}}

    refused = api("POST", "/invoices", alone)
    stands = api.post("/invoices", {**alone, "lines": order()["lines"]})

    assert (refused.status_code, kind_of(refused)) == (422, "contradiction")
    assert (stands["amount"], stands["state"]) == ("124.00", "done")


def test_a_refund_reverses_once(api: Caller, shop: FakeShop) -> None:
    api.post("/orders", order())
    api.post("/invoices", paid())
    refund = {"ref": "g1", "order": "o1", "currency": "EUR", "reason": "broken"}

    first, again = api("POST", "/refunds", refund), api("POST", "/refunds", refund)
    other = api("POST", "/refunds", {**refund, "reason": "late"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert api.get(f"/refunds/{first.get_json()['id']}")["reason"] == "broken"
    assert (len(shop.rows(Posting)), shop.balance("meier").on_hold) == (2, Decimal("0.00"))
    assert books_agree(shop)


def test_an_order_changes_until_it_is_cancelled(api: Caller, shop: FakeShop) -> None:
    api.post("/orders", order())
    change = {name: order()[name] for name in ("currency", "customer")}
    one = {**order()["lines"][0], "quantity": "1"}

    changed = api("PUT", "/orders/o1", {**change, "lines": [one]}).get_json()
    late = api("POST", "/orders", order())
    cancelled = [api.post("/orders/o1/cancel", {}) for _ in range(2)]

    assert changed["quote"]["total"] == "57.00"
    assert kind_of(late) == "told-otherwise"
    assert [(one["state"], one["new"]) for one in cancelled] == [("cancelled", True), ("cancelled", False)]
    assert [row.state for row in shop.rows(Redemption)] == ["released"]
    assert api("PUT", "/orders/o2", {**change, "lines": [one]}).status_code == 404
    assert api("POST", "/orders/o2/cancel", {}).status_code == 404


def test_a_payment_that_failed_frees_the_code_and_the_order_may_come_again(
    api: Caller, shop: FakeShop
) -> None:
    api.post("/orders", order())

    failed, nothing = (api.post("/orders/o1/payment-failed", {}) for _ in range(2))
    again = api.post("/orders", order())

    assert (failed["state"], failed["new"], nothing["new"]) == ("failed", True, False)
    assert again["new"]
    assert api.get("/orders/o1")["state"] == "open"


def test_a_reservation_holds_the_last_use_of_a_code(api: Caller, shop: FakeShop) -> None:
    make_code(shop.app, "last", amount="3.00", max_uses=1)
    cart = {name: order()[name] for name in ("currency", "lines", "customer")}
    mine, other = {**cart, "key": "mine", "codes": ["last"]}, {**cart, "key": "other", "codes": ["last"]}

    held = api.post("/reservations", mine)
    refused = api("POST", "/reservations", other)
    unknown = api("POST", "/reservations", {**mine, "codes": ["last", "autumn"]})

    assert (held["quote"]["discount"], held["expires_at"] is not None) == ("3.00", True)
    assert (refused.status_code, refused.get_json()["reason"]) == (422, "used_up")
    assert unknown.get_json()["reason"] == "unknown"
    placed = api.post("/orders", order(codes=None, cart_key="mine", promised_discount="3.00"))
    assert placed["quote"]["codes"] == ["last"]


def test_other_codes_take_the_place_of_those_that_were_reserved(api: Caller, shop: FakeShop) -> None:
    make_code(shop.app, "last", amount="3.00", max_uses=1)
    cart = {**{name: order()[name] for name in ("currency", "lines")}, "key": "mine"}

    api.post("/reservations", {**cart, "codes": ["last"]})
    api.post("/reservations", {**cart, "codes": ["vonmeier"], "customer": {"ref": "ina"}})
    freed = api.get("/redemptions", state="released")["items"]
    gone = api("DELETE", "/reservations/mine")

    assert [one["code"] for one in freed] == ["last"]
    assert (gone.status_code, gone.data) == (204, b"")
    assert api.get("/redemptions", state="reserved")["items"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/orders", order(lines=[])),
        ("/orders", order(more=1)),
        ("/orders", order(total=119)),
        ("/invoices", paid(amount="1,00")),
        ("/refunds", {"ref": "g", "currency": "EUR"}),
        ("/orders/o1/cancel", {"why": "x"}),
    ],
)
def test_what_is_no_fact_is_refused(api: Caller, shop: FakeShop, path: str, body: object) -> None:
    response = api("POST", path, body)

    assert (response.status_code in (400, 422), kind_of(response) != "") == (True, True)
    assert shop.rows(Call) == []


def test_keys_that_only_read_write_nothing(shop: FakeShop) -> None:
    reader = Caller(shop, make_key(shop, "reader", ["orders:read", "invoices:read"]))

    assert reader("GET", "/orders").status_code == 200
    assert [reader("POST", path, {}).status_code for path in ("/orders", "/invoices", "/refunds")] == [
        403
    ] * 3
