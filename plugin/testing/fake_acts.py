"""What a FakeShop does and tells the plugin, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Boolean, Column, MetaData, Row, String, Table, insert, select, update
from sqlalchemy.orm import Session

from ..domain.money import Number
from ..extension import Firstline
from ..models.base import Base
from ..shop import Balance, Cart, ContactView, Customer, Invoice, Order, OrderView, Quote, Refund, RefundLine
from ..state import state_of
from .goods import make_cart, make_customer

METADATA = MetaData()
ORDERS = Table(
    "fake_shop_order",
    METADATA,
    Column("ref", String(64), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("total", String(32), nullable=False),
    Column("paid", Boolean, nullable=False, default=False),
    Column("cancelled", Boolean, nullable=False, default=False),
)
_NOTHING = Balance(on_hold=Decimal(0), payable=Decimal(0), paid=Decimal(0))


class TellsPlugin:
    """The acts of a shop: sign up, place, pay, refund, cancel; and what can be seen afterwards."""

    app: Flask
    db: SQLAlchemy
    firstline: Firstline

    def __init__(self) -> None:
        self._numbers = count(1)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open an app context with a session that is committed at the end, or rolled back on an error."""
        with self.app.app_context():
            session = self.db.session()
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def register(self, customer: Customer | object, code: str | None = None) -> ContactView:
        """Sign a customer up."""
        with self.transaction():
            who = customer if isinstance(customer, Customer) else make_customer(customer)
            return self.firstline.customer_registered(who, code)

    def apply(self, cart: Cart, code: str, client: str | None = None) -> Quote:
        """Put a code into a cart."""
        with self.transaction():
            return self.firstline.apply_coupon(cart, code, client)

    def quote(self, cart: Cart) -> Quote:
        """Price a cart."""
        with self.transaction():
            return self.firstline.quote(cart)

    def reserve(self, cart: Cart, promised_discount: Number | None = None) -> Quote:
        """Hold a cart's codes."""
        with self.transaction():
            return self.firstline.reserve(cart, promised_discount)

    def place(self, cart: Cart | None = None, ref: object = "o1", **more: object) -> Quote:
        """Place an order of this cart; `more` are fields of the order. Refused leaves no order."""
        with self.transaction():
            return self.place_now(make_cart() if cart is None else cart, ref, **more)

    def place_now(self, cart: Cart, ref: object, **more: object) -> Quote:
        """Place an order in the transaction that is open; the caller commits."""
        order = Order.from_cart(cart, ref=ref, **more)
        session = self.db.session()
        if session.execute(select(ORDERS.c.ref).where(ORDERS.c.ref == order.ref)).first() is None:
            session.execute(insert(ORDERS).values(ref=order.ref, currency=order.currency, total="0"))
        quote = self.firstline.order_placed(order)
        total = quote.to_pay if order.total is None else order.total
        session.execute(update(ORDERS).where(ORDERS.c.ref == order.ref).values(total=str(total)))
        return quote

    def next_number(self) -> int:
        """Count one order more."""
        return next(self._numbers)

    def change(self, cart: Cart, ref: object = "o1", **more: object) -> Quote:
        """Change an order to what this cart holds."""
        with self.transaction():
            return self.firstline.order_changed(Order.from_cart(cart, ref=ref, **more))

    def pay(self, order_ref: object = "o1", ref: object = None, **more: object) -> None:
        """Take a payment of an order; the invoice is called like the order where no `ref` is given."""
        with self.transaction() as session:
            more.setdefault("currency", self._currency(session, order_ref))
            own = order_ref if ref is None else ref
            fields: dict[str, Any] = {"ref": own, "order_ref": order_ref, **more}
            self.firstline.invoice_paid(Invoice(**fields))
            session.execute(update(ORDERS).where(ORDERS.c.ref == str(order_ref)).values(paid=True))

    def refund(
        self,
        order_ref: object = "o1",
        ref: object = "r1",
        *,
        amount: Number | None = None,
        lines: Mapping[str, Number] | None = None,
        **more: object,
    ) -> None:
        """Give back: an amount, units per line key, or everything."""
        with self.transaction() as session:
            more.setdefault("currency", self._currency(session, order_ref))
            more.setdefault("order_ref", order_ref)
            back = tuple(RefundLine(key=key, quantity=number) for key, number in (lines or {}).items())
            fields: dict[str, Any] = {"ref": ref, "amount": amount, "lines": back, **more}
            self.firstline.invoice_refunded(Refund(**fields))

    def cancel(self, order_ref: object = "o1") -> None:
        """Cancel an order."""
        with self.transaction() as session:
            session.execute(update(ORDERS).where(ORDERS.c.ref == str(order_ref)).values(cancelled=True))
            self.firstline.order_cancelled(order_ref)

    def complete(self, order_ref: object = "o1", at: datetime | None = None) -> None:
        """Deliver an order."""
        with self.transaction():
            self.firstline.order_completed(order_ref, at)

    def payment_failed(self, order_ref: object = None, cart_key: object = None) -> None:
        """Let a payment fail."""
        with self.transaction():
            self.firstline.payment_failed(order_ref, cart_key)

    def _currency(self, session: Session, order_ref: object) -> str:
        query = select(ORDERS.c.currency).where(ORDERS.c.ref == str(order_ref))
        return session.execute(query).scalar() or state_of(self.app).settings.currency

    # What can be seen -------------------------------------------------------------------------------------

    def contact(self, who: Customer | object) -> ContactView | None:
        """Give a contact."""
        with self.transaction():
            return self.firstline.contact(who)

    def balance(self, who: Customer | object, currency: str = "EUR") -> Balance:
        """Give a partner's balance in one currency, zeros where there is none."""
        with self.transaction():
            return self.firstline.balance(who).get(currency, _NOTHING)

    def order(self, order_ref: object = "o1") -> OrderView | None:
        """Give an order as the plugin knows it."""
        with self.transaction():
            return self.firstline.order(order_ref)

    def own_order(self, ref: object) -> Row[Any]:
        """Give the shop's own row of an order."""
        return self.rows(ORDERS, ref=str(ref))[0]

    def rows(self, model: type[Base] | Table, **where: object) -> list[Row[Any]]:
        """Give the rows of a table, in the order of its key; `where` names columns and their values."""
        table = model if isinstance(model, Table) else model.__table__
        query = select(table).filter_by(**where).order_by(*table.primary_key.columns)
        with self.app.app_context(), self.db.engine.connect() as conn:
            return list(conn.execute(query))
