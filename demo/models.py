"""Accounts, products and carts. Money is in cents; a VAT rate is in per cent, None where there is no VAT."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import DateTime, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from .base import Model
from .clock import now


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
