"""The checkout: what an order keeps, refusals, payments that succeed, fail, repeat and come late."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from demo.base import db
from demo.browser import Visitor
from demo.partners import firstline
from demo.sales import Invoice, Order, Payment

from .acts import meiers_code, office, pay, place, put, review, type_code

REFUSAL = "This code is for new customers, and you have ordered here before."


def orders(app: Flask) -> list[Order]:
    with app.app_context():
        return list(db.session.scalars(select(Order).where(Order.state != "draft").order_by(Order.id)))


def count(app: Flask, table: type[Order] | type[Invoice] | type[Payment]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_an_order_keeps_what_the_quote_said(app: Flask, buyer: Visitor, home: str) -> None:
    code = meiers_code(home)
    put(buyer, "balm-arnica")
    put(buyer, "tea-evening", 2)
    type_code(buyer, code)
    place(buyer)

    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        assert (order.state, order.discount, order.total, order.to_pay) == ("placed", 500, 2860, 2860)
        assert {line.sku: line.discount for line in order.lines} == {"balm-arnica": 260, "tea-evening": 240}
        assert {tax.rate: tax.vat for tax in order.taxes} == {19: 275, 7: 75}
        assert [(coupon.code, coupon.gross, coupon.net) for coupon in order.coupons] == [(code, 500, 444)]


def test_a_coupon_leaves_gift_cards_alone(buyer: Visitor, home: str) -> None:
    code = meiers_code(home)
    put(buyer, "card-25")
    page = type_code(buyer, code)

    assert page.amount("Total") == 2500
    assert "This code cannot be used for the articles in the cart." in page.text


def test_a_code_that_no_longer_holds_is_told_before_anything_is_ordered(
    app: Flask, buyer: Visitor, home: str
) -> None:
    code = meiers_code(home)
    other = Visitor(home)
    for visitor in (buyer, other):
        put(visitor, "candle-beeswax", 2)
        type_code(visitor, code)
    shown = review(buyer)
    place(other)

    refused = buyer.send(shown, "/checkout/place")

    assert shown.amount("Total") == 2500 - 500 + 490
    assert REFUSAL in refused.texts
    assert refused.amount("Total") == 2990
    assert len(orders(app)) == 1

    accepted = buyer.send(refused, "/checkout/place")

    assert "Pay €29.90" in accepted.text
    assert [order.to_pay for order in orders(app)] == [2490, 2990]
    assert count(app, Order) == 2


def test_who_has_seen_that_the_code_is_left_out_is_not_asked_again(
    app: Flask, buyer: Visitor, home: str
) -> None:
    code = meiers_code(home)
    place(put_candles(buyer, code))
    again = put_candles(Visitor(home), code)
    shown = review(again)

    assert REFUSAL in shown.texts
    assert "Pay €29.90" in again.send(shown, "/checkout/place").text
    assert [order.to_pay for order in orders(app)] == [2490, 2990]


def put_candles(visitor: Visitor, code: str) -> Visitor:
    put(visitor, "candle-beeswax", 2)
    type_code(visitor, code)
    return visitor


def test_ordering_twice_by_a_double_click_makes_one_order(app: Flask, buyer: Visitor) -> None:
    put(buyer, "tea-mint")
    page = review(buyer)
    buyer.send(page, "/checkout/place")
    again = buyer.send(page, "/checkout/place")

    assert "Your cart is empty." in again.text
    assert len(orders(app)) == 1


def test_a_declined_payment_gives_the_code_back_and_paying_again_takes_it(
    app: Flask, buyer: Visitor, home: str
) -> None:
    code = meiers_code(home)
    put(buyer, "candle-beeswax", 2)
    type_code(buyer, code)
    failed = pay(buyer, place(buyer), "decline")
    assert "payment failed" in failed.texts
    with app.app_context():
        contact = firstline.contact(firstline_customer("ida@example.org"))
        assert contact is not None
        assert contact.address_type == "prospect"

    page = buyer.send(failed, f"/checkout/again/{failed.url.rsplit('/', 1)[1]}")
    paid = pay(buyer, page)

    assert "paid" in paid.texts
    assert [order.to_pay for order in orders(app)] == [2490]
    with app.app_context():
        contact = firstline.contact(firstline_customer("ida@example.org"))
        assert contact is not None
        assert contact.address_type == "customer"


def test_paying_again_asks_first_when_the_code_is_gone(app: Flask, buyer: Visitor, home: str) -> None:
    code = meiers_code(home)
    put(buyer, "candle-beeswax", 2)
    type_code(buyer, code)
    failed = pay(buyer, place(buyer), "decline")
    again = f"/checkout/again/{failed.url.rsplit('/', 1)[1]}"
    other = Visitor(home)
    put(other, "candle-beeswax", 2)
    type_code(other, code)
    place(other)

    asked = buyer.send(failed, again)

    assert f"{REFUSAL}" in asked.text
    assert asked.amount("Total") == 2990
    assert "Pay €29.90 now" in asked.texts

    paid = pay(buyer, buyer.send(asked, again))
    assert "paid" in paid.texts
    assert [order.to_pay for order in orders(app)] == [2990, 2490]


def firstline_customer(email: str) -> object:
    from flask_firstline import Customer

    return Customer(email=email)


def test_a_payment_that_is_reported_five_times_makes_one_invoice(app: Flask, buyer: Visitor) -> None:
    put(buyer, "tea-mint")
    page = pay(buyer, place(buyer), "repeat")

    assert "paid" in page.texts
    assert count(app, Invoice) == 1


def test_money_that_comes_late_is_booked_in_the_office(app: Flask, buyer: Visitor, home: str) -> None:
    put(buyer, "tea-mint")
    waiting = pay(buyer, place(buyer), "later")
    assert "not paid yet" in waiting.texts
    number = str(orders(app)[0].number)

    admin = office(home)
    page = admin.send(admin.open(f"/office/order/{number}"), "/paid")

    assert "paid" in page.texts
    assert "paid" in buyer.open(waiting.url).texts


def test_nobody_pays_for_the_provider(app: Flask, buyer: Visitor) -> None:
    put(buyer, "tea-mint")
    place(buyer)
    answer = app.test_client().post("/payments/callback", data={"message": "anything"})

    assert answer.status_code == 400
    assert [order.state for order in orders(app)] == ["placed"]


def test_an_order_is_shown_to_its_buyer_only(buyer: Visitor, home: str) -> None:
    put(buyer, "tea-mint")
    page = pay(buyer, place(buyer))

    assert buyer.open(page.url).status == 200
    assert Visitor(home).open(page.url).status == 404
    assert Visitor(home).open(f"{page.url}/invoice").status == 404
    assert office(home).open(page.url).status == 200


@pytest.mark.parametrize(
    ("name", "value"), [("email", "nobody"), ("postcode", "12"), ("name", " "), ("town", ""), ("street", "")]
)
def test_an_address_that_cannot_be_is_asked_again(buyer: Visitor, name: str, value: str) -> None:
    put(buyer, "tea-mint")
    page = review(buyer, **{name: value}) if name != "email" else review(buyer, value)

    assert page.url.endswith("/checkout/")
    assert 'aria-invalid="true"' in page.html


def test_the_invoice_shows_net_vat_and_gross(buyer: Visitor) -> None:
    put(buyer, "tea-evening", 2)
    put(buyer, "balm-arnica")
    page = buyer.open(f"{pay(buyer, place(buyer)).url}/invoice")

    assert page.amount("Net") == 3360 - 316 - 90
    assert page.amount("19% VAT") == 316
    assert page.amount("7% VAT") == 90
    assert page.amount("Total") == 3360
    assert "Partner invoice" not in page.texts
