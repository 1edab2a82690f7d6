"""The glue: all that Flask-Firstline has to know about this shop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.message import EmailMessage

from flask import redirect, url_for
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import or_, select
from werkzeug import Response

from flask_firstline import Admin, Cart, Customer, Firstline, Line, Order, Product

from . import carts, models, outbox, question, sales
from .base import db
from .prices import CURRENCY, SHIPPING_VAT_RATE, euros

firstline = Firstline()


class Wiesengrund:
    """Answers Flask-Firstline's questions."""

    def current_customer(self) -> Customer | None:
        return customer_of(current_user) if current_user.is_authenticated else None

    def current_cart(self) -> Cart | None:
        cart = carts.current()
        return cart_facts(cart) if cart else None

    def is_admin(self) -> bool:
        return bool(current_user.is_authenticated and current_user.is_admin)

    def admin_identity(self) -> Admin | None:
        return Admin(id=current_user.number, name=current_user.name) if self.is_admin() else None

    def login_redirect(self, next: str) -> Response:  # noqa: A002 - the contract's name
        return redirect(url_for("account.sign_in", next=next))

    def csrf_field(self) -> str:
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())

    def tracking_consent(self) -> bool:
        return question.agreed()

    def send_mail(self, message: EmailMessage) -> None:
        outbox.keep(message)

    def customer_label(self, ref: str) -> str | None:
        return db.session.scalar(select(models.User.name).where(models.User.number == ref))

    def order_url(self, ref: str) -> str:
        return url_for("office.order", number=ref)

    def products(self, query: str, limit: int) -> Sequence[Product]:
        titles = (models.Product.title_en, models.Product.title_de)
        found = select(models.Product).where(
            or_(*(title.icontains(query, autoescape=True) for title in titles))
        )
        return [product_facts(product) for product in db.session.scalars(found.limit(limit))]


def customer_of(user: models.User) -> Customer:
    """Tell about somebody with an account."""
    return Customer(
        ref=user.number,
        email=user.email,
        name=user.name,
        phone=user.phone,
        address=user.place,
        locale=user.language,
        has_bought=user.old_customer or None,
    )


def buyer_of(cart: models.Cart | sales.Order, user: models.User | None) -> Customer | None:
    """Tell who buys: somebody with an account, a guest, or None while a guest has not said who."""
    if user is not None:
        return customer_of(user)
    if not cart.email:
        return None
    return Customer(email=cart.email, name=cart.name, phone=cart.phone, address=cart.place)


def cart_facts(cart: models.Cart) -> Cart:
    """Tell about a cart."""
    return Cart(
        key=cart.key,
        currency=CURRENCY,
        lines=lambda: lines_of(cart.items),
        shipping=euros(carts.shipping(cart.items)),
        shipping_vat_rate=SHIPPING_VAT_RATE,
        customer=buyer_of(cart, current_user if current_user.is_authenticated else None),
    )


def order_facts(order: sales.Order) -> Order:
    """Tell about an order, at any time after its cart is gone."""
    return Order(
        ref=order.number,
        currency=CURRENCY,
        cart_key=order.cart_key,
        lines=lines_of(order.lines),
        shipping=euros(order.shipping),
        shipping_vat_rate=SHIPPING_VAT_RATE,
        customer=buyer_of(order, order.user),
        codes=None if order.codes is None else tuple(order.codes),
        promised_discount=euros(order.discount),
    )


def lines_of(items: Iterable[models.CartItem | sales.OrderLine]) -> list[Line]:
    """Tell about the lines of a cart or order; the product's number names the line."""
    return [
        Line(
            key=item.product.sku,
            product_ref=item.product.sku,
            title=item.product.title(str(get_locale())),
            quantity=item.quantity,
            unit_price=euros(item.price),
            vat_rate=item.vat_rate,
            coupon_allowed=not item.product.gift_card,
            categories=(item.product.category,),
        )
        for item in items
    ]


def product_facts(product: models.Product) -> Product:
    """Tell about a product, for lists to pick from."""
    return Product(
        ref=product.sku,
        title=product.title(str(get_locale())),
        url=url_for("catalogue.product", sku=product.sku),
        image_url=url_for("static", filename=f"pictures/{product.sku}.svg"),
        categories=(product.category,),
    )
