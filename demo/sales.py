"""Orders, payments, invoices and returns. Money is in cents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Model
from .clock import now
from .models import Address, Product, User, random_key

FIRST_ORDER_NUMBER = 24_000


class Order(Address, Model):
    """An order: draft, placed, paid, delivered or cancelled; `payment_trouble`: the last payment failed."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=random_key)
    cart_key: Mapped[str] = mapped_column(String(32), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(12), default="draft", index=True)
    payment_trouble: Mapped[bool] = mapped_column(default=False)
    codes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    shipping: Mapped[int] = mapped_column(default=0)
    discount: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    to_pay: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    placed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    user: Mapped[User | None] = relationship()
    lines: Mapped[list[OrderLine]] = relationship(cascade="all, delete-orphan", order_by="OrderLine.id")
    taxes: Mapped[list[OrderTax]] = relationship(
        cascade="all, delete-orphan", order_by="OrderTax.rate.desc()"
    )
    coupons: Mapped[list[OrderCoupon]] = relationship(cascade="all, delete-orphan", order_by="OrderCoupon.id")
    payments: Mapped[list[Payment]] = relationship(back_populates="order", order_by="Payment.id")
    returns: Mapped[list[Return]] = relationship(back_populates="order", order_by="Return.id")
    invoice: Mapped[Invoice | None] = relationship(back_populates="order")

    @property
    def number(self) -> str:
        """The number that buyers and the office call it by."""
        return str(FIRST_ORDER_NUMBER + self.id)

    @property
    def goods(self) -> int:
        """The goods before any discount, in cents."""
        return sum(line.total for line in self.lines)

    @property
    def refunded(self) -> int:
        """What went back to the buyer so far, in cents."""
        return sum(given.amount for given in self.returns)

    @property
    def returnable(self) -> bool:
        """Whether money can still go back, or goods that store credit has paid."""
        kept = any(line.returned < line.quantity for line in self.lines)
        return self.refunded < self.to_pay or (self.to_pay < self.total and kept)


class OrderLine(Model):
    """A product as it was bought; `discount` is this line's share of the coupons."""

    __tablename__ = "order_line"
    __table_args__ = (UniqueConstraint("order_id", "sku"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    sku: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int]
    price: Mapped[int]
    vat_rate: Mapped[int | None]
    discount: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    product: Mapped[Product] = relationship(lazy="joined")

    @property
    def total(self) -> int:
        """The price of all of it before any discount, in cents."""
        return self.quantity * self.price


class OrderTax(Model):
    """The VAT inside an order at one rate, in cents."""

    __tablename__ = "order_tax"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    rate: Mapped[int]
    vat: Mapped[int]


class OrderCoupon(Model):
    """A coupon as it stands on the order and the invoice, in cents."""

    __tablename__ = "order_coupon"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    code: Mapped[str] = mapped_column(String(100))
    label: Mapped[str] = mapped_column(String(200))
    net: Mapped[int]
    gross: Mapped[int]


class Payment(Model):
    """An attempt to pay: open, pending (the money is on its way), paid or failed."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), unique=True, default=random_key)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    paid_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    order: Mapped[Order] = relationship(back_populates="payments")


class Invoice(Model):
    """The invoice of an order, written when it is paid."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    order: Mapped[Order] = relationship(back_populates="invoice")


class Return(Model):
    """Goods or money that went back, in cents."""

    __tablename__ = "returns"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    order: Mapped[Order] = relationship(back_populates="returns")
