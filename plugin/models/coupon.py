"""Coupons, their codes, the codes applied to carts, and redemptions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import SHOP, Base, BigId, JsonText
from .contact import Contact


class Coupon(Base):
    """Terms that codes redeem. Amounts in minor units of `currency`."""

    __tablename__ = "firstline_coupon"
    __table_args__ = (
        CheckConstraint("kind IN ('amount', 'percent', 'shipping')", name="kind"),
        CheckConstraint("(kind = 'amount') = (amount IS NOT NULL)", name="amount_given"),
        CheckConstraint("(kind = 'percent') = (percent IS NOT NULL)", name="percent_given"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("percent > 0 AND percent <= 1000000", name="percent_range"),
        CheckConstraint("cap > 0", name="cap_positive"),
        CheckConstraint("max_uses > 0 AND max_per_code > 0 AND max_per_customer > 0", name="limits_positive"),
        CheckConstraint("used >= 0", name="not_below_zero"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    percent: Mapped[Decimal | None]
    cap: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    min_order: Mapped[int | None] = mapped_column(BigInteger)
    max_order: Mapped[int | None] = mapped_column(BigInteger)
    products: Mapped[Any] = mapped_column(JsonText, default=list)
    categories: Mapped[Any] = mapped_column(JsonText, default=list)
    new_customers_only: Mapped[bool] = mapped_column(default=False)
    max_uses: Mapped[int | None] = mapped_column(Integer)
    max_per_code: Mapped[int | None] = mapped_column(Integer)
    max_per_customer: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    vat_rate: Mapped[Decimal | None]
    priority: Mapped[int] = mapped_column(Integer, default=100)
    stackable: Mapped[bool] = mapped_column(default=False)
    open_to_partners: Mapped[bool] = mapped_column(default=False)
    give_back: Mapped[str | None] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    codes: Mapped[list[Code]] = relationship(back_populates="coupon")


class Code(Base):
    """A string that redeems a coupon. `key` is its canonical form, `skeleton` that of look-alikes.

    A disabled code stays taken: both stay unique for ever.
    """

    __tablename__ = "firstline_code"
    __table_args__ = (
        CheckConstraint("max_uses > 0", name="limit_positive"),
        CheckConstraint("used >= 0", name="not_below_zero"),
        Index("ix_firstline_code_coupon_id", "coupon_id", "id"),
        Index("ix_firstline_code_owner_id", "owner_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    coupon_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_coupon.id"))
    display: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    skeleton: Mapped[str] = mapped_column(String(64), unique=True)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    holder_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    max_uses: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    coupon: Mapped[Coupon] = relationship(back_populates="codes")
    owner: Mapped[Contact | None] = relationship(foreign_keys=[owner_id])
    holder: Mapped[Contact | None] = relationship(foreign_keys=[holder_id])


class AppliedCode(Base):
    """A code that waits in a cart. `holder` is "cart:...", "visitor:..." or "customer:..."."""

    __tablename__ = "firstline_applied_code"

    holder: Mapped[str] = mapped_column(String(80), primary_key=True)
    code_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_code.id"), primary_key=True)
    customer_ref: Mapped[str | None] = mapped_column(String(64))
    """Who was signed in: nobody else sees the code at the same holder."""
    at: Mapped[datetime]


class RedemptionState(StrEnum):
    """What a redemption stands at; flagged ones count too."""

    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"
    FLAGGED = "flagged"


class Redemption(Base):
    """One use of a code. The rows are the truth, counters only the guard."""

    __tablename__ = "firstline_redemption"
    __table_args__ = (
        CheckConstraint("state IN ('reserved', 'redeemed', 'released', 'flagged')", name="state"),
        CheckConstraint("discount >= 0", name="discount_not_below_zero"),
        Index(
            "uq_firstline_redemption_order",
            "source",
            "order_ref",
            "code_id",
            unique=True,
            postgresql_where=text("state <> 'released'"),
            sqlite_where=text("state <> 'released'"),
        ),
        Index(
            "uq_firstline_redemption_cart",
            "cart_key",
            "code_id",
            unique=True,
            postgresql_where=text("state = 'reserved'"),
            sqlite_where=text("state = 'reserved'"),
        ),
        Index("ix_firstline_redemption_code_id", "code_id", "id"),
        Index("ix_firstline_redemption_contact_id", "contact_id"),
        Index("ix_firstline_redemption_expires_at", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_code.id"))
    coupon_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_coupon.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(32), default=SHOP)
    order_ref: Mapped[str | None] = mapped_column(String(64))
    cart_key: Mapped[str | None] = mapped_column(String(80))
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    discount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    person_keys: Mapped[Any] = mapped_column(JsonText, default=list)
    """The keys counted for a limit per customer or claimed for new customers."""
    claimed: Mapped[bool] = mapped_column(default=False)
    pinned: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """What a reservation has promised: the terms, and a digest of the cart."""
    note: Mapped[str] = mapped_column(String(64), default="")
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    code: Mapped[Code] = relationship()
    contact: Mapped[Contact | None] = relationship()


class Attempt(Base):
    """Tries of codes in one window of time, by address, cart or account."""

    __tablename__ = "firstline_attempt"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
