"""A shop as a beginner writes it after a tutorial: floats, a cart in a cookie, guests, no protection.

Everything is rounded where it is shown, orders are numbered by the database, and a second click on "buy"
writes an order without lines.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, g, redirect, render_template_string, request, session
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from werkzeug.wrappers import Response

from flask_firstline import Cart, Customer, Firstline, Invoice, Line, Order, Refund, Refused

PAGE = """<html><body>{% if sorry %}<h3>{{ sorry }}</h3>{% endif %}
{% for p, n in goods %}<p>{{ n }} x {{ p.name }} for {{ "%.2f"|format(p.price) }}</p>{% endfor %}
Total: <span id=total>{{ "%.2f"|format(total) }}</span> EUR
{% include "firstline/coupon_field.html" %}
<form action=/buy method=post><input name=email><input name=discount type=hidden value="{{ discount }}">
<button>buy</button></form></body></html>"""

db = SQLAlchemy()
firstline = Firstline()


class User(db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(100), unique=True)
    is_boss = db.Column(db.Boolean, default=False)


class Product(db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(100))
    price = db.Column(db.Float)


class Orders(db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer)
    email = db.Column(db.String(100))
    goods = db.Column(db.Text)
    total = db.Column(db.Float, default=0.0)
    paid = db.Column(db.Boolean, default=False)


def cookie_goods() -> dict[str, int]:
    try:
        return {str(key): int(n) for key, n in json.loads(request.cookies.get("cart", "{}")).items()}
    except ValueError:
        return {}


def goods_in_cart() -> list[tuple[Any, int]]:
    return [(db.session.get(Product, int(key)), n) for key, n in cookie_goods().items()]


def lines_of(goods: list[tuple[Any, int]]) -> list[Line]:
    return [
        Line(key=p.id, product_ref=p.id, title=p.name, quantity=n, unit_price=p.price, vat_rate=19.0)
        for p, n in goods
    ]


class CornerShop:
    def current_customer(self) -> Customer | None:
        user = db.session.get(User, session["user"]) if "user" in session else None
        return Customer(ref=user.id, email=user.email) if user else None

    def current_cart(self) -> Cart:
        return Cart(currency="EUR", lines=lines_of(goods_in_cart()), customer=self.current_customer())

    def is_admin(self) -> bool:
        user = db.session.get(User, session["user"]) if "user" in session else None
        return bool(user and user.is_boss)


shop = CornerShop()


def create_app(url: str, **config: object) -> Flask:
    app = Flask("corner")
    app.config.update({"SECRET_KEY": "change me", "SQLALCHEMY_DATABASE_URI": url, **config})
    db.init_app(app)
    firstline.init_app(app, shop=shop)
    with app.app_context():
        db.create_all()
    for rule, view in VIEWS.items():
        app.add_url_rule(rule, view.__name__, view, methods=["GET", "POST"])
    return app


def cart(sorry: str = "") -> str:
    goods = goods_in_cart()
    quote = firstline.quote(shop.current_cart())
    total = round(sum(p.price * n for p, n in goods) - float(quote.discount), 2)
    return render_template_string(PAGE, goods=goods, total=total, discount=float(quote.discount), sorry=sorry)


def add(product: int) -> Response:
    goods = cookie_goods()
    goods[str(product)] = goods.get(str(product), 0) + 1
    answer = redirect("/cart")
    answer.set_cookie("cart", json.dumps(goods))
    return answer


def login() -> ResponseReturnValue:
    email = request.form["email"]
    user = User.query.filter_by(email=email).first()
    if user is None:
        user = User(email=email)
        db.session.add(user)
        db.session.commit()
        firstline.customer_registered(Customer(ref=user.id, email=email), commit=True)
    session["user"] = user.id
    return redirect("/cart")


def logout() -> ResponseReturnValue:
    session.pop("user", None)
    return redirect("/cart")


def buy() -> ResponseReturnValue:
    goods = goods_in_cart()
    order = Orders(user_id=session.get("user"), email=request.form["email"])
    order.goods = json.dumps({p.id: n for p, n in goods})
    order.total = round(sum(p.price * n for p, n in goods), 2)
    db.session.add(order)
    db.session.flush()
    customer = shop.current_customer() or Customer(email=order.email)
    promise = float(request.form["discount"])
    told = Order.from_cart(shop.current_cart(), ref=order.id, promised_discount=promise, customer=customer)
    try:
        quote = firstline.order_placed(told)
    except Refused as refused:
        db.session.rollback()
        return cart(refused.message), 409
    order.total = float(quote.to_pay)
    db.session.commit()
    g.bought = order.id
    answer = redirect(f"/thanks/{order.id}")
    answer.delete_cookie("cart")
    return answer


def thanks(number: int) -> str:
    order = db.get_or_404(Orders, number)
    return f"<b id=total>{order.total:.2f}</b> paid: {order.paid}"


def mark_paid(number: int) -> str:
    order = db.get_or_404(Orders, number)
    order.paid = True
    firstline.invoice_paid(Invoice(ref=order.id, order_ref=order.id, currency="EUR", amount=order.total))
    db.session.commit()
    return "ok"


def take_back(number: int) -> str:
    """Take one piece of a product back, or everything that is left."""
    name, product = request.form["slip"], request.form.get("product")
    back: Any = lines_of([(db.session.get(Product, int(product)), 1)]) if product else ()
    firstline.invoice_refunded(Refund(ref=name, order_ref=str(number), currency="EUR", lines=back))
    db.session.commit()
    return "ok"


def cancel(number: int) -> str:
    firstline.order_cancelled(number)
    db.session.commit()
    return "ok"


VIEWS: dict[str, Any] = {
    "/cart": cart,
    "/add/<int:product>": add,
    "/login": login,
    "/logout": logout,
    "/buy": buy,
    "/thanks/<int:number>": thanks,
    "/boss/paid/<int:number>": mark_paid,
    "/boss/back/<int:number>": take_back,
    "/boss/cancel/<int:number>": cancel,
}
