"""The plugin in the atelier: UUIDs, StrictUndefined, a plain scoped session."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from flask_firstline.models import Contact, Document
from flask_firstline.testing import ShopContract, ShopDriver, make_code, make_partner, make_terms

from . import atelier

LAMP, VASE = uuid.UUID(int=1), uuid.UUID(int=2)


class AtelierDriver(ShopDriver):
    currency = "DKK"

    def __init__(self, url: str) -> None:
        self.app = atelier.create_app(url, TESTING=True)
        self.engine: Engine = self.app.extensions["atelier"]["engine"]
        self.firstline = self.app.extensions["atelier"]["firstline"]
        with Session(self.engine) as session:
            lamp = atelier.Product(id=LAMP, name="Lamp", price=Decimal("799.60"))
            vase = atelier.Product(id=VASE, name="Vase", price=Decimal("212.15"))
            session.add_all([lamp, vase, atelier.Person(email="staff@atelier.example", staff=True)])
            session.commit()

    def close(self) -> None:
        self.engine.dispose()

    def post(self, browser: FlaskClient, path: str, **data: str) -> TestResponse:
        token = self.read(browser, r'name="_forgery" value="(\w+)"')
        return browser.post(path, data={"_forgery": token, **data})

    def read(self, browser: FlaskClient, pattern: str) -> str:
        found = re.search(pattern, self.cart_page(browser))
        assert found is not None, pattern
        return unescape(found[1])

    def put_into_cart(self, browser: FlaskClient, product: int = 0) -> None:
        self.post(browser, "/basket", product=str((LAMP, VASE)[product]))

    def cart_page(self, browser: FlaskClient) -> str:
        return browser.get("/basket").text

    def shown_total(self, browser: FlaskClient) -> Decimal:
        return Decimal(self.read(browser, r'<b id="sum">([\d.]+)<'))

    def sign_up(self, browser: FlaskClient, email: str) -> None:
        self.post(browser, "/enter", email=email)

    def sign_in(self, browser: FlaskClient, email: str) -> None:
        self.post(browser, "/enter", email=email)

    def sign_out(self, browser: FlaskClient) -> None:
        self.post(browser, "/leave")

    def sign_in_admin(self, browser: FlaskClient) -> None:
        self.post(browser, "/enter", email="staff@atelier.example")

    def open_checkout(self, browser: FlaskClient) -> dict[str, str]:
        token = self.read(browser, r'name="_forgery" value="(\w+)"')
        return {"_forgery": token, "off": self.read(browser, r'name="off" value="([\d.]+)"')}

    def place_order(self, browser: FlaskClient, checkout: dict[str, str], email: str) -> str | None:
        answer = browser.post("/order", data={**checkout, "email": email})
        return answer.location.rsplit("/", 1)[-1] if answer.status_code == 303 else None

    def order_total(self, order_ref: str) -> Decimal:
        page = self.browser().get(f"/receipt/{order_ref}").text
        found = re.search(r'<b id="sum">([\d.]+)<', page)
        assert found is not None
        return Decimal(found[1])

    def pay(self, order_ref: str) -> None:
        assert self.browser().post(f"/bank/paid/{order_ref}").status_code == 204

    def return_unit(self, order_ref: str) -> None:
        answer = self.browser().post(f"/bank/refunded/{order_ref}", data={str(LAMP): "1"})
        assert answer.status_code == 204

    def return_all(self, order_ref: str) -> None:
        assert self.browser().post(f"/bank/refunded/{order_ref}").status_code == 204

    def cancel(self, order_ref: str) -> None:
        assert self.browser().post(f"/bank/cancelled/{order_ref}").status_code == 204


@pytest.fixture
def shop(firstline_url: str) -> Iterator[AtelierDriver]:
    driver = AtelierDriver(firstline_url)
    yield driver
    driver.close()


class TestAtelier(ShopContract):
    """The contract, on both databases."""


@pytest.fixture
def partner(shop: AtelierDriver) -> tuple[FlaskClient, str]:
    """A partner with a code of 100.00 off, signed in, and the ref."""
    browser = shop.browser()
    shop.sign_up(browser, "meier@atelier.example")
    customer = shop.customer(browser)
    assert customer is not None and customer.ref is not None
    make_partner(shop.app, customer.ref, email="meier@atelier.example", name="Meier")
    make_terms(shop.app, 10)
    make_code(shop.app, "vonmeier", owner=customer.ref, amount=100, currency="DKK", min_order=500)
    return browser, customer.ref


def test_a_sale_by_pages_alone(shop: AtelierDriver, partner: tuple[FlaskClient, str]) -> None:
    buyer = shop.browser()
    shop.put_into_cart(buyer)
    assert shop.shown_total(buyer) == Decimal("1048.25")  # 799.60 + 39.00 and 25 per cent
    shop.type_code(buyer, "VonMeier")
    assert shop.shown_total(buyer) == Decimal("923.25")
    shop.sign_up(buyer, "ina@atelier.example")
    assert shop.shown_total(buyer) == Decimal("923.25")
    ref = shop.order(buyer, "")
    assert ref is not None

    receipt = buyer.get(f"/receipt/{ref}").text
    assert "* Paid in full" in receipt
    assert "923.25" in receipt
    shop.pay(ref)
    desk = partner[0].get("/firstline/desk/", headers={"Accept-Language": "en"})
    assert desk.status_code == 200
    assert "69.96" in desk.text  # 10 per cent of 799.60 - 100.00


def test_our_pages_stand_in_the_shops_frame(shop: AtelierDriver, partner: tuple[FlaskClient, str]) -> None:
    page = partner[0].get("/firstline/desk/").text

    assert "<header>meier@atelier.example</header>" in page
    assert shop.browser().get("/firstline/desk/").location == "/enter"


def test_refs_are_uuids_as_text(shop: AtelierDriver) -> None:
    browser = shop.browser()
    shop.sign_up(browser, "ina@atelier.example")
    shop.put_into_cart(browser)
    ref = shop.order(browser, "")
    with Session(shop.engine) as session:
        person = session.scalar(select(atelier.Person).where(atelier.Person.email == "ina@atelier.example"))
        assert person is not None

    assert [row.ref for row in shop.rows(Contact)] == [str(person.id)]
    assert [row.ref for row in shop.rows(Document)] == [ref]


def test_our_tables_and_the_shops_do_not_know_each_other(shop: AtelierDriver) -> None:
    assert not any(name.startswith("firstline_") for name in atelier.Base.metadata.tables)


def test_the_shops_own_check_guards_our_form_too(shop: AtelierDriver) -> None:
    browser = shop.browser()
    shop.put_into_cart(browser)

    assert "_forgery" in shop.cart_page(browser).split('data-firstline="coupon"')[1].split("</form>")[0]
    assert browser.post("/firstline/coupon", data={"code": "vonmeier"}).status_code == 400
