"""A small foreign shop with the plugin mounted: strict templates, a strict policy, a cart per session."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Flask, Response, redirect, render_template_string, request, session
from flask_sqlalchemy import SQLAlchemy
from jinja2 import StrictUndefined
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from flask_firstline import Cart, Customer, Firstline, Invoice, Line, Order, Refund
from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.models import CommissionTerms
from flask_firstline.services import codes, coupons, partners
from flask_firstline.state import state_of
from tests.tables import file_with_tables

NOON = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
CART = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cart</title>
<link rel="stylesheet" href="/shop.css">
<meta name="viewport" content="width=device-width, initial-scale=1">{{ firstline_head() }}</head>
<body><main><h1>Cart</h1>{% include "firstline/coupon_field.html" %}
<p>To pay: <output id="to-pay">{{ firstline_quote().to_pay }}</output></p></main></body></html>"""
CART_IN_ONE_FORM = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cart</title></head>
<body><main><h1>Cart</h1><form id="own" method="post" action="/quantities">
{% set form_id = "coupon" %}{% include "firstline/coupon_field.html" %}</form>
{% include "firstline/coupon_form.html" %}</main></body></html>"""


@dataclass
class Adapter:
    """The shop's answers."""

    people: dict[str, Customer] = field(default_factory=dict)
    quantity: int = 2
    lines_known: bool = True
    notices: list[tuple[bool, str]] = field(default_factory=list)

    def current_customer(self) -> Customer | None:
        """Give who is signed in."""
        return self.people.get(session.get("ref", ""))

    def current_cart(self) -> Cart | None:
        """Give a cart of balsam; its key lives in the session."""
        key = session.setdefault("cart", uuid.uuid4().hex)
        return Cart(
            key=key,
            currency="EUR",
            lines=[balsam(self.quantity)] if self.lines_known else None,
            shipping=Decimal("4.90"),
            shipping_vat_rate=Decimal(19),
            customer=self.current_customer(),
        )

    def is_admin(self) -> bool:
        """Nobody is one here."""
        return False


def balsam(quantity: int) -> Line:
    """Give a line of a product for 14.90."""
    return Line(
        key="1", product_ref="balsam", quantity=quantity, unit_price="14.90", vat_rate=19, title="Balsam"
    )


@dataclass
class World:
    """The shop, and what its people do."""

    app: Flask
    firstline: Firstline
    adapter: Adapter
    now: datetime = NOON

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            self.app.extensions["sqlalchemy"].engine.dispose()

    def later(self, **span: int) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def in_books(self, work: Callable[[Connection], int]) -> int:
        """Do work on our tables and commit it."""
        state = state_of(self.app)
        with self.app.app_context():
            result: int = state.in_own_unit(lambda opened: work(opened.connection()))
        return result

    def partner(self, ref: str, name: str, sponsor: str | None = None) -> int:
        """Make a customer a partner."""
        customer = Customer(ref=ref, email=f"{ref}@post.example", name=name)
        self.adapter.people[ref] = customer
        return self.in_books(
            lambda conn: partners.add_partner(
                conn, ref=ref, email=customer.email, name=name, sponsor_ref=sponsor, who="admin", now=self.now
            )
        )

    def coupon(self, name: str = "5 EUR for new customers", **terms: object) -> int:
        """Make a coupon of 5.00 from 20.00 for new customers, opened for partners."""
        values: dict[str, object] = {
            "kind": Kind.AMOUNT,
            "amount": 500,
            "currency": "EUR",
            "min_order": 2000,
            "new_customers_only": True,
        }
        made = CouponTerms(**{**values, "name": name, **terms})  # type: ignore[arg-type]  # fields of the terms
        return self.in_books(
            lambda conn: coupons.create_coupon(conn, made, open_to_partners=True, who="admin", now=self.now)
        )

    def code(self, text: str, coupon_id: int, owner_id: int | None = None) -> int:
        """Make a code."""
        return self.in_books(
            lambda conn: codes.create_code(
                conn, text, coupon_id=coupon_id, owner_id=owner_id, who="admin", now=self.now
            )
        )

    def terms(self, percents: Mapping[int, int]) -> None:
        """Set general commission terms, per cent by level."""

        def work(conn: Connection) -> int:
            rows = [
                {
                    "place": f"level {level}",
                    "level": level,
                    "percent": Decimal(percent),
                    "changed_at": self.now,
                }
                for level, percent in percents.items()
            ]
            conn.execute(CommissionTerms.__table__.insert(), rows)
            return len(rows)

        self.in_books(work)

    def buys(self, ref: str, name: str, *, number: str, quantity: int = 2, code: str | None = None) -> None:
        """Let a customer order balsam and pay."""
        customer = Customer(ref=ref, email=f"{ref}@post.example", name=name)
        self.adapter.people[ref] = customer
        order = Order(
            ref=number,
            number=f"R-{number}",
            currency="EUR",
            lines=[balsam(quantity)],
            customer=customer,
            codes=(code,) if code else (),
            cart_key=f"cart-{number}",
        )
        with self.app.app_context():
            self.firstline.order_placed(order, commit=True)
            self.firstline.invoice_paid(Invoice(ref=number, order_ref=number, currency="EUR"), commit=True)

    def returns(self, number: str) -> None:
        """Let everything of an order go back."""
        with self.app.app_context():
            refund = Refund(ref=f"back-{number}", order_ref=number, currency="EUR")
            self.firstline.invoice_refunded(refund, commit=True)


def make_world(folder: Path, *, url: str | None = None, **config: object) -> World:
    """Build the shop on a SQLite file of its own, or on a database that has our tables."""
    app = Flask("small_shop")
    app.jinja_env.undefined = StrictUndefined
    app.config.update(
        SECRET_KEY="a secret of this test",
        TESTING=True,
        SQLALCHEMY_DATABASE_URI=url or file_with_tables(folder),
        FIRSTLINE_ON_BUG="raise",
        FIRSTLINE_TIMEZONE="Europe/Berlin",
        **config,
    )
    SQLAlchemy(app)
    adapter, firstline = Adapter(), Firstline()
    firstline.init_app(app, shop=adapter, mount=("checkout", "desk"))
    world = World(app=app, firstline=firstline, adapter=adapter)
    state_of(app).clock = lambda: world.now
    _add_pages(app)
    return world


def _add_pages(app: Flask) -> None:
    @app.get("/")
    def cart() -> str:
        return render_template_string(CART)

    @app.get("/shop.css")
    def stylesheet() -> Response:
        return Response("body { background: #fff; color: #222 }", mimetype="text/css")

    @app.get("/one-form")
    def cart_in_one_form() -> str:
        return render_template_string(CART_IN_ONE_FORM)

    @app.get("/sign-in/<ref>")
    def sign_in(ref: str) -> BaseResponse:
        session["ref"] = ref
        return redirect(request.args.get("next", "/"))

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response


__all__ = ["NOON", "POLICY", "Adapter", "World", "balsam", "make_world"]
