"""The glue of the demo shop, proved by the contract that any shop can run."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from demo import seeds
from demo.base import db
from demo.browser import Page
from demo.partners import firstline
from demo.payments import payment_by_ref, signer
from demo.prices import euros
from demo.sales import FIRST_ORDER_NUMBER, Order
from flask_firstline.testing import ShopContract, ShopDriver

from .acts import ADDRESS

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")

PRODUCTS = ("tea-evening", "balm-arnica")
PASSWORD = "a long one"


class WiesengrundDriver(ShopDriver):
    """Goes through the pages of the demo shop."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.firstline = firstline
        self.houses = count(1)

    def put_into_cart(self, browser: FlaskClient, product: int = 0) -> None:
        send(browser, f"/product/{PRODUCTS[product]}", "/cart/add")

    def cart_page(self, browser: FlaskClient) -> str:
        return browser.get("/cart/").text

    def shown_total(self, browser: FlaskClient) -> Decimal:
        return euros(Page("http://localhost/cart/", 200, self.cart_page(browser).encode()).amount("Total"))

    def sign_up(self, browser: FlaskClient, email: str) -> None:
        send(browser, "/account/sign-up", "/account/sign-up", name="Ida Neu", email=email, password=PASSWORD)

    def sign_in(self, browser: FlaskClient, email: str) -> None:
        send(browser, "/account/sign-in", "/account/sign-in", email=email, password=PASSWORD)

    def sign_out(self, browser: FlaskClient) -> None:
        send(browser, "/account/", "/account/sign-out")

    def sign_in_admin(self, browser: FlaskClient) -> None:
        email, word = seeds.ADMIN.email, seeds.PASSWORD
        send(browser, "/account/sign-in", "/account/sign-in", email=email, password=word)

    def open_checkout(self, browser: FlaskClient) -> dict[str, str] | None:
        """Give what the review sends; guests are asked for their address when they order."""
        form = page_of(browser, "/checkout/").form("/checkout/")
        if "email" in form.values:
            return None
        send(browser, "/checkout/", "/checkout/", **{**ADDRESS, "street": f"Am Bach {next(self.houses)}"})
        return page_of(browser, "/checkout/review").form("/checkout/place").values

    def place_order(self, browser: FlaskClient, checkout: Any, email: str) -> str | None:
        if checkout is None:
            send(browser, "/checkout/", "/checkout/", **{**ADDRESS, "email": email})
            checkout = page_of(browser, "/checkout/review").form("/checkout/place").values
        answer = browser.post("/checkout/place", data=checkout)
        if "/test-provider/" not in answer.headers.get("Location", ""):
            return None
        with self.app.app_context():
            return payment_by_ref(answer.headers["Location"].rsplit("/", 1)[1]).order.number

    def order_total(self, order_ref: str) -> Decimal:
        with self.app.app_context():
            return euros(the_order(order_ref).to_pay)

    def pay(self, order_ref: str) -> None:
        with self.app.app_context():
            message = signer().dumps({"payment": the_order(order_ref).payments[-1].ref, "outcome": "paid"})
        assert self.app.test_client().post("/payments/callback", data={"message": message}).status_code == 204

    def return_unit(self, order_ref: str) -> None:
        self.in_office(order_ref, "/return", way="lines", **{f"quantity-{PRODUCTS[0]}": "1"})

    def return_all(self, order_ref: str) -> None:
        self.in_office(order_ref, "/return", way="all")

    def cancel(self, order_ref: str) -> None:
        self.in_office(order_ref, "/cancel")

    def in_office(self, order_ref: str, action: str, **values: str) -> None:
        admin = self.browser()
        self.sign_in_admin(admin)
        send(admin, f"/office/order/{order_ref}", action, **values)


def page_of(browser: FlaskClient, path: str) -> Page:
    answer = browser.get(path)
    return Page(f"http://localhost{path}", answer.status_code, answer.data)


def send(browser: FlaskClient, path: str, action: str, **values: str) -> TestResponse:
    form = page_of(browser, path).form(action)
    return browser.post(form.action or path, data={**form.values, **values})


def the_order(number: str) -> Order:
    return db.session.get_one(Order, int(number) - FIRST_ORDER_NUMBER)


class TestWiesengrund(ShopContract):
    @pytest.fixture
    def shop(self, app: Flask) -> WiesengrundDriver:
        return WiesengrundDriver(app)


def test_partners_are_told_about_outside_a_request(app: Flask) -> None:
    """The shop's language comes from the request; the plugin must not ask for it elsewhere."""
    with app.app_context():
        contact = firstline.contact(seeds.MEIER.number)

    assert contact is not None
    assert (contact.partner, contact.sponsor_ref) == (True, seeds.SCHULZ.number)
