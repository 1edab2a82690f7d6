"""The tables of the shop. Money is in cents; a VAT rate is in per cent, None where there is no VAT."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask_login import UserMixin
from sqlalchemy import JSON, DateTime, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from .base import Model

FIRST_ORDER_NUMBER = 24_000


def now() -> datetime:
    """Give the time of the shop's clock."""
    return datetime.now(UTC)


def customer_number() -> str:
    """Draw a number for a new customer."""
    return f"{secrets.randbelow(10**8):08}"


def random_key() -> str:
    """Draw a key that nobody can guess."""
    return secrets.token_urlsafe(16)


class Address:
    """Who gets the goods, and where."""

    name: Mapped[str] = mapped_column(String(120), default="")
    street: Mapped[str] = mapped_column(String(120), default="")
    postcode: Mapped[str] = mapped_column(String(10), default="")
    town: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")

    @property
    def place(self) -> str:
        """The address in one line, empty where it is not known."""
        return f"{self.street}, {self.postcode} {self.town}" if self.street else ""

    def take_address(self, other: Address) -> None:
        """Copy somebody's address."""
        self.name, self.phone = other.name, other.phone
        self.street, self.postcode, self.town = other.street, other.postcode, other.town


class User(UserMixin, Address, Model):
    """Somebody with an account. `old_customer`: bought here before there was an online shop."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, default=customer_number)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    old_customer: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(5), default="en")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    def set_password(self, password: str) -> None:
        """Keep a salted hash of the password."""
        self.password_hash = generate_password_hash(password)

    def has_password(self, password: str) -> bool:
        """Say whether this is the password."""
        return check_password_hash(self.password_hash, password)


class Product(Model):
    """Something on the shelf. A gift card carries no VAT, is not discounted and not shipped."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    category: Mapped[str] = mapped_column(String(20), index=True)
    price: Mapped[int]
    vat_rate: Mapped[int | None]
    gift_card: Mapped[bool] = mapped_column(default=False)
    title_en: Mapped[str] = mapped_column(String(120))
    title_de: Mapped[str] = mapped_column(String(120))
    text_en: Mapped[str] = mapped_column(Text)
    text_de: Mapped[str] = mapped_column(Text)

    def title(self, language: str) -> str:
        """Give the name in a language."""
        return self.title_de if language == "de" else self.title_en

    def text(self, language: str) -> str:
        """Give the description in a language."""
        return self.text_de if language == "de" else self.text_en


class Cart(Address, Model):
    """What somebody is about to buy, with the address that was given at the checkout."""

    __tablename__ = "cart"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=random_key)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    items: Mapped[list[CartItem]] = relationship(
        back_populates="cart", cascade="all, delete-orphan", order_by="CartItem.id"
    )


class CartItem(Model):
    """A product in a cart."""

    __tablename__ = "cart_item"
    __table_args__ = (UniqueConstraint("cart_id", "product_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    cart: Mapped[Cart] = relationship(back_populates="items")
    product: Mapped[Product] = relationship(lazy="joined")

    @property
    def price(self) -> int:
        """The price of one, in cents."""
        return self.product.price

    @property
    def vat_rate(self) -> int | None:
        """The VAT inside the price, in per cent."""
        return self.product.vat_rate

    @property
    def total(self) -> int:
        """The price of all of it, in cents."""
        return self.quantity * self.price


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
