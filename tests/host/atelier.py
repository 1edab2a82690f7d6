"""A shop with UUIDs, StrictUndefined, a session of plain SQLAlchemy and its own idea of log-in and forgery.

Net prices of Decimal, 25 per cent VAT and shipping; nothing of Flask-SQLAlchemy, Flask-Login or Flask-WTF.
"""

from __future__ import annotations

import secrets
import uuid
from decimal import Decimal
from typing import Any

from flask import Flask, abort, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import ForeignKey, Numeric, Uuid, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, scoped_session, sessionmaker

from flask_firstline import Cart, Customer, Firstline, Invoice, Line, Order, Refund, Refused

VAT = 25
SHIPPING_VAT = Decimal(25)
SHIPPING = Decimal("39.00")
FRAME = """<!doctype html><html lang="da"><head><title>{{ title }}</title>{{ firstline_head() }}</head>
<body><header>{{ g.person.email if g.person else "guest" }}</header>{% block content %}{% endblock %}</body>
</html>"""
BASKET = """{% extends "frame.html" %}{% block content %}
{% if note %}<p class="note">{{ note }}</p>{% endif %}
{% set priced = firstline_quote() %}
<ul>{% for item in items %}<li>{{ item.pieces }} {{ item.product.name }}</li>{% endfor %}</ul>
<p>Discount <b id="off">{{ priced.discount }}</b></p><p>To pay <b id="sum">{{ priced.to_pay }}</b> DKK</p>
{% include "firstline/coupon_field.html" %}
<form method="post" action="/order">{{ forgery() }}
<input type="hidden" name="off" value="{{ priced.discount }}"><input name="email" value=""></form>
{% endblock %}"""
RECEIPT = """{% extends "frame.html" %}{% block content %}<h1>{{ order.id }}</h1>
<p>{{ "*" if star else "" }} Paid in full: <b id="sum">{{ order.total }}</b></p>{% endblock %}"""


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    staff: Mapped[bool] = mapped_column(default=False)


class Product(Base):
    __tablename__ = "product"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    name: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))


class BasketItem(Base):
    __tablename__ = "basket_item"
    basket: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), primary_key=True)
    pieces: Mapped[int]
    product: Mapped[Product] = relationship(lazy="joined")


class Purchase(Base):
    __tablename__ = "purchase"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    items: Mapped[list[PurchaseItem]] = relationship(lazy="selectin")


class PurchaseItem(Base):
    __tablename__ = "purchase_item"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    purchase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("purchase.id"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"))
    pieces: Mapped[int]


Database = scoped_session[Any]


class AtelierShop:
    """What the plugin asks of the atelier."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def current_customer(self) -> Customer | None:
        if g.person is None:
            return None
        return Customer(ref=g.person.id, email=g.person.email)

    def current_cart(self) -> Cart | None:
        return Cart(
            key=basket_of_request(),
            currency="DKK",
            prices_include_vat=False,
            lines=lambda: [
                Line(
                    key=item.product_id,
                    product_ref=item.product_id,
                    quantity=item.pieces,
                    unit_price=item.product.price,
                    vat_rate=VAT,
                    title=item.product.name,
                )
                for item in items_of_request(self.db)
            ],
            shipping=SHIPPING,
            shipping_vat_rate=SHIPPING_VAT,
            customer=self.current_customer,
        )

    def is_admin(self) -> bool:
        return g.person is not None and g.person.staff

    def csrf_field(self) -> str:
        return forgery_field()

    def layout(self, area: str) -> tuple[str, str, dict[str, object]]:
        return "frame.html", "content", {"title": area}

    def login_redirect(self, next: str) -> object:  # noqa: A002
        return redirect("/enter")


def forgery_field() -> Markup:
    token = session.setdefault("forgery", secrets.token_hex(8))
    return Markup('<input type="hidden" name="_forgery" value="{}">').format(token)


def basket_of_request() -> str:
    return str(session.setdefault("basket", str(uuid.uuid4())))


def items_of_request(db: Database) -> list[BasketItem]:
    basket = uuid.UUID(basket_of_request())
    return list(
        db.scalars(select(BasketItem).where(BasketItem.basket == basket).order_by(BasketItem.product_id))
    )


def create_app(url: str, **config: object) -> Flask:
    engine = create_engine(url)
    db: Database = scoped_session(sessionmaker(engine))
    Base.metadata.create_all(engine)
    app = Flask("atelier")
    app.config.update({"SECRET_KEY": "atelier", "FIRSTLINE_CURRENCY": "DKK", **config})
    app.jinja_env.undefined = StrictUndefined
    app.jinja_loader = DictLoader({"frame.html": FRAME, "basket.html": BASKET, "receipt.html": RECEIPT})
    app.jinja_env.globals["forgery"] = forgery_field
    firstline = Firstline()
    app.extensions["atelier"] = {"engine": engine, "firstline": firstline}
    firstline.init_app(app, shop=AtelierShop(db), session=db)

    @app.before_request
    def who_is_it() -> None:
        g.person = db.get(Person, uuid.UUID(session["person"])) if "person" in session else None
        if request.method == "POST" and not request.path.startswith("/bank"):
            token = session.get("forgery")
            if token is None or request.form.get("_forgery") != token:
                abort(400)

    @app.teardown_appcontext
    def let_go(_error: BaseException | None) -> None:
        db.remove()

    for add in (add_people, add_baskets, add_orders, add_office):
        add(app, db, firstline)
    return app


def basket_page(db: Database, note: str = "") -> str:
    return render_template("basket.html", title="Basket", items=items_of_request(db), note=note)


def add_people(app: Flask, db: Database, firstline: Firstline) -> None:
    @app.get("/enter")
    def enter_page() -> str:
        return f"<form method=post>{forgery_field()}<input name=email></form>"

    @app.post("/enter")
    def enter() -> ResponseReturnValue:
        email = request.form["email"]
        person = db.scalar(select(Person).where(Person.email == email))
        if person is None:
            person = Person(email=email)
            db.add(person)
            db.flush()
            firstline.customer_registered(Customer(ref=str(person.id), email=email))
        basket = session.get("basket")
        session.clear()
        session["person"], session["basket"] = str(person.id), basket or str(uuid.uuid4())
        db.commit()
        return redirect("/basket", 303)

    @app.post("/leave")
    def leave() -> ResponseReturnValue:
        session.clear()
        return redirect("/basket", 303)


def add_baskets(app: Flask, db: Database, firstline: Firstline) -> None:
    @app.get("/basket")
    def basket() -> str:
        return basket_page(db)

    @app.post("/basket")
    def put() -> ResponseReturnValue:
        place = (uuid.UUID(basket_of_request()), uuid.UUID(request.form["product"]))
        item = db.get(BasketItem, place)
        if item is None:
            db.add(BasketItem(basket=place[0], product_id=place[1], pieces=1))
        else:
            item.pieces += 1
        db.commit()
        return redirect("/basket", 303)


def add_orders(app: Flask, db: Database, firstline: Firstline) -> None:
    @app.post("/order")
    def order() -> ResponseReturnValue:
        items = items_of_request(db)
        if not items:
            return basket_page(db, "The basket is empty."), 409
        try:
            purchase = place(app, db, firstline, items)
        except Refused as refused:
            db.rollback()
            return basket_page(db, refused.message), 409
        for item in items:
            db.delete(item)
        db.commit()
        return redirect(f"/receipt/{purchase.id}", 303)

    @app.get("/receipt/<uuid:number>")
    def receipt(number: uuid.UUID) -> str:
        view = firstline.order(number)
        star = view is not None and view.partner_invoice
        return render_template("receipt.html", title="Receipt", order=db.get(Purchase, number), star=star)


def place(app: Flask, db: Database, firstline: Firstline, items: list[BasketItem]) -> Purchase:
    purchase = Purchase(person_id=g.person.id if g.person else None, total=Decimal(0))
    purchase.items = [PurchaseItem(product_id=i.product_id, pieces=i.pieces) for i in items]
    db.add(purchase)
    db.flush()
    guest = {} if g.person else {"customer": Customer(email=request.form["email"])}
    cart = app.extensions["firstline"].shop.current_cart()
    told = Order.from_cart(cart, ref=purchase.id, promised_discount=request.form["off"], **guest)
    purchase.total = firstline.order_placed(told).to_pay
    return purchase


def add_office(app: Flask, db: Database, firstline: Firstline) -> None:
    @app.post("/bank/paid/<uuid:number>")
    def paid(number: uuid.UUID) -> ResponseReturnValue:
        firstline.invoice_paid(Invoice(ref=str(number), order_ref=str(number), currency="DKK"))
        db.commit()
        return "", 204

    @app.post("/bank/refunded/<uuid:number>")
    def refunded(number: uuid.UUID) -> ResponseReturnValue:
        pieces = request.form.items()
        back: Any = [Line(key=key, product_ref=key, quantity=n, unit_price=0) for key, n in pieces]
        name = f"{number}-{len(back)}"
        firstline.invoice_refunded(Refund(ref=name, order_ref=str(number), currency="DKK", lines=back))
        db.commit()
        return "", 204

    @app.post("/bank/cancelled/<uuid:number>")
    def cancelled(number: uuid.UUID) -> ResponseReturnValue:
        firstline.order_cancelled(number)
        db.commit()
        return "", 204
