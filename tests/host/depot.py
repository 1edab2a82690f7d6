"""A shop with several commits per checkout that tells the world by signals, after it has committed.

Whole cents, Flask-Login, CSRFProtect; the cart is a row that is gone when the order is placed; the payment
provider calls back as often and as parallel as it likes.
"""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

from blinker import Namespace
from flask import Blueprint, Flask, current_app, flash, redirect, render_template_string, request, session
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from flask_firstline import Cart, Customer, Firstline, Invoice, Line, Order, Refund, Refused

events = Namespace()
signed_up = events.signal("signed-up")
order_confirmed = events.signal("order-confirmed")
payment_captured = events.signal("payment-captured")
money_returned = events.signal("money-returned")
order_withdrawn = events.signal("order-withdrawn")

PAGE = """<!doctype html><title>Depot</title>
{% for kind, text in get_flashed_messages(with_categories=true) %}<p class="{{ kind }}">{{ text }}</p>
{% endfor %}{% set quote = firstline_quote() %}
<form method="post" action="/till"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<ul>{% for row in rows %}<li>{{ row.count }} {{ row.article.name }}</li>{% endfor %}</ul>
{% with form_id="code-form" %}{% include "firstline/coupon_field.html" %}{% endwith %}
<p data-total="{{ quote.to_pay }}">Amount due: {{ quote.to_pay }} EUR</p>
<input type="hidden" name="off" value="{{ quote.discount }}"><button>Order and pay</button></form>
{% with form_id="code-form" %}{% include "firstline/coupon_form.html" %}{% endwith %}"""


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Account(UserMixin, db.Model):  # type: ignore[name-defined]
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(default="buyer")


class Article(db.Model):  # type: ignore[name-defined]
    __tablename__ = "products"
    sku: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    cents: Mapped[int]


class CartRow(db.Model):  # type: ignore[name-defined]
    __tablename__ = "cart_rows"
    owner: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("products.sku"), primary_key=True)
    count: Mapped[int]
    article: Mapped[Article] = relationship(lazy="joined")


class Sale(db.Model):  # type: ignore[name-defined]
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    state: Mapped[str] = mapped_column(default="new")
    cents: Mapped[int] = mapped_column(default=0)
    discount_cents: Mapped[int] = mapped_column(default=0)
    items: Mapped[list[SaleItem]] = relationship(lazy="selectin")

    @property
    def number(self) -> str:
        return f"D-{self.id:06}"


class SaleItem(db.Model):  # type: ignore[name-defined]
    __tablename__ = "order_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    sku: Mapped[str]
    count: Mapped[int]
    cents: Mapped[int]


def owner_of_cart() -> str:
    if current_user.is_authenticated:
        return f"account-{current_user.id}"
    return str(session.setdefault("owner", f"nobody-{secrets.token_hex(6)}"))


def cart_rows() -> list[CartRow]:
    query = select(CartRow).where(CartRow.owner == owner_of_cart()).order_by(CartRow.sku)
    return list(db.session.scalars(query))


def cents(amount: Decimal) -> int:
    return int(amount * 100)


class DepotShop:
    def current_customer(self) -> Customer | None:
        if not current_user.is_authenticated:
            return None
        return Customer(ref=current_user.id, email=current_user.email)

    def current_cart(self) -> Cart:
        lines = [
            Line(
                key=row.sku,
                product_ref=row.sku,
                quantity=row.count,
                unit_price=Decimal(row.article.cents) / 100,
                vat_rate="7.00",
                title=row.article.name,
            )
            for row in cart_rows()
        ]
        return Cart(key=owner_of_cart(), currency="EUR", lines=lines, customer=self.current_customer)

    def is_admin(self) -> bool:
        return bool(current_user.is_authenticated and current_user.role == "boss")

    def notify(self, ok: bool, text: str) -> None:
        flash(text, "ok" if ok else "bad")


# What the signals say, for the plugin -----------------------------------------------------------------------


def order_of(_sender: object, sale_id: int) -> Order:
    sale = db.get_or_404(Sale, sale_id)
    account = db.get_or_404(Account, sale.account_id)
    return Order(
        ref=sale.number,
        currency="EUR",
        cart_key=f"account-{sale.account_id}",
        lines=lines_of(sale.items),
        promised_discount=Decimal(sale.discount_cents) / 100,
        total=Decimal(sale.cents) / 100,
        customer=Customer(ref=str(account.id), email=account.email),
    )


def lines_of(items: list[SaleItem]) -> list[Line]:
    return [
        Line(key=i.sku, product_ref=i.sku, quantity=i.count, unit_price=Decimal(i.cents) / 100, vat_rate=7)
        for i in items
    ]


def customer_of(_sender: object, account_id: int) -> Customer:
    account = db.get_or_404(Account, account_id)
    return Customer(ref=str(account.id), email=account.email)


def invoice_of(_sender: object, sale_id: int, capture: str) -> Invoice | None:
    sale = db.get_or_404(Sale, sale_id)
    if sale.state == "withdrawn":
        return None
    amount = Decimal(sale.cents) / 100
    return Invoice(ref=sale.number, order_ref=sale.number, currency="EUR", payment_ref=capture, amount=amount)


def refund_of(_sender: object, sale_id: int, slip: str, sku: str | None) -> Refund:
    sale = db.get_or_404(Sale, sale_id)
    back: Any = [Line(key=sku, product_ref=sku, quantity=1, unit_price=0)] if sku else ()
    return Refund(ref=slip, order_ref=sale.number, currency="EUR", lines=back)


def number_of(_sender: object, sale_id: int) -> str:
    return db.get_or_404(Sale, sale_id).number


def bridge(firstline: Firstline) -> None:
    firstline.connect(signed_up, to="customer_registered", convert=customer_of, commits=True)
    firstline.connect(order_confirmed, to="order_placed", convert=order_of, commits=True)
    firstline.connect(payment_captured, to="invoice_paid", convert=invoice_of, commits=True)
    firstline.connect(money_returned, to="invoice_refunded", convert=refund_of, commits=True)
    firstline.connect(order_withdrawn, to="order_cancelled", convert=number_of, commits=True)


# Pages ------------------------------------------------------------------------------------------------------

front = Blueprint("front", __name__)
provider = Blueprint("provider", __name__, url_prefix="/provider")


@front.get("/cart")
def cart() -> str:
    return render_template_string(PAGE, rows=cart_rows())


@front.post("/cart/<sku>")
def put(sku: str) -> ResponseReturnValue:
    row = db.session.get(CartRow, (owner_of_cart(), sku))
    if row is None:
        db.session.add(CartRow(owner=owner_of_cart(), sku=sku, count=1))
    else:
        row.count += 1
    db.session.commit()
    return redirect("/cart", 303)


@front.post("/login")
def login() -> ResponseReturnValue:
    before, email = session.get("owner"), request.form["email"]
    account = db.session.scalar(select(Account).where(Account.email == email))
    if account is None:
        account = Account(email=email)
        db.session.add(account)
        db.session.commit()
        signed_up.send(current_app, account_id=account.id)
    session.clear()
    login_user(account)
    mine = update(CartRow).where(CartRow.owner == before).values(owner=f"account-{account.id}")
    db.session.execute(mine)
    db.session.commit()
    return redirect("/cart", 303)


@front.post("/logout")
def logout() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect("/cart", 303)


@front.post("/till")
def till() -> ResponseReturnValue:
    rows = cart_rows()
    if not rows or not current_user.is_authenticated:
        return redirect("/cart", 303)
    firstline: Firstline = current_app.extensions["depot"]
    try:
        quote = firstline.reserve(DepotShop().current_cart(), request.form["off"])
    except Refused as refused:
        db.session.rollback()
        flash(refused.message, "bad")
        return redirect("/cart", 303)
    sale = Sale(account_id=current_user.id)
    db.session.add(sale)
    db.session.commit()  # the number is drawn, whatever happens next
    sale.items = [SaleItem(sku=row.sku, count=row.count, cents=row.article.cents) for row in rows]
    db.session.execute(delete(CartRow).where(CartRow.owner == owner_of_cart()))
    db.session.commit()  # the goods are put aside
    sale.discount_cents, sale.cents, sale.state = cents(quote.discount), cents(quote.to_pay), "confirmed"
    db.session.commit()
    order_confirmed.send(current_app, sale_id=sale.id)
    return redirect(f"/sale/{sale.id}", 303)


@front.get("/sale/<int:sale_id>")
def sale_page(sale_id: int) -> dict[str, object]:
    sale = db.get_or_404(Sale, sale_id)
    return {"number": sale.number, "state": sale.state, "cents": sale.cents}


@provider.post("/captured")
def captured() -> ResponseReturnValue:
    sale_id, capture = int(request.form["sale"]), request.form["capture"]
    db.session.execute(update(Sale).where(Sale.id == sale_id).values(state="paid"))
    db.session.commit()
    payment_captured.send(current_app, sale_id=sale_id, capture=capture)
    return "", 204


@provider.post("/returned")
def returned() -> ResponseReturnValue:
    sale_id, sku = int(request.form["sale"]), request.form.get("sku")
    money_returned.send(current_app, sale_id=sale_id, slip=request.form["slip"], sku=sku)
    return "", 204


@provider.post("/withdrawn")
def withdrawn() -> ResponseReturnValue:
    sale_id = int(request.form["sale"])
    db.session.execute(update(Sale).where(Sale.id == sale_id).values(state="withdrawn"))
    db.session.commit()
    order_withdrawn.send(current_app, sale_id=sale_id)
    return "", 204


def create_app(url: str, **config: object) -> Flask:
    app = Flask("depot")
    app.config.update({"SECRET_KEY": "depot", "SQLALCHEMY_DATABASE_URI": url, **config})
    db.init_app(app)
    csrf = CSRFProtect(app)
    csrf.exempt(provider)
    logins = LoginManager(app)
    logins.user_loader(lambda number: db.session.get(Account, int(number)))
    app.register_blueprint(front)
    app.register_blueprint(provider)
    firstline = app.extensions["depot"] = Firstline()
    firstline.init_app(app, shop=DepotShop())
    bridge(firstline)
    with app.app_context():
        db.create_all()
    return app
