"""The cart of the visitor: a row known by a random key in the session."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, session
from flask_login import current_user
from sqlalchemy import select

from .base import db
from .models import Cart, CartItem, Product, User
from .prices import FREE_SHIPPING_FROM, SHIPPING

MOST_OF_ONE = 20


def current() -> Cart | None:
    """Give the cart of this visitor, or None where nothing was put in yet."""
    if "cart" not in g:
        key = session.get("cart")
        g.cart = db.session.scalar(select(Cart).where(Cart.key == key)) if key else None
    found: Cart | None = g.cart
    return found


def current_or_new() -> Cart:
    """Give the cart of this visitor; make one where there is none."""
    cart = current()
    if cart is None:
        cart = g.cart = Cart(user_id=current_user.id if current_user.is_authenticated else None)
        db.session.add(cart)
        db.session.flush()
        session["cart"] = cart.key
    return cart


def put(cart: Cart, product: Product, quantity: int) -> None:
    """Put more of a product into the cart."""
    item = next((item for item in cart.items if item.product_id == product.id), None)
    if item is None:
        item = CartItem(product=product, quantity=0)
        cart.items.append(item)
    item.quantity = min(item.quantity + quantity, MOST_OF_ONE)


def change(cart: Cart, sku: str, quantity: int) -> None:
    """Set how many of a product are in the cart; 0 takes it out."""
    item = next((item for item in cart.items if item.product.sku == sku), None)
    if item is None:
        return
    if quantity <= 0:
        cart.items.remove(item)
    else:
        item.quantity = min(quantity, MOST_OF_ONE)


def goods(cart: Cart) -> int:
    """Give the price of all goods, in cents."""
    return sum(item.total for item in cart.items)


def shipping(items: Sequence[CartItem]) -> int:
    """Give the price of shipping, in cents: nothing for gift cards and for large carts."""
    shipped = [item for item in items if not item.product.gift_card]
    if not shipped or sum(item.total for item in items) >= FREE_SHIPPING_FROM:
        return 0
    return SHIPPING


def adopt(user: User) -> None:
    """Hand this visitor's cart to who signed in; without one, take up the cart of the last visit."""
    cart = current()
    if cart is None:
        last = select(Cart).where(Cart.user_id == user.id).order_by(Cart.id.desc()).limit(1)
        cart = g.cart = db.session.scalar(last)
        if cart is not None:
            session["cart"] = cart.key
    elif cart.user_id != user.id:
        cart.user_id = user.id
        cart.email = ""


def leave() -> None:
    """Forget the cart when somebody signs out."""
    session.pop("cart", None)
    g.pop("cart", None)


def close(cart: Cart) -> None:
    """Remove a cart that became an order."""
    db.session.delete(cart)
    leave()
