"""Shopify tells by webhook: each turn of its bodies, twice, leaves the same books."""

from __future__ import annotations

from itertools import permutations

import pytest

from flask_firstline.models import Body, Call, Contact, Document, Product
from flask_firstline.services import sources
from flask_firstline.testing import FakeShop

from .hook_kit import (
    Json,
    act,
    add_source,
    books_agree,
    kinds,
    partners_link,
    post_shopify,
    received,
    states,
    work,
)
from .kit import earned, sponsor

SECRET = "shpss_of_the_app"


@pytest.fixture
def mount() -> tuple[str, ...]:
    return ("hooks",)


@pytest.fixture
def spy(shop: FakeShop) -> FakeShop:
    add_source(shop, "spy", "shopify", SECRET)
    return shop


def order(**more: object) -> Json:
    """Give an order as Shopify sends it: 2 x 20.00 and 1 x 10.00 with 19 per cent in them, 5.00 off."""
    body: Json = {
        "id": 450789469, "admin_graphql_api_id": "gid://shopify/Order/450789469", "name": "#1001",
        "currency": "EUR", "financial_status": "pending", "fulfillment_status": None, "test": False,
        "created_at": "2026-03-22T11:28:02-04:00", "updated_at": "2026-03-22T11:28:02-04:00",
        "cancelled_at": None, "total_price": "49.90", "current_total_price": "49.90",
        "subtotal_price": "45.00", "total_discounts": "5.00", "taxes_included": True,
        "email": "ina@example.com", "customer_locale": "de-DE", "landing_site": "/?ref=abc",
        "landing_site_ref": "abc", "note_attributes": [],
        "discount_codes": [{"code": "VONMEIER", "amount": "5.00", "type": "fixed_amount"}],
        "discount_applications": [{"type": "discount_code", "code": "VONMEIER", "value": "5.0"}],
        "customer": {"id": 207119551, "email": "ina@example.com", "first_name": "Ina", "last_name": "Neu"},
        "billing_address": {"address1": "Weg 3", "zip": "53111", "city": "Bonn", "country_code": "DE"},
        "shipping_lines": [{"id": 1, "price": "4.90", "tax_lines": [{"rate": 0.19, "price": "0.78"}]}],
        "line_items": [
            {"id": 466157049, "variant_id": 39072856, "product_id": 632910392, "sku": "L1", "title": "Lamp",
             "quantity": 2, "price": "20.00", "tax_lines": [{"rate": 0.19, "title": "MwSt"}],
             "discount_allocations": [{"amount": "4.00", "discount_application_index": 0}]},
            {"id": 466157050, "variant_id": 7, "product_id": None, "sku": "B1", "title": "Bulb",
             "quantity": 1, "price": "10.00", "tax_lines": [{"rate": 0.19, "title": "MwSt"}],
             "discount_allocations": [{"amount": "1.00", "discount_application_index": 0}]},
        ],
        "refunds": [],
    }  # fmt: skip
    return {**body, **more}


def paid(**more: object) -> Json:
    return order(financial_status="paid", **{"updated_at": "2026-03-22T11:29:02-04:00", **more})


def refund(**more: object) -> Json:
    """Give a refund of one lamp, as told alone; amounts of lines are floats."""
    body: Json = {
        "id": 509562969, "order_id": 450789469, "processed_at": "2026-04-02T08:59:11-05:00", "note": "broken",
        "refund_line_items": [{"line_item_id": 466157049, "quantity": 1, "subtotal": 18.0}],
        "transactions": [
            {"id": 1, "kind": "refund", "status": "success", "amount": "18.00", "currency": "EUR"}
        ],
        "order_adjustments": [],
    }  # fmt: skip
    return {**body, **more}


TOLD = (("orders/create", order()), ("orders/paid", paid()), ("refunds/create", refund()))


@pytest.mark.parametrize("told", [*permutations(TOLD)], ids=range(6))
def test_bodies_in_any_order_and_each_twice_leave_the_same_books(
    spy: FakeShop, told: tuple[tuple[str, Json], ...]
) -> None:
    for topic, body in (*told, *told):
        assert post_shopify(spy, SECRET, topic, body) == 200
        work(spy)

    [document] = spy.rows(Document)
    assert (document.ref, document.number, document.total) == ("spy:450789469", "#1001", 4990)
    assert (document.paid, document.returned) == (4990, {"466157049": "1"})
    assert [line["product"] for line in document.sale["lines"]] == ["spy:632910392", "spy:7"]
    assert sponsor(spy, "spy:207119551") == "meier"
    assert earned(spy) == ["2.28", "1.14", "0.23"]
    assert {row.outcome for row in spy.rows(Call)} == {"done"}
    assert books_agree(spy)


def test_an_order_that_names_its_refunds_says_the_same_as_the_refund_alone(spy: FakeShop) -> None:
    money = refund(id=5, refund_line_items=[])
    post_shopify(spy, SECRET, "orders/updated", paid(refunds=[refund(), money]))
    post_shopify(spy, SECRET, "refunds/create", refund())
    work(spy)

    assert kinds(spy) == [["placed", "paid", "refunded", "refunded"], []]
    [document] = spy.rows(Document)
    assert (document.returned, document.given_back) == ({"466157049": "1"}, 1800)
    assert books_agree(spy)


def test_a_test_order_is_ignored_and_it_is_said_so(spy: FakeShop) -> None:
    post_shopify(spy, SECRET, "orders/paid", paid(test=True))
    post_shopify(spy, SECRET, "app/uninstalled", {"id": 3})
    work(spy)

    assert states(spy) == [("ignored", "test"), ("ignored", "topic")]
    assert spy.rows(Document) == []


def test_what_the_shop_takes_off_the_shipping_leaves_what_goods_earn(spy: FakeShop) -> None:
    free = {
        "id": 1,
        "price": "4.90",
        "tax_lines": [{"rate": 0.19}],
        "discount_allocations": [{"amount": "4.90"}],
    }
    mine, theirs = order()["discount_codes"], [{"code": "FREESHIP", "amount": "4.90", "type": "shipping"}]
    cheap = {"total_price": "45.00", "total_discounts": "9.90", "shipping_lines": [free]}
    post_shopify(spy, SECRET, "orders/paid", paid(**cheap, discount_codes=[*mine, *theirs]))
    post_shopify(spy, SECRET, "orders/paid", paid(**cheap, id=2, customer=None, email="otto@example.com"))
    work(spy)

    assert kinds(spy) == [["placed", "foreign_code", "paid"], ["placed", "paid"]]
    for document in spy.rows(Document):
        assert [line["discount"] for line in document.sale["lines"]] == [400, 100]
        assert document.total == 4500
    assert earned(spy, "meier") == ["7.58"]
    assert books_agree(spy)


def test_tips_and_gift_cards_that_are_sold_earn_nothing_until_the_owner_says_so(spy: FakeShop) -> None:
    more = [
        {
            "id": 8,
            "title": "Tip",
            "price": "3.00",
            "quantity": 1,
            "product_id": None,
            "tip": {"gateway": "x"},
        },
        {"id": 9, "title": "Card", "price": "50.00", "quantity": 1, "product_id": 77, "gift_card": True},
    ]
    body = paid(line_items=[*order()["line_items"], *more], total_price="102.90")
    post_shopify(spy, SECRET, "orders/paid", body)
    work(spy)
    back = refund(refund_line_items=[{"line_item_id": 9, "quantity": 1}], transactions=[])
    post_shopify(spy, SECRET, "refunds/create", back)
    work(spy)

    assert kinds(spy) == [["placed", "paid"], ["refunded"]]
    assert earned(spy) == ["3.79", "1.89", "0.38"]
    switches = {row.ref: row.takes_part for row in spy.rows(Product)}
    assert switches == {"spy:632910392": None, "spy:7": None, "spy:tip": False, "spy:77": False}
    assert books_agree(spy)


def test_a_guest_by_a_partners_link_joins_and_a_cancelled_order_takes_all_back(spy: FakeShop) -> None:
    note = [{"name": "firstline", "value": partners_link(spy, 2)}]
    guest = {"customer": None, "discount_codes": [], "total_discounts": "0.00", "note_attributes": note}
    post_shopify(spy, SECRET, "orders/paid", paid(**guest))
    work(spy)
    [ina] = spy.rows(Contact, email="ina@example.com")
    assert (ina.ref, ina.sponsor_id, ina.locale) == (None, 2, "de-DE")

    gone = paid(**guest, cancelled_at="2026-03-23T10:00:00Z", updated_at="2026-03-23T10:00:00Z")
    post_shopify(spy, SECRET, "orders/cancelled", gone)
    work(spy)

    assert kinds(spy) == [["placed", "paid"], ["cancelled"]]
    assert earned(spy, "schulz") == ["0.00"]


def test_bodies_with_another_secret_or_a_newer_one(spy: FakeShop) -> None:
    assert post_shopify(spy, "wrong", "orders/create", order()) == 401
    act(spy, lambda ctx: sources.renew_secret(ctx, ctx.keys, 1, secret="shpss_newer", who="Ines"))
    assert [post_shopify(spy, one, "orders/create", order()) for one in (SECRET, "shpss_newer")] == [200, 200]
    assert [row.times for row in received(spy)] == [2]

    spy.clock.advance(hours=1)

    assert post_shopify(spy, SECRET, "orders/create", order()) == 401
    assert len(spy.rows(Body)) == 1
