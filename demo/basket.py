"""The pages of the cart."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy import select
from werkzeug import Response

from . import carts, prices
from .base import db
from .models import Product

basket = Blueprint("basket", __name__, url_prefix="/cart")


@basket.get("/")
def show() -> str:
    cart = carts.current()
    if cart is None or not cart.items:
        return render_template("cart_empty.html")
    goods, shipping = carts.goods(cart), carts.shipping(cart.items)
    missing = prices.FREE_SHIPPING_FROM - goods if shipping else 0
    return render_template("cart.html", cart=cart, goods=goods, shipping=shipping, missing=missing)


@basket.post("/add")
def add() -> Response:
    found = select(Product).where(Product.sku == request.form.get("sku"))
    product = db.first_or_404(found)
    carts.put(carts.current_or_new(), product, _quantity(least=1))
    db.session.commit()
    title = product.title(str(get_locale()))
    flash(gettext("In your cart now: %(title)s", title=title), "good")
    return redirect(url_for("basket.show"), 303)


@basket.post("/change")
def change() -> Response:
    cart = carts.current()
    if cart is not None:
        carts.change(cart, request.form.get("sku", ""), _quantity(least=0))
        db.session.commit()
    return redirect(url_for("basket.show"), 303)


def _quantity(*, least: int) -> int:
    text = request.form.get("quantity", "1")
    if not (text.isascii() and text.isdigit()) or len(text) > 3 or int(text) < least:
        abort(400, gettext("Please give a whole number of pieces."))
    return int(text)
