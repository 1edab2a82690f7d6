"""The checkout: address, review, place. Each step commits what it knows, as shops do."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug import Response

from flask_firstline import Quote, Refused

from . import carts, order_mail
from .base import db
from .forms import AddressForm, GuestForm
from .models import Cart
from .orders import draft_of, order_by_key, remember_order, take_quote
from .outbox import keep
from .partners import cart_facts, customer_of, firstline, order_facts
from .payments import begin_payment, settle
from .prices import cents
from .sales import Order

checkout = Blueprint("checkout", __name__, url_prefix="/checkout")


@checkout.route("/", methods=["GET", "POST"])
def address() -> str | Response:
    cart = carts.current()
    if cart is None or not cart.items:
        return redirect(url_for("basket.show"), 303)
    known = current_user if current_user.is_authenticated and not cart.street else cart
    form = AddressForm(obj=known) if current_user.is_authenticated else GuestForm(obj=known)
    if not form.validate_on_submit():
        return render_template("checkout_address.html", form=form, cart=cart)
    form.populate_obj(cart)
    _remember_address(cart)
    db.session.commit()
    return redirect(url_for("checkout.review"), 303)


def _remember_address(cart: Cart) -> None:
    if not current_user.is_authenticated:
        return
    cart.email = current_user.email
    if not current_user.street:
        current_user.take_address(cart)
        firstline.customer_changed(customer_of(current_user))


@checkout.get("/review")
def review() -> str | Response:
    cart = carts.current()
    if cart is None or not cart.items or not cart.street or not cart.email:
        return redirect(url_for("checkout.address"), 303)
    quote = firstline.quote(cart_facts(cart))
    return _review(cart, quote, agreed=None if quote.ok else quote.codes)


def _review(cart: Cart, quote: Quote, *, agreed: Sequence[str] | None, refusal: str = "") -> str:
    """Show the review. Where a code was left out, who orders nevertheless agrees to the codes that hold."""
    session["agreed_codes"] = None if agreed is None else list(agreed)
    return render_template(
        "checkout_review.html",
        cart=cart,
        quote=quote,
        refusal=refusal,
        goods=carts.goods(cart),
        shipping=carts.shipping(cart.items),
    )


@checkout.post("/place")
def place() -> str | Response:
    cart = carts.current()
    if cart is None or not cart.items or not cart.street or not cart.email:
        return redirect(url_for("checkout.address"), 303)
    order = draft_of(cart, current_user if current_user.is_authenticated else None)
    order.discount, shown = _shown("discount_shown"), _shown("to_pay_shown")
    order.codes = session.pop("agreed_codes", None)
    db.session.commit()
    try:
        quote = firstline.order_placed(order_facts(order))
    except Refused as refused:
        db.session.rollback()
        quote = refused.quote or firstline.quote(cart_facts(cart))
        return _review(cart, quote, agreed=refused.codes, refusal=refused.message)
    if cents(quote.to_pay) > shown:
        db.session.rollback()
        return _review(cart, quote, agreed=quote.codes, refusal=gettext("There is more to pay than shown."))
    take_quote(order, quote)
    carts.close(cart)
    remember_order(order)
    letter = order_mail.write(order)
    db.session.commit()
    keep(letter)
    return _pay(order)


@checkout.post("/again/<key>")
def again(key: str) -> Response:
    """Pay an order whose payment failed. Its codes are asked for anew; a refusal asks the buyer first."""
    order = order_by_key(key)
    if order.state != "placed":
        return redirect(url_for("orders.show", key=key), 303)
    if order.payment_trouble:
        try:
            take_quote(order, firstline.order_placed(order_facts(order)))
        except Refused as refused:
            if refused.quote is not None:
                take_quote(order, refused.quote)
            flash(refused.message, "bad")
            flash(gettext("Please look at the new total before you pay."), "bad")
            db.session.commit()
            return redirect(url_for("orders.show", key=key), 303)
        order.payment_trouble = False
        db.session.commit()
    return _pay(order)


def _pay(order: Order) -> Response:
    """Lead the buyer to the payment, or past it where nothing is to pay."""
    if not order.to_pay:
        settle(order)
        return redirect(url_for("orders.show", key=order.key), 303)
    return redirect(url_for("provider.choose", ref=begin_payment(order).ref), 303)


def _shown(name: str) -> int:
    """Read an amount that the buyer saw when ordering, in cents."""
    text = request.form.get(name, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
