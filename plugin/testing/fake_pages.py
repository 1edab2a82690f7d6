"""The pages of a FakeShop: shelf, cart, sign-in, checkout, and what its office does with an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import flask
from flask import Blueprint, current_app, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

from ..errors import Refused
from ..shop import Customer

if TYPE_CHECKING:
    from .fake_shop import FakeShop

pages = Blueprint("fake_shop", __name__)

_PAGE = """<!doctype html><html lang="en"><head><title>{% block title %}Shop{% endblock %}</title>
{{ firstline_head() }}</head><body><main>{% block main %}{% endblock %}</main></body></html>"""
_CART = """<!doctype html><html lang="en"><head><title>Cart</title>{{ firstline_head() }}</head><body><main>
<h1>Cart</h1>{% if message %}<p role="alert" id="message">{{ message }}</p>{% endif %}
<ul>{% for line in cart.lines %}<li>{{ line.quantity }} x {{ line.title }}</li>{% endfor %}</ul>
{% set quote = firstline_quote() %}
{% for item in quote.items %}<p class="discount">{{ item.label }}: -{{ item.gross }}</p>{% endfor %}
<p>Total <strong id="total">{{ quote.to_pay }}</strong> {{ quote.currency }}</p>
{% include "firstline/coupon_field.html" %}
<form method="post" action="/checkout"><input type="hidden" name="promised" value="{{ quote.discount }}">
<label>E-mail <input name="email"></label><button>Order</button></form>
</main></body></html>"""
_SIGN_IN = """<!doctype html><html lang="en"><head><title>Sign in</title></head><body><main><h1>Sign in</h1>
<form method="post" action="/sign-in"><label>Customer <input name="customer"></label>
<input type="hidden" name="next" value="{{ next }}"><button>Sign in</button></form></main></body></html>"""


def _shop() -> FakeShop:
    return cast("FakeShop", current_app.extensions["fake_shop"])


@pages.get("/")
def start() -> ResponseReturnValue:
    """Show an empty page in the shop's frame."""
    return render_template_string(_PAGE)


@pages.get("/cart")
def cart() -> ResponseReturnValue:
    """Show the cart with the coupon field."""
    return _cart_page()


def _cart_page(message: str = "") -> str:
    return render_template_string(_CART, cart=_shop().current_cart(), message=message)


@pages.post("/cart")
def put() -> ResponseReturnValue:
    """Put a product into the cart."""
    _shop().keep_line(request.form["product"], int(request.form.get("quantity", "1")))
    return redirect("/cart", 303)


@pages.post("/sign-up")
def sign_up() -> ResponseReturnValue:
    """Make an account and sign in."""
    shop, email = _shop(), request.form["email"]
    customer = shop.add_customer(f"c{len(shop.customers) + 1}", email)
    shop.firstline.customer_registered(customer, request.form.get("code") or None)
    shop.db.session.commit()
    _enter(str(customer.ref))
    return redirect("/cart", 303)


@pages.get("/sign-in")
def sign_in_page() -> ResponseReturnValue:
    """Ask who it is."""
    return render_template_string(_SIGN_IN, next=request.args.get("next", "/cart"))


@pages.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in by ref, without any secret: this is a test."""
    if request.form["customer"] not in _shop().customers:
        return "unknown", 403
    _enter(request.form["customer"])
    return redirect(request.form.get("next") or "/cart", 303)


def _enter(ref: str) -> None:
    """Begin a fresh session, as shops do at log-in; the cart comes along."""
    shop = _shop()
    lines = shop.carts.pop(shop.cart_place(), {})
    flask.session.clear()
    flask.session["customer"] = ref
    shop.carts.setdefault(shop.cart_place(), {}).update(lines)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out."""
    flask.session.clear()
    return redirect("/cart", 303)


@pages.post("/checkout")
def checkout() -> ResponseReturnValue:
    """Place an order of the cart; a refusal shows the cart again with the reason."""
    shop, cart = _shop(), _shop().current_cart()
    if cart is None or not cart.lines:
        return _cart_page("The cart is empty."), 409
    guest = Customer(email=request.form.get("email"))
    more = {} if cart.customer else {"customer": guest}
    ref = f"o{shop.next_number()}"
    try:
        shop.place_now(cart, ref, promised_discount=request.form.get("promised") or None, **more)
    except Refused as refused:
        shop.db.session.rollback()
        return _cart_page(refused.message), 409
    shop.db.session.commit()
    shop.carts.pop(shop.cart_place())
    return redirect(f"/orders/{ref}", 303)


@pages.get("/orders/<ref>")
def order(ref: str) -> ResponseReturnValue:
    """Show an order."""
    found = _shop().own_order(ref)
    return render_template_string('<h1>{{ o.ref }}</h1><p id="total">{{ o.total }}</p>', o=found)
