"""Accounts: sign-up with and without a code, log-in, the address."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from demo import seeds
from demo.base import db
from demo.browser import Page, Visitor
from demo.models import User
from demo.partners import firstline
from flask_firstline import ContactView

from .acts import ADDRESS, meiers_code, put, review, sign_in, type_code

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")


def sign_up(visitor: Visitor, email: str = "ida@example.org", code: str = "", way: str = "") -> Page:
    page = visitor.open(f"/account/sign-up{way}")
    filled = {"name": "Ida Neu", "email": email, "password": "a long one", "code": code}
    return visitor.send(page, "/account/sign-up", **filled)


def contact_of(app: Flask, email: str = "ida@example.org") -> ContactView:
    with app.app_context():
        number = db.session.scalars(select(User.number).where(User.email == email)).one()
        contact = firstline.contact(number)
        assert contact is not None
        return contact


def test_who_signs_up_with_a_code_comes_into_the_first_line(app: Flask, buyer: Visitor, home: str) -> None:
    page = sign_up(buyer, code=meiers_code(home))

    assert "The code vonmeier waits in your cart." in page.texts
    assert contact_of(app).sponsor_ref == seeds.MEIER.number
    assert contact_of(app).address_type == "prospect"

    put(buyer, "candle-beeswax", 2)
    assert buyer.open("/cart/").amount("Coupon vonmeier", skip=1) == -500


def test_a_code_that_does_not_exist_costs_nobody_the_account(app: Flask, buyer: Visitor) -> None:
    page = sign_up(buyer, code="nothing")

    assert "The code nothing could not be used. Your account is fine." in page.texts
    assert contact_of(app).sponsor_ref is None


def test_a_code_and_a_cart_survive_the_log_in(buyer: Visitor, home: str) -> None:
    put(buyer, "candle-beeswax", 2)
    type_code(buyer, meiers_code(home))
    sign_up(buyer)

    assert buyer.open("/cart/").amount("Coupon vonmeier", skip=1) == -500


def test_an_address_belongs_to_one_account(buyer: Visitor, home: str) -> None:
    sign_up(buyer)
    page = sign_up(Visitor(home), email="IDA@example.org")

    assert "There is an account with this e-mail address already." in page.texts


def test_a_wrong_password_is_refused(buyer: Visitor) -> None:
    page = buyer.open("/account/sign-in")
    page = buyer.send(page, "/account/sign-in", email=seeds.MEIER.email, password="guess")

    assert "E-mail address and password do not match." in page.texts


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_log_in_leads_nowhere_else(buyer: Visitor, home: str, elsewhere: str) -> None:
    page = sign_up(buyer, way=f"?next={elsewhere}")

    assert page.url == f"{home}/account/"


def test_signing_out_leaves_no_cart_behind(buyer: Visitor) -> None:
    sign_up(buyer)
    put(buyer, "tea-mint")
    page = buyer.send(buyer.open("/account/"), "/account/sign-out")
    assert "Sign in" in page.texts
    assert "Your cart is empty." in buyer.open("/cart/").texts

    buyer.send(
        buyer.open("/account/sign-in"), "/account/sign-in", email="ida@example.org", password="a long one"
    )
    assert buyer.open("/cart/").amount("Goods") == 420


def test_the_address_of_the_first_order_is_kept(app: Flask, buyer: Visitor) -> None:
    sign_up(buyer)
    put(buyer, "tea-mint")
    page = buyer.send(buyer.open("/checkout/"), "/checkout/", **ADDRESS)
    assert "Please look it over" in page.texts

    assert 'value="Am Bach 3"' in buyer.open("/account/").html


def test_a_partner_cannot_use_the_own_code(buyer: Visitor, home: str) -> None:
    code = meiers_code(home)
    sign_in(buyer, seeds.MEIER)
    put(buyer, "candle-beeswax", 2)
    page = type_code(buyer, code)

    assert page.amount("Total") == 2990
    assert "This is your own code. It is meant for others." in page.text


def test_an_old_customer_is_no_new_one(buyer: Visitor, home: str) -> None:
    code = meiers_code(home)
    sign_in(buyer, seeds.SCHULZ)
    put(buyer, "candle-beeswax", 2)
    page = type_code(buyer, code)

    assert page.amount("Total") == 2990


def test_a_guest_gives_the_e_mail_before_the_review(buyer: Visitor) -> None:
    put(buyer, "tea-mint")
    assert buyer.open("/checkout/review").url.endswith("/checkout/")

    assert "Please look it over" in review(buyer).texts
