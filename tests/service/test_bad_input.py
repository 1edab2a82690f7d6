"""Wrong values: a clear error that names the field, nothing stored, and the shop's own order unharmed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from flask_firstline import (
    Cart,
    ConfigError,
    Customer,
    Firstline,
    Invoice,
    Line,
    Order,
    Refund,
)
from flask_firstline.errors import WrongFact
from flask_firstline.state import state_of
from flask_firstline.testing import NOON, FakeShop, make_cart, make_line
from flask_firstline.testing.fake_acts import ORDERS

from .kit import MakeShop, cart_of, counts, earned

Tell = Callable[[Firstline], object]
LONG = "x" * 65


def line(**more: Any) -> Line:
    return Line(**{"key": "a", "product_ref": "p", "quantity": 1, "unit_price": 10, **more})


def cart(**more: Any) -> Cart:
    return Cart(**{"key": "c", "currency": "EUR", "lines": [line()], **more})


def order(**more: Any) -> Order:
    return Order(**{"ref": "o2", "currency": "EUR", "lines": [line()], **more})


def invoice(**more: Any) -> Invoice:
    return Invoice(**{"ref": "i2", "order_ref": "o1", "currency": "EUR", **more})


def refund(**more: Any) -> Refund:
    return Refund(**{"ref": "r2", "order_ref": "o1", "currency": "EUR", **more})


#: What is wrong, as a fact that cannot be made; and what the error says.
FACTS: list[tuple[Callable[[], object], str]] = [
    (lambda: line(key=None), r"Line\.key is missing"),
    (lambda: line(key=""), r"Line\.key is missing"),
    (lambda: line(key=LONG), r"Line\.key has 65 characters"),
    (lambda: line(key=True), r"Line\.key"),
    (lambda: line(key="a\x00b"), r"Line\.key has control characters"),
    (lambda: line(product_ref=None), r"Line\.product_ref is missing"),
    (lambda: line(quantity=-1), r"Line\.quantity is -1; it cannot be below 0"),
    (lambda: line(quantity="two"), r"Line\.quantity: 'two' is not a plain decimal"),
    (lambda: line(quantity=None), r"Line\.quantity"),
    (lambda: line(quantity=True), r"Line\.quantity: True is not a number"),
    (lambda: line(unit_price="1,50"), r"Line\.unit_price: '1,50' is not a plain decimal"),
    (lambda: line(unit_price="12.50 EUR"), r"Line\.unit_price"),
    (lambda: line(unit_price=float("nan")), r"Line\.unit_price: nan is not a finite number"),
    (lambda: line(unit_price=Decimal("Infinity")), r"Line\.unit_price: .* is not a finite number"),
    (lambda: line(unit_price=10**12), r"Line\.unit_price: .*at most 12 digits"),
    (lambda: line(unit_price="9e11"), r"Line\.unit_price"),
    (lambda: line(quantity=10**9, unit_price=10**9), r"Line\.quantity x Line\.unit_price"),
    (lambda: line(unit_price=[]), r"Line\.unit_price"),
    (lambda: line(vat_rate=0.19), r"Line\.vat_rate: .*give 19, not 0\.19"),
    (lambda: line(vat_rate=100), r"Line\.vat_rate: .*below 100"),
    (lambda: line(vat_rate=-1), r"Line\.vat_rate"),
    (lambda: line(vat_rate="19 %"), r"Line\.vat_rate"),
    (lambda: line(cost="cheap"), r"Line\.cost"),
    (lambda: line(categories=[None]), r"Line\.categories is missing"),
    (lambda: cart(currency="EURO"), r"Cart\.currency: unknown currency 'EURO'"),
    (lambda: cart(currency=""), r"Cart\.currency"),
    (lambda: cart(currency=None), r"Cart\.currency"),
    (lambda: cart(currency=978), r"Cart\.currency"),
    (lambda: cart(key=LONG), r"Cart\.key has 65"),
    (lambda: cart(visitor=LONG), r"Cart\.visitor has 65"),
    (lambda: cart(shipping=-1), r"Cart\.shipping is -1; it cannot be below 0"),
    (lambda: cart(discount=-1), r"Cart\.discount is -1; it cannot be below 0"),
    (lambda: cart(shipping_vat_rate=0.19), r"Cart\.shipping_vat_rate: .*give 19"),
    (lambda: cart(lines=[line(), line()]), r"two lines have the key 'a'"),
    (lambda: cart(lines=[{"key": "a"}]), r"lines holds dict; give flask_firstline\.Line values"),
    (lambda: cart(lines=7), r"lines is 7; give a list"),
    (lambda: order(ref=None), r"Order\.ref is missing"),
    (lambda: order(ref=" "), r"Order\.ref is missing"),
    (lambda: order(ref=LONG), r"Order\.ref has 65 characters"),
    (lambda: order(total=-1), r"Order\.total is -1"),
    (lambda: order(total="lots"), r"Order\.total"),
    (lambda: order(promised_discount="some"), r"Order\.promised_discount"),
    (lambda: order(promised_discount=-1), r"Order\.promised_discount is -1"),
    (lambda: order(placed_at="yesterday"), r"Order\.placed_at is 'yesterday'; give a datetime"),
    (lambda: order(placed_at=date(2026, 5, 4)), r"Order\.placed_at"),
    (lambda: order(number=LONG), r"Order\.number has 65"),
    (lambda: invoice(ref=None), r"Invoice\.ref is missing"),
    (lambda: invoice(amount=0), r"Invoice\.amount is 0"),
    (lambda: invoice(amount=-5), r"Invoice\.amount is -5"),
    (lambda: invoice(amount="5,00"), r"Invoice\.amount"),
    (lambda: invoice(payment_ref=LONG), r"Invoice\.payment_ref has 65"),
    (lambda: invoice(paid_at=1_700_000_000), r"Invoice\.paid_at"),
    (lambda: invoice(currency="XXX"), r"Invoice\.currency"),
    (lambda: invoice(lines=["tea"]), r"lines holds str"),
    (lambda: invoice(customer="ina"), r"Invoice\.customer"),
    (lambda: refund(order_ref=None), r"Refund needs an invoice_ref or an order_ref"),
    (lambda: refund(ref=""), r"Refund\.ref is missing"),
    (lambda: refund(amount=-1), r"Refund\.amount is -1"),
    (lambda: refund(amount=0), r"Refund\.amount is 0"),
    (lambda: refund(lines=[line(quantity=0)]), r"'a' has the quantity 0"),
    (lambda: refund(lines=["a"]), r"Refund\.lines holds str"),
    (lambda: refund(lines=[{"key": "a"}]), r"RefundLine\.quantity"),
    (lambda: refund(at="now"), r"Refund\.at"),
    (lambda: Customer(data=7), r"Customer\.data is int; give a mapping"),  # type: ignore[arg-type]
    (lambda: cart(customer="ina"), r"Cart\.customer is str; give a flask_firstline\.Customer"),
    (lambda: order(customer={"ref": 1}), r"Order\.customer is dict"),
    (lambda: Customer(ref=LONG), r"Customer\.ref has 65"),
    (lambda: Customer(email="x" * 255), r"Customer\.email has 255 characters; at most 254"),
    (lambda: Customer(name="x" * 201), r"Customer\.name"),
    (lambda: Customer(address="x" * 501), r"Customer\.address"),
]

#: What is wrong, as a call with facts that can be made; and what the error says.
CALLS: list[tuple[Tell, str]] = [
    (lambda f: f.order_placed(order(customer=lambda: "ina")), r"customer gave str"),
    (lambda f: f.order_placed(order(lines=lambda: [1])), r"lines holds int"),
    (lambda f: f.order_placed(order(lines=lambda: [line(), line()])), r"two lines have the key 'a'"),
    (lambda f: f.order_changed(order(ref="nonesuch")), r"order nonesuch is not known yet"),
    (lambda f: f.order_changed(order(ref="o1", currency="USD")), r"placed in EUR.*USD"),
    (lambda f: f.order_changed(order(ref="o1", lines=[])), r"call order_cancelled to cancel it"),
    (lambda f: f.order_cancelled(None), r"order_ref is missing"),
    (lambda f: f.order_cancelled(LONG), r"order_ref has 65"),
    (lambda f: f.order_completed(""), r"order_ref is missing"),
    (lambda f: f.order_completed("o1", "yesterday"), r"at is 'yesterday'; give a datetime"),  # type: ignore[arg-type]
    (lambda f: f.payment_failed(), r"order_ref or a cart_key"),
    (lambda f: f.payment_failed(order_ref=LONG), r"order_ref has 65"),
    (lambda f: f.payment_failed(cart_key=LONG), r"cart_key has 65"),
    (lambda f: f.invoice_paid(invoice(currency="USD")), r"i2 is in USD, its order o1 in EUR"),
    (lambda f: f.invoice_paid(invoice(order_ref=None)), r"give its customer and lines, or the order_ref"),
    (lambda f: f.invoice_paid(invoice(lines=[line(key="z")])), r"lines z that its order o1 has not"),
    (lambda f: f.invoice_refunded(refund(currency="USD")), r"r2 is in USD, the sale in EUR"),
    (lambda f: f.invoice_refunded(refund(lines=[line(key="z")])), r"lines z that the sale has not"),
    (lambda f: f.customer_registered(Customer()), r"a ref or an e-mail"),
    (lambda f: f.customer_changed(Customer(name="Ina")), r"a ref or an e-mail"),
    (lambda f: f.customer_erased(None), r"customer_ref is missing"),
    (lambda f: f.event("", "ina"), r"an event needs a name"),
    (lambda f: f.event(LONG, "ina"), r"an event needs a name"),
    (lambda f: f.event("visit", "ina", 7), r"data of an event is int"),  # type: ignore[arg-type]
    (lambda f: f.event("visit", None), r"ref is missing"),
    (lambda f: f.event("visit", Customer()), r"a ref or an e-mail"),
    (lambda f: f.event("visit", "ina", ref=LONG), r"ref has 65"),
    (lambda f: f.contact(None), r"ref is missing"),
    (lambda f: f.balance(""), r"ref is missing"),
    (lambda f: f.order(None), r"order_ref is missing"),
    (lambda f: f.apply_coupon(make_cart(key=None, customer=None), "vonmeier"), r"give Cart\.key"),
    (lambda f: f.reserve(cart_of(), "much"), r"promised_discount"),
]


@pytest.mark.parametrize(("make", "said"), FACTS, ids=[said for _, said in FACTS])
def test_a_fact_with_a_wrong_value_names_the_field(make: Callable[[], object], said: str) -> None:
    with pytest.raises(WrongFact, match=said):
        make()


@pytest.mark.parametrize("on_bug", ["raise", "park"])
def test_a_wrong_call_says_why_stores_nothing_and_leaves_the_shops_order_alone(
    make_shop: MakeShop, on_bug: str
) -> None:
    shop = make_shop(FIRSTLINE_ON_BUG=on_bug)
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    before = counts(shop)
    for n, (tell, said) in enumerate(CALLS):
        own = f"own {n}"
        with shop.transaction() as session:
            session.execute(ORDERS.insert().values(ref=own, currency="EUR", total="1"))
            with pytest.raises(ValueError, match=said):
                tell(shop.firstline)
        assert shop.own_order(own).ref == own, said
        assert counts(shop) == before, said


def test_wrong_facts_are_value_errors_too() -> None:
    with pytest.raises(ValueError, match="below 0"):
        line(quantity=-1)


@pytest.mark.parametrize("price", [10, 10.0, "10", " 10.00 ", Decimal(10), Decimal("1E+1"), "+10"], ids=repr)
def test_amounts_are_read_however_a_shop_has_them(price: Any) -> None:
    assert line(unit_price=price).unit_price == 10


def test_unit_prices_keep_six_decimals() -> None:
    assert line(unit_price="0.12345678").unit_price == Decimal("0.123457")


def test_refs_are_turned_into_text() -> None:
    name = uuid.uuid4()
    assert (line(key=7).key, order(ref=name).ref) == ("7", str(name))


def test_naive_times_are_read_as_utc() -> None:
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert order(placed_at=noon.replace(tzinfo=None)).placed_at == noon


def test_a_cart_becomes_an_order_with_its_key() -> None:
    made = Order.from_cart(make_cart(key="row-7", shipping="4.90"), ref=7, total="1.00", number="2026-7")

    assert (made.ref, made.cart_key, made.number, str(made.total)) == ("7", "row-7", "2026-7", "1.00")
    assert (str(made.shipping), made.lines) == ("4.90", make_cart().lines)


def test_facts_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        make_line().quantity = 2  # type: ignore[misc, assignment]


# Mounting ---------------------------------------------------------------------------------------------------


class Bare:
    def current_customer(self) -> None:
        return None

    def current_cart(self) -> None:
        return None

    def is_admin(self) -> bool:
        return False


class Halved:
    def current_customer(self) -> None:
        return None


def mounted(shop: Any = None, **config: Any) -> Flask:
    app = Flask("bad")
    app.config.update({"SECRET_KEY": "x", **config})
    Firstline().init_app(app, shop=shop or Bare())
    return app


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"FIRSTLINE_CURENCY": "EUR"}, "Unknown setting FIRSTLINE_CURENCY"),
        ({"FIRSTLINE_TIMEZONE": "Mars/Olympus"}, "FIRSTLINE_TIMEZONE"),
        ({"FIRSTLINE_FLIP_ON": "shipped"}, "FIRSTLINE_FLIP_ON.*placed, paid, completed"),
        ({"FIRSTLINE_HOLD_DAYS": "thirty"}, "FIRSTLINE_HOLD_DAYS"),
        ({"FIRSTLINE_HOLD_DAYS": -1}, "FIRSTLINE_HOLD_DAYS"),
        ({"FIRSTLINE_LEVELS_CAP": 101}, "FIRSTLINE_LEVELS_CAP"),
        ({"FIRSTLINE_GIVE_AWAY_CAP": 101}, "FIRSTLINE_GIVE_AWAY_CAP"),
        ({"FIRSTLINE_GIVE_AWAY_CAP": "much"}, "FIRSTLINE_GIVE_AWAY_CAP"),
        ({"FIRSTLINE_URL_PREFIX": "firstline"}, "FIRSTLINE_URL_PREFIX"),
        ({"FIRSTLINE_PRODUCTS_TAKE_PART": "no"}, "FIRSTLINE_PRODUCTS_TAKE_PART"),
        ({"FIRSTLINE_LOCALES": ()}, "FIRSTLINE_LOCALES"),
        ({"FIRSTLINE_PAYOUT_MINIMUM": 5}, "FIRSTLINE_PAYOUT_MINIMUM"),
    ],
)
def test_a_setting_that_cannot_work_is_named(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        mounted(**config)


def test_a_shop_that_does_not_answer_is_told_what_is_missing() -> None:
    with pytest.raises(ConfigError, match="Halved does not answer current_cart, is_admin"):
        mounted(Halved())


def test_a_shop_without_a_session_is_told_at_the_first_call() -> None:
    app = mounted()
    with app.app_context(), pytest.raises(ConfigError, match="No database session"):
        app.extensions["firstline"].session()


def test_mounting_twice_is_refused(shop: FakeShop) -> None:
    with pytest.raises(ConfigError, match="mounted in this app already"):
        shop.firstline.init_app(shop.app, shop=shop)


def test_a_mount_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="mount names shop"):
        Firstline().init_app(Flask("bad"), shop=Bare(), mount=["shop"])


def test_one_instance_serves_several_apps(firstline_url: str) -> None:
    firstline, apps = Firstline(), [Flask(name) for name in ("site", "office")]
    for app in apps:
        firstline.init_app(app, shop=Bare(), mount=())

    site, office = map(state_of, apps)
    assert site is not office


# What is odd and not wrong ----------------------------------------------------------------------------------


ODD = "a\x00b\ud800\u202e\U0001f600"


def test_odd_texts_are_kept_as_far_as_a_database_can(shop: FakeShop) -> None:
    customer = Customer(
        ref="ina", email=f"{ODD}@shop.example", name=ODD, address=ODD, data={ODD: [ODD, NOON, 1.5]}
    )
    with shop.transaction():
        shop.firstline.customer_registered(customer, ODD)
        shop.firstline.event("visit", customer, {"page": ODD, "at": NOON, "sum": Decimal("1.50")}, ref="e1")
    odd = Line(key="a", product_ref="p", quantity=1, unit_price="25.00", title=ODD)
    shop.apply(make_cart(odd, customer=customer), "vonmeier")
    shop.place(make_cart(odd, customer=customer), "o1", number="2026-ü")
    shop.pay("o1", customer=customer, lines=[odd])
    shop.refund("o1", "r1", reason=ODD)

    found = shop.contact("ina")
    assert found is not None
    assert found.name == "ab?\u202e\U0001f600"


@pytest.mark.parametrize("quantity", ["0.001", "1000000", 0])
def test_odd_quantities_are_worked(shop: FakeShop, quantity: Any) -> None:
    shop.place(
        make_cart(make_line("a", "0.01", quantity=quantity), make_line("b", 30)), "o1", codes=["vonmeier"]
    )
    shop.pay("o1")
    shop.refund("o1", "r1", lines={"b": 1})
    shop.refund("o1", "r2")

    assert earned(shop) == ["0.00", "0.00", "0.00"]


def test_the_largest_amounts_are_worked(shop: FakeShop) -> None:
    shop.place(make_cart(make_line("a", "999999999999", quantity=1)), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop, "meier") == ["84033613444.87"]
