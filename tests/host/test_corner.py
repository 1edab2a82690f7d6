"""The plugin in the corner shop: floats, guests, a cart in a cookie, nothing protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from flask_firstline import Customer
from flask_firstline.models import Contact, Document, Redemption
from flask_firstline.testing import ShopContract, ShopDriver, make_code, make_partner, make_terms, switch_code
from flask_firstline.testing.driver import coupon_form

from . import corner


class CornerDriver(ShopDriver):
    def __init__(self, url: str) -> None:
        self.app, self.firstline = corner.create_app(url, TESTING=True), corner.firstline
        with self.app.app_context():
            jam = corner.Product(id=1, name="Jam", price=19.99)
            tea = corner.Product(id=2, name="Tea", price=0.1 + 0.2)
            corner.db.session.add_all([jam, tea, corner.User(id=1000, email="boss", is_boss=True)])
            corner.db.session.commit()

    def close(self) -> None:
        with self.app.app_context():
            corner.db.engine.dispose()

    def read(self, page: str, pattern: str) -> str:
        found = re.search(pattern, page)
        assert found is not None, pattern
        return found[1]

    def put_into_cart(self, browser: FlaskClient, product: int = 0) -> None:
        browser.get(f"/add/{product + 1}")

    def cart_page(self, browser: FlaskClient) -> str:
        return browser.get("/cart").text

    def shown_total(self, browser: FlaskClient) -> Decimal:
        return Decimal(self.read(self.cart_page(browser), r"<span id=total>([^<]+)<"))

    def sign_up(self, browser: FlaskClient, email: str) -> None:
        browser.post("/login", data={"email": email})

    def sign_in(self, browser: FlaskClient, email: str) -> None:
        browser.post("/login", data={"email": email})

    def sign_out(self, browser: FlaskClient) -> None:
        browser.get("/logout")

    def sign_in_admin(self, browser: FlaskClient) -> None:
        browser.post("/login", data={"email": "boss"})

    def open_checkout(self, browser: FlaskClient) -> str:
        return self.read(self.cart_page(browser), r'name=discount type=hidden value="([^"]+)"')

    def place_order(self, browser: FlaskClient, checkout: str, email: str) -> str | None:
        answer = browser.post("/buy", data={"discount": checkout, "email": email})
        return answer.location.rsplit("/", 1)[-1] if answer.status_code == 302 else None

    def order_total(self, order_ref: str) -> Decimal:
        page = self.browser().get(f"/thanks/{order_ref}").text
        return Decimal(self.read(page, r"<b id=total>([^<]+)<"))

    def pay(self, order_ref: str) -> None:
        assert self.browser().post(f"/boss/paid/{order_ref}").text == "ok"

    def return_unit(self, order_ref: str) -> None:
        slip = {"slip": f"{order_ref}/1", "product": "1"}
        assert self.browser().post(f"/boss/back/{order_ref}", data=slip).text == "ok"

    def return_all(self, order_ref: str) -> None:
        answer = self.browser().post(f"/boss/back/{order_ref}", data={"slip": f"{order_ref}/all"})
        assert answer.text == "ok"

    def cancel(self, order_ref: str) -> None:
        assert self.browser().post(f"/boss/cancel/{order_ref}").text == "ok"


@pytest.fixture
def shop(firstline_url: str) -> Iterator[CornerDriver]:
    driver = CornerDriver(firstline_url)
    yield driver
    driver.close()


class TestCorner(ShopContract):
    """The contract, on both databases."""


@pytest.fixture
def code(shop: CornerDriver) -> str:
    make_partner(shop.app, "meier")
    make_terms(shop.app, 10)
    make_code(shop.app, "vonmeier", owner="meier", percent=10, new_customers_only=True)
    return "vonmeier"


def filled(shop: CornerDriver, pieces: int = 3) -> FlaskClient:
    browser = shop.browser()
    for _ in range(pieces):
        shop.put_into_cart(browser, 1)
    return browser


def test_thirds_of_a_float_add_up(shop: CornerDriver, code: str) -> None:
    """Three times 0.1 + 0.2, which is 0.30000000000000004 in this shop."""
    browser = filled(shop)
    shop.put_into_cart(browser, 0)
    assert shop.shown_total(browser) == Decimal("20.89")
    shop.type_code(browser, code)
    assert shop.shown_total(browser) == Decimal("18.80")
    ref = shop.order(browser, "gast@corner.example")
    assert ref is not None
    shop.pay(ref)
    shop.pay(ref)

    assert shop.order_total(ref) == Decimal("18.80")
    assert shop.rows(Document)[0].paid_at is not None
    with shop.app.app_context():
        assert str(shop.firstline.balance("meier")["EUR"].on_hold) == "1.58"


def test_a_guest_is_a_contact_by_the_address(shop: CornerDriver, code: str) -> None:
    browser = filled(shop, 9)
    shop.type_code(browser, code)
    assert shop.order(browser, "Gast@Corner.example") is not None

    with shop.app.app_context():
        found = shop.firstline.contact(Customer(email="gast@corner.example"))
    assert found is not None
    assert (found.ref, found.sponsor_ref, found.address_type) == (None, "meier", "customer")


def test_a_guest_is_asked_again_instead_of_charged_more(shop: CornerDriver, code: str) -> None:
    """The address comes with the order: only then can be told that somebody has bought before."""
    for n in range(2):
        browser = filled(shop, 9)
        shop.type_code(browser, code)
        shown, checkout = shop.shown_total(browser), shop.open_checkout(browser)
        answer = browser.post("/buy", data={"discount": checkout, "email": "gast@corner.example"})
        if n == 0:
            assert answer.status_code == 302

    assert answer.status_code == 409
    assert "new customers" in answer.text
    assert shown < Decimal("2.70")
    assert len(shop.rows(Redemption)) == 1


def test_a_second_click_writes_a_phantom_and_we_do_not_mind(shop: CornerDriver, code: str) -> None:
    browser = filled(shop)
    checkout = shop.open_checkout(browser)
    refs = [shop.place_order(browser, checkout, "gast@corner.example") for _ in range(3)]

    assert len({ref for ref in refs if ref}) == 3
    assert [row.ref for row in shop.rows(Document)] == [refs[0]]


def test_the_same_person_with_an_account_later_is_one_contact(shop: CornerDriver, code: str) -> None:
    browser = filled(shop, 9)
    shop.type_code(browser, code)
    shop.order(browser, "gast@corner.example")
    shop.sign_up(browser, "gast@corner.example")
    customer = shop.customer(browser)

    assert customer is not None
    found = shop.rows(Contact, email="gast@corner.example")
    assert [row.ref for row in found] == [customer.ref]
    assert found[0].first_order_ref is not None


def test_a_code_link_works_before_there_is_a_cart(shop: CornerDriver, code: str) -> None:
    browser = shop.browser()
    answer = browser.get(f"/firstline/c/{code}?next=/cart")
    assert (answer.status_code, answer.location) == (303, "/cart")
    for _ in range(10):
        shop.put_into_cart(browser, 1)

    assert shop.shown_total(browser) == Decimal("2.70")


def test_a_code_that_is_switched_off_is_said_on_the_next_page(shop: CornerDriver, code: str) -> None:
    browser = filled(shop, 10)
    shop.type_code(browser, code)
    switch_code(shop.app, code, active=False)
    page = shop.cart_page(browser)

    assert "3.00" in page
    assert "cannot be used" in page


def test_a_spoilt_cookie_is_an_empty_cart(shop: CornerDriver) -> None:
    browser = shop.browser()
    browser.set_cookie("cart", "spoilt")

    assert coupon_form(shop.cart_page(browser)).action == "/firstline/coupon"


def test_a_foreign_page_cannot_use_our_form(shop: CornerDriver, code: str) -> None:
    """The shop protects nothing; our own token does."""
    browser, victim = filled(shop, 10), filled(shop, 10)
    form = coupon_form(shop.cart_page(browser))
    origin = {"Origin": "https://evil.example"}
    answer = victim.post(form.action, data={**form.hidden, "code": code}, headers=origin)

    assert answer.status_code == 400
    assert shop.shown_total(victim) == Decimal("3.00")
