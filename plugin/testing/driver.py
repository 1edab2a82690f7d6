"""How the contract drives a shop that it does not know: by its pages, and by our coupon field on them."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, Table, select
from werkzeug.test import TestResponse

from ..extension import Firstline
from ..models.base import Base
from ..shop import Customer
from ..state import State, state_of
from .program import make_code, make_coupon, make_partner, make_terms

Seen = TypeVar("Seen")


class ShopDriver(ABC):
    """Does in your shop what its customers and its office do. Fill in every method; the tests do the rest.

    The app runs with TESTING and a fresh database that has your tables and ours. A browser is a test client.
    """

    app: Flask
    firstline: Firstline
    currency = "EUR"
    takes_guests = True
    """Whether somebody without an account can order."""

    def browser(self) -> FlaskClient:
        """Give a browser that nobody is signed in with."""
        return self.app.test_client()

    @abstractmethod
    def put_into_cart(self, browser: FlaskClient, product: int = 0) -> None:
        """Put one piece of a product into the cart: 0 and 1 are two that coupons may be used for."""

    @abstractmethod
    def cart_page(self, browser: FlaskClient) -> str:
        """Give the HTML of the page with the coupon field."""

    @abstractmethod
    def shown_total(self, browser: FlaskClient) -> Decimal:
        """Read from that page what is to pay."""

    @abstractmethod
    def sign_up(self, browser: FlaskClient, email: str) -> None:
        """Make an account with this e-mail address, and sign in with it. What is in the cart stays there."""

    @abstractmethod
    def sign_in(self, browser: FlaskClient, email: str) -> None:
        """Sign in with an account that `sign_up` made."""

    @abstractmethod
    def sign_out(self, browser: FlaskClient) -> None:
        """Sign out."""

    @abstractmethod
    def sign_in_admin(self, browser: FlaskClient) -> None:
        """Sign in as somebody who runs the shop."""

    @abstractmethod
    def open_checkout(self, browser: FlaskClient) -> Any:  # noqa: ANN401 - handed back to place_order
        """Open the last page before ordering; give what its form sends."""

    @abstractmethod
    def place_order(self, browser: FlaskClient, checkout: Any, email: str) -> str | None:  # noqa: ANN401
        """Send that form (`email` is for guests). Give the ref that the plugin is told, None for no order."""

    @abstractmethod
    def order_total(self, order_ref: str) -> Decimal:
        """Give what the shop charges for an order."""

    @abstractmethod
    def pay(self, order_ref: str) -> None:
        """Let the payment provider say that the order is paid. The tests say it twice."""

    @abstractmethod
    def return_unit(self, order_ref: str) -> None:
        """Take one piece of product 0 back and refund it."""

    @abstractmethod
    def return_all(self, order_ref: str) -> None:
        """Refund everything that was not refunded yet."""

    @abstractmethod
    def cancel(self, order_ref: str) -> None:
        """Cancel an order that is not paid."""

    # The tests' own ---------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What the plugin knows of this app."""
        return state_of(self.app)

    def inside(self, browser: FlaskClient, read: Callable[[], Seen]) -> Seen:
        """Read something as a view of the shop would, within a request of this browser for the cart page."""
        with browser:
            self.cart_page(browser)
            return read()

    def customer(self, browser: FlaskClient) -> Customer | None:
        """Ask the adapter who is signed in with this browser."""
        return self.inside(browser, self.state.customer)

    def type_code(self, browser: FlaskClient, code: str, *, script: bool = False) -> TestResponse:
        """Type a code into the coupon field and send it, as a form or as our script does."""
        form = coupon_form(self.cart_page(browser))
        headers = {"Accept": "application/json"} if script else {}
        return browser.post(form.action, data={**form.hidden, "code": code}, headers=headers)

    def order(self, browser: FlaskClient, email: str) -> str | None:
        """Open the checkout and order."""
        return self.place_order(browser, self.open_checkout(browser), email)

    def rows(self, model: type[Base] | Table, **where: object) -> list[Row[Any]]:
        """Give rows of a table of ours as another process sees them: what is committed."""
        table = model if isinstance(model, Table) else model.__table__
        with self.app.app_context():
            engine = self.state.engine()
        with engine.connect() as conn:
            return list(conn.execute(select(table).filter_by(**where)))


@dataclass
class CouponForm:
    """Our form on a page of the shop."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: CouponForm | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("data-firstline") == "coupon" and self.form is None:
            self.form, self._inside = CouponForm(action=given["action"]), True
        elif tag == "input" and self._inside and self.form and given.get("type") == "hidden":
            self.form.hidden[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def coupon_form(html: str) -> CouponForm:
    """Find the coupon field's form on a page, or raise AssertionError saying what to include."""
    finder = _Finder()
    finder.feed(html)
    if finder.form is None:
        raise AssertionError(
            'the cart page has no coupon field; put {% include "firstline/coupon_field.html" %} on it'
        )
    return finder.form


@dataclass(frozen=True)
class Scene:
    """A partner with a code that takes 10 per cent off and earns 10 per cent, under names of its own."""

    partner: str
    code: str


def set_scene(shop: ShopDriver, **terms: object) -> Scene:
    """Make the partner and the code; `terms` are further terms of the coupon."""
    name = secrets.token_hex(4)
    scene = Scene(partner=f"partner-{name}", code=f"save {name}")
    make_partner(shop.app, scene.partner)
    make_terms(shop.app, 10, partner=scene.partner)
    make_coupon(shop.app, scene.code, **{"percent": 10, **terms})  # type: ignore[arg-type]  # typed there
    make_code(shop.app, scene.code, owner=scene.partner, coupon=scene.code)
    return scene


def new_email() -> str:
    """Give an e-mail address that nobody has had."""
    return f"buyer-{secrets.token_hex(4)}@shop.example"
