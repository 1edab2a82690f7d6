"""WooCommerce tells by webhook: in order, out of order, twice, tampered with; the books are the same."""

from __future__ import annotations

from itertools import permutations

import pytest

from flask_firstline.models import Body, Contact, Document, Outbox, Product, Redemption
from flask_firstline.testing import FakeShop

from .hook_kit import (
    ADDRESS,
    Json,
    add_source,
    books_agree,
    kinds,
    order,
    paid,
    post,
    received,
    refunded,
    standing,
    states,
    tell,
    work,
)
from .kit import MakeShop, earned, used


@pytest.fixture
def mount() -> tuple[str, ...]:
    return ("hooks",)


@pytest.fixture
def secret(shop: FakeShop) -> str:
    return add_source(shop)


def test_an_order_is_placed_then_paid_then_partly_refunded(shop: FakeShop, secret: str) -> None:
    tell(shop, secret, order(), paid(), refunded("10.00"))

    assert kinds(shop) == [["placed"], ["paid"], ["refunded"]]
    [document] = shop.rows(Document)
    assert (document.source, document.ref, document.number) == ("woo", "woo:727", "727")
    assert (document.total, document.paid, document.given_back) == (4748, 4748, 1000)
    [line] = document.sale["lines"]
    assert (line["product"], line["total"], line["discount"], line["rate"]) == ("woo:93", 4000, 500, "19")
    assert earned(shop) == ["2.66", "1.33", "0.27"]
    assert books_agree(shop)
    assert [row.ref for row in shop.rows(Product)] == ["woo:93"]


def test_the_smallest_body_that_a_shop_sends_says_all_three_at_once(shop: FakeShop, secret: str) -> None:
    tell(shop, secret, smallest())

    assert kinds(shop) == [["placed", "paid", "refunded"]]
    [document] = shop.rows(Document)
    assert (document.total, document.paid, document.given_back) == (2547, 2547, 1000)
    [ina] = shop.rows(Contact, email="Ina@example.com")
    assert (ina.ref, ina.name, ina.country) == (None, "Ina Neu", "DE")
    assert books_agree(shop)


def smallest() -> Json:
    return {
        "id": 727, "number": "727", "status": "processing", "currency": "EUR",
        "date_created_gmt": "2026-03-22T15:28:02", "date_paid_gmt": "2026-03-22T15:28:08",
        "discount_total": "5.00", "discount_tax": "0.95", "shipping_total": "10.00", "shipping_tax": "0.00",
        "total": "25.47", "total_tax": "2.47", "prices_include_tax": False, "customer_id": 0,
        "billing": {"first_name": "Ina", "last_name": "Neu", "email": "Ina@example.com", "country": "DE"},
        "transaction_id": "",
        "meta_data": [{"key": "_wc_order_attribution_utm_source", "value": "meier"}],
        "line_items": [
            {"id": 315, "product_id": 93, "variation_id": 0, "sku": "", "quantity": 2, "subtotal": "6.00",
             "total": "4.33", "total_tax": "0.82", "price": 2.165}
        ],
        "coupon_lines": [{"id": 470, "code": "vonmeier", "discount": "5.00", "discount_tax": "0.95"}],
        "refunds": [{"id": 726, "reason": "", "total": "-10.00"}],
    }  # fmt: skip


@pytest.mark.parametrize("told", permutations((order(), paid(), refunded("10.00"))), ids=lambda _told: "")
def test_bodies_in_any_order_and_each_twice_leave_the_same_books(
    shop: FakeShop, secret: str, told: tuple[Json, ...]
) -> None:
    tell(shop, secret, *told, *told)

    assert earned(shop) == ["2.66", "1.33", "0.27"]
    assert used(shop) == 1
    [document] = shop.rows(Document)
    assert (document.paid, document.given_back, document.flags) == (4748, 1000, [])
    assert [row.times for row in received(shop)] == [2, 2, 2]
    assert books_agree(shop)


def test_a_refund_that_disappears_is_earned_again_and_can_come_back(shop: FakeShop, secret: str) -> None:
    later, latest = ({"date_modified_gmt": f"2026-03-22T15:{minute}:00"} for minute in (50, 59))
    tell(shop, secret, refunded("10.00", "5.00"), refunded("10.00", **later))
    assert kinds(shop)[-1] == ["withdrawn"]
    assert earned(shop) == ["2.66", "1.33", "0.27"]
    assert books_agree(shop)

    tell(shop, secret, refunded("10.00", "5.00", **latest))
    assert kinds(shop)[-1] == ["refunded"]
    [document] = shop.rows(Document)
    assert document.given_back == 1500

    tell(shop, secret, paid(), paid(date_modified_gmt="2026-03-22T16:30:00"))
    assert kinds(shop)[-2:] == [[], ["withdrawn", "withdrawn"]]
    assert earned(shop) == ["3.50", "1.75", "0.35"]
    assert books_agree(shop)


def test_a_refund_that_is_missing_in_a_body_of_the_same_second_is_shown_to_somebody(
    shop: FakeShop, secret: str
) -> None:
    tell(shop, secret, refunded("10.00"), paid(date_modified_gmt="2026-03-22T15:39:00"))

    assert kinds(shop)[-1] == ["refund_missing"]
    assert received(shop)[-1].flagged
    assert earned(shop) == ["2.66", "1.33", "0.27"]


def test_a_body_that_was_tampered_with_is_refused_and_not_kept(shop: FakeShop, secret: str) -> None:
    answers = [
        post(shop, secret, order(), **{"X-WC-Webhook-Signature": "AAAA"}),
        post(shop, secret + "x", order()),
        post(shop, secret, order(), **{"X-WC-Webhook-Signature": "ä"}),
        shop.app.test_client().post(ADDRESS, json=order()),
        shop.app.test_client().post(ADDRESS, data="webhook_id=12&more=1"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert (shop.rows(Body), shop.rows(Outbox)) == ([], [])


def test_the_ping_of_a_new_webhook_is_answered_and_does_nothing(shop: FakeShop, secret: str) -> None:
    answer = shop.app.test_client().post(ADDRESS, data={"webhook_id": "12"})

    assert (answer.status_code, shop.rows(Body)) == (200, [])


def test_what_is_no_order_is_answered_well_and_kept_with_its_reason(shop: FakeShop, secret: str) -> None:
    said = [b"[]", b"{", b'{"id": 7}', b'{"id": 1, "line_items": 3}']
    assert [post(shop, secret, body).status_code for body in said] == [200] * 4
    assert post(shop, secret, {"id": 3}, topic="product.created").status_code == 200
    assert post(shop, secret, order(status="checkout-draft")).status_code == 200
    work(shop)

    assert [state for state, _reason in states(shop)] == ["failed"] * 4 + ["ignored"] * 2
    assert states(shop)[1][1] == "it is no JSON"
    assert shop.rows(Document) == []
    assert {row.state for row in shop.rows(Outbox)} == {"done"}


def test_bodies_that_nobody_could_keep_are_refused(shop: FakeShop, secret: str) -> None:
    assert post(shop, secret, b"\xff").status_code == 400
    assert post(shop, secret, b"x" * 5_000_001).status_code == 413
    assert shop.app.test_client().post("/firstline/hooks/other", json={}).status_code == 404
    assert shop.rows(Body) == []
