"""A small real shop in one object, for tests of what stands on the plugin."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import flask
from flask import Flask, has_request_context, redirect, url_for
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from jinja2 import StrictUndefined
from sqlalchemy import inspect
from werkzeug.wrappers import Response

from ..extension import MOUNTS, Firstline
from ..models.base import create_all
from ..shop import Cart, Customer, Line
from ..state import State, state_of
from .clock import Clock
from .fake_acts import METADATA, TellsPlugin
from .fake_pages import pages
from .goods import SHELF, make_line

ADMIN = "admin"


class FakeShop(TellsPlugin):
    """A shop with customers and carts in memory and orders in a table of its own.

    It is the adapter, makes its app (Flask-SQLAlchemy on `url`, our tables, StrictUndefined), and tells the
    plugin in its own transactions. Bugs of the plugin are raised unless `FIRSTLINE_ON_BUG` is given. It
    has pages, /cart and those around it; `browser()` gives a client for them.
    """

    def __init__(
        self,
        url: str = "sqlite://",
        *,
        clock: Clock | None = None,
        mount: Sequence[str] = MOUNTS,
        **config: object,
    ) -> None:
        self.customers: dict[str, Customer] = {}
        self.carts: dict[str, dict[str, Line]] = {}
        super().__init__()
        self.firstline = Firstline()
        self.clock = clock or Clock()
        self.app = Flask(__name__)
        defaults = {"TESTING": True, "SECRET_KEY": "fake", "FIRSTLINE_ON_BUG": "raise"}
        self.app.config.update({**defaults, "SQLALCHEMY_DATABASE_URI": url, **config})
        self.app.jinja_env.undefined = StrictUndefined
        self.app.extensions["fake_shop"] = self
        self.app.register_blueprint(pages)
        self.db = SQLAlchemy(self.app)
        self.firstline.init_app(self.app, shop=self, mount=mount)
        self.clock.plug_into(self.app)
        with self.app.app_context():
            if not inspect(self.db.engine).has_table("firstline_secret"):
                create_all(self.db.engine)
            METADATA.create_all(self.db.engine)

    def __enter__(self) -> FakeShop:
        """Give the shop; it is closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back."""
        with self.app.app_context():
            self.db.engine.dispose()

    @property
    def state(self) -> State:
        """What the plugin knows of this app."""
        return state_of(self.app)

    # What the shop answers --------------------------------------------------------------------------------

    def current_customer(self) -> Customer | None:
        """Give who is signed in."""
        ref = flask.session.get("customer") if has_request_context() else None
        return None if ref is None else self.customers[ref]

    def current_cart(self) -> Cart | None:
        """Give the cart of this request; a guest's is the visitor's."""
        if not has_request_context():
            return None
        customer = self.current_customer()
        lines = tuple(self.carts.get(self.cart_place(), {}).values())
        key = None if customer is None else f"customer-{customer.ref}"
        return Cart(key=key, currency="EUR", lines=lines, customer=customer)

    def is_admin(self) -> bool:
        """Say whether the admin is signed in."""
        return has_request_context() and flask.session.get("customer") == ADMIN

    def login_redirect(self, next: str) -> Response:  # noqa: A002 - the contract's name
        """Lead to the sign-in page."""
        return redirect(url_for("fake_shop.sign_in_page", next=next))

    def cart_place(self) -> str:
        """Give where the cart of this browser is kept."""
        if flask.session.get("customer"):
            return f"customer-{flask.session['customer']}"
        return str(flask.session.setdefault("cart", secrets.token_hex(8)))

    # Customers and browsers -------------------------------------------------------------------------------

    def add_customer(self, ref: object, email: str | None = None, **more: object) -> Customer:
        """Keep a customer of the shop's own; the plugin is told by `register`, or by an order."""
        customer = Customer(ref=str(ref), email=email or f"{ref}@shop.example", **more)  # type: ignore[arg-type]
        self.customers[str(ref)] = customer
        return customer

    def browser(self, customer: object = None) -> FlaskClient:
        """Give a client with cookies of its own, signed in as this customer (`ADMIN` for the admin)."""
        client = self.app.test_client()
        if customer is not None:
            self.sign_in(client, customer)
        return client

    def sign_in(self, browser: FlaskClient, customer: object) -> None:
        """Sign a browser in; an unknown customer is added. The cart comes along."""
        if str(customer) not in self.customers:
            self.add_customer(customer)
        browser.post("/sign-in", data={"customer": str(customer)})

    def sign_out(self, browser: FlaskClient) -> None:
        """Sign a browser out; it keeps an empty cart."""
        browser.post("/sign-out")

    def put(self, browser: FlaskClient, product: str, quantity: int = 1) -> None:
        """Put something from the shelf (`SHELF`) into a browser's cart."""
        browser.post("/cart", data={"product": product, "quantity": str(quantity)})

    def keep_line(self, product: str, quantity: int) -> None:
        """Put a product into the cart of this request."""
        price, rate = SHELF[product]
        line = make_line(product, price, quantity=quantity, product=product, vat_rate=rate)
        self.carts.setdefault(self.cart_place(), {})[product] = line
