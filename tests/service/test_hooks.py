"""WooCommerce tells by webhook: in order, out of order, twice, tampered with; the books are the same."""

from __future__ import annotations

from itertools import permutations

import pytest

from flask_firstline.models import Body, Contact, Document, Outbox, Product, Redemption
from flask_firstline.services import bodies, receiving, sources
from flask_firstline.testing import FakeShop

from .hook_kit import (
    ADDRESS,
    Json,
    act,
    add_source,
    books_agree,
    kinds,
    order,
    paid,
    partners_link,
    post,
    received,
    refunded,
    states,
    tell,
    wanted,
    work,
)
from .kit import earned, sponsor


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


@pytest.mark.parametrize(
    ("fee", "tax", "total", "earns"),
    [
        ("3.00", "0.57", "51.05", ["3.50", "1.75", "0.35"]),
        ("-10.00", "-1.90", "35.58", ["2.50", "1.25", "0.25"]),
    ],
    ids=["surcharge", "rebate"],
)
def test_a_fee_earns_nothing_and_one_below_zero_is_a_rebate(
    shop: FakeShop, secret: str, fee: str, tax: str, total: str, earns: list[str]
) -> None:
    fees = [{"id": 5, "name": "Fee", "total": fee, "total_tax": tax}]
    tell(shop, secret, paid(fee_lines=fees, total=total))
    assert earned(shop) == earns

    tell(shop, secret, refunded(total, fee_lines=fees, total=total, status="refunded"))

    assert earned(shop) == ["0.00", "0.00", "0.00"]
    assert books_agree(shop)


def test_the_smallest_body_that_a_shop_sends_says_all_three_at_once(shop: FakeShop, secret: str) -> None:
    tell(shop, secret, smallest())

    assert kinds(shop) == [["placed", "code_flagged", "paid", "refunded"]]
    [document] = shop.rows(Document)
    assert (document.total, document.paid, document.given_back) == (2547, 2547, 1000)
    [ina] = shop.rows(Contact, email="Ina@example.com")
    assert (ina.ref, ina.name, ina.country) == (None, "Ina Neu", "DE")


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


@pytest.mark.parametrize("told", [*permutations((order(), paid(), refunded("10.00")))], ids=range(6))
def test_bodies_in_any_order_and_each_twice_leave_the_same_books(
    shop: FakeShop, secret: str, told: tuple[Json, ...]
) -> None:
    tell(shop, secret, *told, *told)

    assert earned(shop) == ["2.66", "1.33", "0.27"]
    assert [row.state for row in shop.rows(Redemption)] == ["redeemed"]
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
    assert (shop.rows(Body), shop.rows(Outbox, topic="source_body")) == ([], [])


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
    assert {row.state for row in shop.rows(Outbox, topic="source_body")} == {"done"}


def test_bodies_that_nobody_could_keep_are_refused(shop: FakeShop, secret: str) -> None:
    assert post(shop, secret, b"\xff").status_code == 400
    assert post(shop, secret, b"x" * 5_000_001).status_code == 413
    assert shop.app.test_client().post("/firstline/hooks/other", json={}).status_code == 404
    assert shop.rows(Body) == []


def test_codes_that_are_not_ours_are_recorded_and_flagged_and_the_rest_counts(
    shop: FakeShop, secret: str
) -> None:
    spring = {"id": 471, "code": "spring", "discount": "2.00", "discount_tax": "0.38"}
    [ours] = order()["coupon_lines"]
    tell(shop, secret, paid(coupon_lines=[ours, spring], total="45.10"))

    assert kinds(shop) == [["placed", "foreign_code", "paid"]]
    assert received(shop)[0].flagged
    [document] = shop.rows(Document)
    assert document.flags == ["foreign code: spring"]
    [line] = document.sale["lines"]
    assert (line["total"], line["discount"]) == (3800, 500)
    assert [row.state for row in shop.rows(Redemption)] == ["redeemed"]
    assert earned(shop) == ["3.30", "1.65", "0.33"]


def test_a_code_that_does_not_hold_is_charged_as_the_shop_did_and_brings_nobody_anything(
    shop: FakeShop, secret: str
) -> None:
    [line] = order()["line_items"]
    cheap = {**line, "quantity": 1, "subtotal": "10.00", "subtotal_tax": "1.90", "total": "5.00"}
    tell(shop, secret, paid(line_items=[cheap], total="11.78"))

    assert kinds(shop) == [["placed", "code_flagged", "paid"]]
    assert [row.state for row in shop.rows(Redemption)] == ["flagged"]
    [ina] = shop.rows(Contact, email="Ina@example.com")
    assert ina.sponsor_id is None
    assert earned(shop) == ["0", "0", "0"]


def test_a_shop_that_rounds_otherwise_by_a_cent_is_believed(shop: FakeShop, secret: str) -> None:
    coupon = {"id": 470, "code": "VonMeier", "discount": "4.99", "discount_tax": "0.95"}
    tell(shop, secret, paid(coupon_lines=[coupon]))

    assert [row.state for row in shop.rows(Redemption)] == ["redeemed"]
    assert not received(shop)[0].flagged


def test_prices_with_tax_and_an_order_that_is_changed_before_it_is_paid(shop: FakeShop, secret: str) -> None:
    [line] = order()["line_items"]
    gross = {**line, "subtotal": "33.61", "subtotal_tax": "6.39", "total": "29.41", "total_tax": "5.59"}
    coupon = {"id": 470, "code": "vonmeier", "discount": "4.20", "discount_tax": "0.80"}
    with_tax = {"prices_include_tax": True, "coupon_lines": [coupon], "total": "40.83"}
    tell(shop, secret, order(line_items=[gross], **with_tax))
    [document] = shop.rows(Document)
    assert (document.sale["lines"][0]["total"], document.sale["shipping"]) == (4000, 583)

    sums = {"subtotal": "50.42", "subtotal_tax": "9.58", "total": "46.22", "total_tax": "8.78"}
    more = {**gross, **sums, "quantity": 3}
    tell(shop, secret, paid(line_items=[more], **{**with_tax, "total": "60.83"}), order(line_items=[gross]))

    assert kinds(shop) == [["placed"], ["changed", "paid"], []]
    [document] = shop.rows(Document)
    assert (document.sale["lines"][0]["total"], document.total, document.paid) == (6000, 6083, 6083)
    assert books_agree(shop)


def test_a_cancelled_order_takes_everything_back_and_one_taken_up_again_is_flagged(
    shop: FakeShop, secret: str
) -> None:
    cancelled = paid(status="cancelled", date_modified_gmt="2026-03-23T10:00:00")
    tell(shop, secret, paid(), cancelled, paid(date_modified_gmt="2026-03-24T10:00:00"))

    assert kinds(shop) == [["placed", "paid"], ["cancelled"], ["reopened"]]
    assert received(shop)[2].flagged
    assert earned(shop) == ["0.00", "0.00", "0.00"]
    assert books_agree(shop)


def test_an_order_that_was_deleted_before_we_heard_of_it_is_cancelled(shop: FakeShop, secret: str) -> None:
    assert post(shop, secret, {"id": 727}, topic="order.deleted").status_code == 200
    work(shop)
    tell(shop, secret, order())

    assert kinds(shop) == [["waits"], ["placed", "cancelled"]]
    assert [row.state for row in shop.rows(Document)] == ["cancelled"]


def test_a_payment_that_failed_frees_the_code_until_it_is_paid_after_all(shop: FakeShop, secret: str) -> None:
    failed = order(status="failed", date_modified_gmt="2026-03-22T15:28:30")
    tell(shop, secret, order(), failed)
    assert [row.state for row in shop.rows(Redemption)] == ["released"]

    tell(shop, secret, paid())

    assert kinds(shop) == [["placed"], ["payment_failed"], ["paid"]]
    assert earned(shop) == ["3.50", "1.75", "0.35"]


def test_an_order_by_a_partners_link_joins_that_partners_first_line(shop: FakeShop, secret: str) -> None:
    entry = f"https://woo.example/?partner={partners_link(shop, 2)}&utm_source=news"
    meta = [{"key": "_wc_order_attribution_session_entry", "value": entry}]
    tell(shop, secret, paid(customer_id=42, coupon_lines=[], meta_data=meta, discount_total="0.00"))

    assert sponsor(shop, "woo:42") == "schulz"
    [document] = shop.rows(Document)
    assert (document.partner_id, document.credit) == (2, "link")


def test_customers_of_several_shops_never_become_one_by_their_numbers(shop: FakeShop, secret: str) -> None:
    shop.register(shop.add_customer("42", email="somebody@shop.example"))
    customer = {"id": 42, "email": "ina@example.com", "first_name": "Ina", "last_name": "Neu", "billing": {}}
    assert post(shop, secret, customer, topic="customer.created").status_code == 200
    work(shop)
    tell(shop, secret, paid(customer_id=42))

    assert kinds(shop) == [["customer"], ["placed", "paid"]]
    [document] = shop.rows(Document)
    [ina] = shop.rows(Contact, ref="woo:42")
    assert document.contact_id == ina.id
    assert len(shop.rows(Contact)) == 5


def test_the_secret_before_the_newest_is_good_for_an_hour(shop: FakeShop, secret: str) -> None:
    newer = act(shop, lambda ctx: sources.renew_secret(ctx, ctx.keys, 1, who="Ines"))
    assert newer != secret
    assert [post(shop, one, order()).status_code for one in (secret, newer)] == [200, 200]

    shop.clock.advance(hours=1)

    assert [post(shop, one, order()).status_code for one in (secret, newer)] == [401, 200]


def test_a_shop_that_is_switched_off_is_not_there(shop: FakeShop, secret: str) -> None:
    act(shop, lambda ctx: sources.change(ctx, 1, wanted(active=False), who="Ines"))

    assert post(shop, secret, order()).status_code == 404


def test_what_failed_is_worked_off_again_when_somebody_says_so(shop: FakeShop, secret: str) -> None:
    tell(shop, secret, order(currency="XXX"))
    assert states(shop) == [("failed", "currency: unknown currency 'XXX'")]

    assert act(shop, lambda ctx: bodies.again(ctx, 1, who="Ines"))
    work(shop)

    assert [(row.state, row.tries) for row in received(shop)] == [("failed", 2)]
    tell(shop, secret, order())
    assert not act(shop, lambda ctx: bodies.again(ctx, 2, who="Ines"))


def test_a_bug_of_ours_changes_nothing_and_keeps_the_body(
    shop: FakeShop, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(receiving, "note_paid", lambda _ctx, _invoice: 1 / 0)
        tell(shop, secret, paid())
    assert states(shop) == [("failed", "ZeroDivisionError: division by zero")]
    assert shop.rows(Document) == []

    tell(shop, secret, paid())

    assert [(row.times, row.tries) for row in received(shop)] == [(2, 2)]
    assert kinds(shop) == [["placed", "paid"]]
    assert earned(shop) == ["3.50", "1.75", "0.35"]


def test_of_who_is_erased_no_body_is_left(shop: FakeShop, secret: str) -> None:
    tell(shop, secret, paid(customer_id=42))
    with shop.transaction():
        shop.firstline.customer_erased("woo:42")

    assert shop.rows(Body) == []
    assert len(shop.rows(Document)) == 1


def test_bodies_go_after_ninety_days_unless_somebody_must_see_them(shop: FakeShop, secret: str) -> None:
    tell(shop, secret, order(), order(id=3, currency="XXX"))
    shop.clock.advance(days=91)
    work(shop)

    assert [row.state for row in received(shop)] == ["failed"]
