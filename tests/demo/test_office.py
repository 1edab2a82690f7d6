"""The office: returns by line, by amount and whole, cancelling, deliveries, and who may come in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from demo import seeds
from demo.base import db
from demo.browser import Page, Visitor
from demo.partners import firstline
from demo.sales import Order
from flask_firstline import Customer
from flask_firstline.testing import make_code

from .acts import meiers_code, office, pay, place, put, sign_in, type_code


@pytest.fixture
def order(app: Flask, buyer: Visitor, home: str) -> str:
    """A paid order of 28.60 with Meier's code; give its number."""
    code = meiers_code(home)
    put(buyer, "balm-arnica")
    put(buyer, "tea-evening", 2)
    type_code(buyer, code)
    pay(buyer, place(buyer))
    return only(app).number


def only(app: Flask) -> Order:
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        assert (order.lines, order.returns) is not None
        return order


def earned(app: Flask) -> list[Decimal]:
    """What Meier, Schulz and Opa have on hold."""
    with app.app_context():
        balances = [firstline.balance(person.number) for person in (seeds.MEIER, seeds.SCHULZ, seeds.OPA)]
        return [of["EUR"].on_hold if "EUR" in of else Decimal(0) for of in balances]


def take_back(home: str, number: str, **filled: str) -> Page:
    admin = office(home)
    return admin.send(admin.open(f"/office/order/{number}"), "/return", **filled)


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_a_paid_order_is_worth_three_commissions(app: Flask, order: str) -> None:
    assert earned(app) == decimals("2.10", "1.05", "0.21")


def test_returned_pieces_give_back_what_was_paid_for_them(app: Flask, home: str, order: str) -> None:
    take_back(home, order, way="lines", **{"quantity-tea-evening": "1"})

    assert [given.amount for given in only(app).returns] == [570]
    assert earned(app) == decimals("1.57", "0.79", "0.16")


def test_returned_pieces_bring_back_the_money_and_then_the_store_credit(
    app: Flask, home: str, buyer: Visitor
) -> None:
    make_code(app, "card", amount="20.00", treatment="multi_purpose")
    put(buyer, "balm-arnica")
    put(buyer, "tea-evening", 2)
    type_code(buyer, "card")
    pay(buyer, place(buyer))
    order = only(app)
    assert (order.total, order.to_pay) == (3360, 1360)
    invoice = " ".join(buyer.open(f"/order/{order.key}/invoice").texts)
    assert "Store credit −€20.00 To pay €13.60" in invoice

    for _ in range(2):
        take_back(home, order.number, way="lines", **{"quantity-tea-evening": "1"})
    take_back(home, order.number, way="amount", amount="0.01")
    assert credit_back(app) == Decimal("0.20")
    assert "Back on your store credit: €0.20." in seen(buyer, app)
    take_back(home, order.number, way="lines", **{"quantity-balm-arnica": "1"})

    assert [given.amount for given in only(app).returns] == [690, 670, 0]
    assert credit_back(app) == Decimal("20.00")
    assert "Back on your store credit: €20.00." in seen(buyer, app)


def credit_back(app: Flask) -> Decimal:
    with app.app_context():
        view = firstline.order(only(app).number)
        assert view is not None
        return view.credit_back


def seen(buyer: Visitor, app: Flask) -> str:
    return " ".join(buyer.open(f"/order/{only(app).key}").texts)


def test_an_amount_is_given_back_without_goods(app: Flask, home: str, order: str) -> None:
    take_back(home, order, way="amount", amount="11.85")

    # Half of the goods, 11.85 of 23.70: half of 1.03 + 1.07, of 0.52 + 0.53, of 0.10 + 0.11.
    assert [given.amount for given in only(app).returns] == [1185]
    assert earned(app) == decimals("1.06", "0.53", "0.11")


def test_everything_back_in_three_steps_ends_at_zero(app: Flask, home: str, order: str) -> None:
    take_back(home, order, way="lines", **{"quantity-tea-evening": "1"})
    take_back(home, order, way="amount", amount="1.00")
    take_back(home, order, way="all")

    assert sum(given.amount for given in only(app).returns) == 2860
    assert earned(app) == [0, 0, 0]


def test_a_return_that_cannot_be_books_nothing(app: Flask, home: str, order: str) -> None:
    admin = office(home)
    page = admin.open(f"/office/order/{order}")
    for filled in (
        {"way": "lines"},
        {"way": "lines", "quantity-tea-evening": "3"},
        {"way": "lines", "quantity-tea-evening": "-1"},
        {"way": "amount", "amount": "28.61"},
        {"way": "amount", "amount": "0"},
        {"way": "amount", "amount": "1.005"},
        {"way": "amount", "amount": "NaN"},
        {"way": "amount", "amount": "1e1"},
        {"way": "something"},
    ):
        page = admin.send(page, "/return", **filled)
        assert page.status == 200
        assert 'class="notice bad"' in page.html, filled
    assert only(app).returns == []
    assert earned(app) == decimals("2.10", "1.05", "0.21")


def test_a_cancelled_paid_order_gives_everything_back(app: Flask, home: str, order: str) -> None:
    admin = office(home)
    admin.send(admin.open(f"/office/order/{order}"), "/cancel")

    assert only(app).state == "cancelled"
    assert only(app).refunded == 2860
    assert earned(app) == [0, 0, 0]


def test_a_buyer_whose_only_order_is_cancelled_unpaid_is_a_prospect_again(
    app: Flask, buyer: Visitor, home: str
) -> None:
    code = meiers_code(home)
    put(buyer, "candle-beeswax", 2)
    type_code(buyer, code)
    place(buyer)
    admin = office(home)
    admin.send(admin.open(f"/office/order/{only(app).number}"), "/cancel")

    with app.app_context():
        contact = firstline.contact(Customer(email="ida@example.org"))
        assert contact is not None
        assert contact.address_type == "prospect"
        assert contact.sponsor_ref == seeds.MEIER.number


def test_a_delivered_order_can_still_be_returned(app: Flask, home: str, order: str) -> None:
    admin = office(home)
    page = admin.send(admin.open(f"/office/order/{order}"), "/delivered")
    assert "delivered" in page.texts

    take_back(home, order, way="all")
    assert earned(app) == [0, 0, 0]


def test_only_admins_come_in(app: Flask, home: str, buyer: Visitor) -> None:
    assert "/account/sign-in" in buyer.open("/office/").url

    sign_in(buyer, seeds.MEIER)
    assert buyer.open("/office/").status == 403
    assert office(home).open("/office/").status == 200
