"""Coupons, their codes, the codes applied to carts, and redemptions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, false, text
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
        CheckConstraint(
            "treatment IN ('price_cut', 'single_purpose', 'goodwill')"
            " OR (treatment = 'multi_purpose' AND kind = 'amount')",
            name="treatment",
        ),
        CheckConstraint("order_value IN ('before', 'after')", name="order_value"),
        CheckConstraint("period IN ('day', 'week', 'month', 'year')", name="period"),
        CheckConstraint("max_in_period > 0", name="max_in_period"),
        CheckConstraint("max_per_customer_in_period > 0", name="max_per_customer_in_period"),
        CheckConstraint("budget > 0", name="budget"),
        CheckConstraint("order_budget > 0", name="order_budget"),
        CheckConstraint("spent >= 0", name="spent"),
        CheckConstraint("ordered >= 0", name="ordered"),
        CheckConstraint("opens >= 0 AND opens < 1440", name="opens"),
        CheckConstraint("closes > 0 AND closes <= 1440", name="closes"),
        CheckConstraint("most_codes > 0", name="most_codes"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    treatment: Mapped[str] = mapped_column(String(16), default="price_cut", server_default="price_cut")
    treatment_answers: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """What was answered where the treatment for VAT was asked for."""
    amount: Mapped[int | None] = mapped_column(BigInteger)
    percent: Mapped[Decimal | None]
    cap: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    min_order: Mapped[int | None] = mapped_column(BigInteger)
    max_order: Mapped[int | None] = mapped_column(BigInteger)
    order_value: Mapped[str] = mapped_column(String(8), default="before", server_default="before")
    """Whether minimum and maximum are compared with the goods before or after coupons."""
    minimum_again: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it takes nothing off any more where the order is changed to less than the minimum."""
    products: Mapped[Any] = mapped_column(JsonText, default=list)
    categories: Mapped[Any] = mapped_column(JsonText, default=list)
    not_products: Mapped[Any] = mapped_column(JsonText, default=list, server_default="[]")
    not_categories: Mapped[Any] = mapped_column(JsonText, default=list, server_default="[]")
    new_customers_only: Mapped[bool] = mapped_column(default=False)
    max_uses: Mapped[int | None] = mapped_column(Integer)
    max_per_code: Mapped[int | None] = mapped_column(Integer)
    max_per_customer: Mapped[int | None] = mapped_column(Integer)
    period: Mapped[str | None] = mapped_column(String(8))
    """The calendar period, in the shop's time zone, of the two limits that follow."""
    max_in_period: Mapped[int | None] = mapped_column(Integer)
    max_per_customer_in_period: Mapped[int | None] = mapped_column(Integer)
    budget: Mapped[int | None] = mapped_column(BigInteger)
    """The most that all discounts together may come to."""
    order_budget: Mapped[int | None] = mapped_column(BigInteger)
    """The most that the goods of all its orders together may come to, after discount."""
    used: Mapped[int] = mapped_column(Integer, default=0)
    spent: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    ordered: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    days: Mapped[Any] = mapped_column(JsonText, default=list, server_default="[]")
    """Weekdays on which it is valid, Monday 0; empty: all."""
    opens: Mapped[int | None] = mapped_column(Integer)
    """Minutes after midnight in the shop's time zone."""
    closes: Mapped[int | None] = mapped_column(Integer)
    vat_rate: Mapped[Decimal | None]
    priority: Mapped[int] = mapped_column(Integer, default=100)
    stackable: Mapped[bool] = mapped_column(default=False)
    stack_group: Mapped[str | None] = mapped_column(String(40))
    """Of the coupons of one group at most one stands on an order."""
    most_codes: Mapped[int | None] = mapped_column(Integer)
    """The most codes that an order may have with one of this coupon among them."""
    link_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether codes count only when they came by a link, not when they were typed."""
    campaign: Mapped[str | None] = mapped_column(String(64))
    """A label: commission terms may stand for the sales of a campaign."""
    open_to_partners: Mapped[bool] = mapped_column(default=False)
    give_back: Mapped[str | None] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    codes: Mapped[list[Code]] = relationship(back_populates="coupon")


def _index_of_given(column: str) -> Index:
    """Index codes by a column that most of them leave empty."""
    given = text(f"{column} IS NOT NULL")
    return Index(f"ix_firstline_code_{column}", column, "id", postgresql_where=given, sqlite_where=given)


class Code(Base):
    """A string that redeems a coupon. `key` is its canonical form, `skeleton` that of look-alikes.

    A disabled code stays taken: both stay unique for ever.
    """

    __tablename__ = "firstline_code"
    __table_args__ = (
        CheckConstraint("max_uses > 0", name="limit_positive"),
        CheckConstraint("used >= 0", name="not_below_zero"),
        CheckConstraint("credit > 0", name="credit"),
        CheckConstraint("credit_left >= 0 AND (credit IS NULL) = (credit_left IS NULL)", name="credit_left"),
        Index("ix_firstline_code_coupon_id", "coupon_id", "id"),
        # A million codes are stored at a time, most of them with none of these.
        _index_of_given("owner_id"),
        _index_of_given("holder_id"),
        _index_of_given("batch_id"),
        _index_of_given("replaces_id"),
        Index(
            "ix_firstline_code_portions",
            "id",
            postgresql_where=text("portions IS NOT NULL"),
            sqlite_where=text("portions IS NOT NULL"),
        ),
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
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    credit: Mapped[int | None] = mapped_column(BigInteger)
    """Store credit that it was issued with, in minor units of its coupon's currency."""
    credit_left: Mapped[int | None] = mapped_column(BigInteger)
    link_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    batch_id: Mapped[int | None] = mapped_column(BigId)
    """Its CodeBatch. No foreign key: it would be looked up for each of a million codes, and batches stay."""
    replaces_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code.id"))
    """The code that this one was made for when that one leaked."""
    portions: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Where several partners share what it brings, the owner first: partner and weight in hundredths of a
    per cent. It holds as long as the first one is the owner."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    coupon: Mapped[Coupon] = relationship(back_populates="codes")
    owner: Mapped[Contact | None] = relationship(foreign_keys=[owner_id])
    holder: Mapped[Contact | None] = relationship(foreign_keys=[holder_id])


class CameBy(StrEnum):
    """How a code came to a cart."""

    TYPED = "typed"
    LINK = "link"
    SIGN_UP = "sign-up"
    ORDER = "order"


class CodeBatch(Base):
    """Codes that were made together: drawn at random, imported from a file, or through the API."""

    __tablename__ = "firstline_code_batch"
    __table_args__ = (
        CheckConstraint("how IN ('generated', 'imported', 'api')", name="how"),
        CheckConstraint("length > 0", name="length_positive"),
        Index("ix_firstline_code_batch_coupon_id", "coupon_id", "id"),
        Index("ix_firstline_code_batch_digest", "coupon_id", "file_digest"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    coupon_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_coupon.id"))
    how: Mapped[str] = mapped_column(String(16))
    prefix: Mapped[str] = mapped_column(String(40), default="")
    length: Mapped[int | None] = mapped_column(Integer)
    """Random signs of each code, without prefix and check sign."""
    check_signs: Mapped[bool] = mapped_column(default=False)
    key_id: Mapped[str | None] = mapped_column(String(16))
    """The key that made the check signs."""
    occasion: Mapped[str] = mapped_column(String(100), default="")
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_digest: Mapped[str | None] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    coupon: Mapped[Coupon] = relationship()


class AppliedCode(Base):
    """A code that waits in a cart. `holder` is "cart:...", "visitor:..." or "customer:..."."""

    __tablename__ = "firstline_applied_code"

    holder: Mapped[str] = mapped_column(String(80), primary_key=True)
    code_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_code.id"), primary_key=True)
    customer_ref: Mapped[str | None] = mapped_column(String(64))
    """Who was signed in: nobody else sees the code at the same holder."""
    came_by: Mapped[str] = mapped_column(String(16), default=CameBy.TYPED, server_default=CameBy.TYPED)
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
        CheckConstraint("credit >= 0", name="credit"),
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
        Index("ix_firstline_redemption_created_at", "created_at", postgresql_using="brin"),
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
    credit: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Store credit that it has paid with."""
    goods: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Goods of the order after discount, gross, as counted in the coupon's order budget."""
    currency: Mapped[str] = mapped_column(String(3))
    came_by: Mapped[str] = mapped_column(String(16), default=CameBy.ORDER, server_default=CameBy.ORDER)
    touched: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the buyer had met the code's owner before: by a link, an earlier code or as sponsor."""
    periods: Mapped[Any] = mapped_column(JsonText, default=list, server_default="[]")
    """The scopes of periods in which it is counted."""
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
