"""The shop of the test kit, driven as the contract drives any shop."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

from flask.testing import FlaskClient

from flask_firstline.testing import ADMIN, SHELF, FakeShop, ShopDriver

PRODUCTS = list(SHELF)


class FakeDriver(ShopDriver):
    def __init__(self, shop: FakeShop) -> None:
        self.shop, self.app, self.firstline = shop, shop.app, shop.firstline

    def put_into_cart(self, browser: FlaskClient, product: int = 0) -> None:
        self.shop.put(browser, PRODUCTS[product])

    def cart_page(self, browser: FlaskClient) -> str:
        return browser.get("/cart").text

    def shown_total(self, browser: FlaskClient) -> Decimal:
        return Decimal(self._read(browser, r'<strong id="total">([^<]*)<'))

    def sign_up(self, browser: FlaskClient, email: str) -> None:
        browser.post("/sign-up", data={"email": email})

    def sign_in(self, browser: FlaskClient, email: str) -> None:
        ref = next(ref for ref, customer in self.shop.customers.items() if customer.email == email)
        self.shop.sign_in(browser, ref)

    def sign_out(self, browser: FlaskClient) -> None:
        self.shop.sign_out(browser)

    def sign_in_admin(self, browser: FlaskClient) -> None:
        self.shop.sign_in(browser, ADMIN)

    def open_checkout(self, browser: FlaskClient) -> str:
        return self._read(browser, r'name="promised" value="([^"]*)"')

    def place_order(self, browser: FlaskClient, checkout: object, email: str) -> str | None:
        answer = browser.post("/checkout", data={"promised": str(checkout), "email": email})
        return answer.location.rsplit("/", 1)[-1] if answer.status_code == 303 else None

    def order_total(self, order_ref: str) -> Decimal:
        return Decimal(self.shop.own_order(order_ref).total)

    def pay(self, order_ref: str) -> None:
        self.shop.pay(order_ref)

    def return_unit(self, order_ref: str) -> None:
        self.shop.refund(order_ref, f"{order_ref}-1", lines={PRODUCTS[0]: 1})

    def return_all(self, order_ref: str) -> None:
        self.shop.refund(order_ref, f"{order_ref}-all")

    def cancel(self, order_ref: str) -> None:
        self.shop.cancel(order_ref)

    def _read(self, browser: FlaskClient, pattern: str) -> str:
        found = re.search(pattern, self.cart_page(browser))
        assert found is not None, pattern
        return unescape(found[1])
