"""Orders and invoices as the buyer sees them."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, session
from flask_login import current_user
from sqlalchemy import select

from flask_firstline import Quote

from . import carts
from .base import db
from .clock import now
from .models import Cart, User
from .partners import firstline
from .prices import cents
from .sales import FIRST_ORDER_NUMBER, Order, OrderCoupon, OrderLine, OrderTax

orders = Blueprint("orders", __name__, url_prefix="/order")


def draft_of(cart: Cart, user: User | None) -> Order:
    """Write the order that a cart is about to become; a second try takes up the first one's row."""
    draft = select(Order).where(Order.cart_key == cart.key, Order.state == "draft")
    order = db.session.scalar(draft) or Order(cart_key=cart.key)
    order.user, order.email = user, cart.email
    order.take_address(cart)
    order.shipping = carts.shipping(cart.items)
    order.lines.clear()
    db.session.add(order)
    db.session.flush()
    order.lines = [
        OrderLine(
            product=item.product,
            sku=item.product.sku,
            quantity=item.quantity,
            price=item.price,
            vat_rate=item.vat_rate,
        )
        for item in cart.items
    ]
    return order


def take_quote(order: Order, quote: Quote) -> None:
    """Keep what the quote says: discount, share of each line, VAT per rate, what is to pay."""
    order.codes = list(quote.codes)
    order.discount = cents(quote.discount)
    order.total, order.to_pay = cents(quote.total), cents(quote.to_pay)
    for line in order.lines:
        line.discount = cents(quote.allocation[line.sku])
    order.taxes = [OrderTax(rate=int(rate), vat=cents(vat)) for rate, vat in quote.vat.items()]
    order.coupons = [
        OrderCoupon(code=item.code, label=item.label, net=cents(item.net), gross=cents(item.gross))
        for item in quote.items
    ]
    if order.state == "draft":
        order.state, order.placed_at = "placed", now()


def order_by_key(key: str) -> Order:
    """Find an order by its secret key."""
    found: Order = db.first_or_404(select(Order).where(Order.key == key, Order.state != "draft"))
    return found


def order_by_number(number: str) -> Order:
    """Find an order by its number."""
    wanted = int(number) - FIRST_ORDER_NUMBER if number.isascii() and number.isdigit() else 0
    found: Order = db.first_or_404(
        select(Order).where(Order.id == min(wanted, 2**31 - 1), Order.state != "draft")
    )
    return found


def remember_order(order: Order) -> None:
    """Let the buyer come back to an order without an account."""
    session["orders"] = [*session.get("orders", []), order.key][-20:]


def _open_order(key: str) -> Order:
    """Find an order that this visitor may see: the buyer in this browser or account, or an admin."""
    order = order_by_key(key)
    own = current_user.is_authenticated and (current_user.is_admin or order.user_id == current_user.id)
    if not own and key not in session.get("orders", []):
        abort(404)
    return order


@orders.get("/<key>")
def show(key: str) -> str:
    order = _open_order(key)
    view = firstline.order(order.number)
    return render_template(
        "order.html",
        order=order,
        star=view is not None and view.partner_invoice,
        credit_back=0 if view is None else cents(view.credit_back),
    )


@orders.get("/<key>/invoice")
def invoice(key: str) -> str:
    order = _open_order(key)
    if order.invoice is None:
        abort(404)
    view = firstline.order(order.number)
    star = view is not None and view.partner_invoice
    return render_template("invoice.html", order=order, invoice=order.invoice, star=star)
