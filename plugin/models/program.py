"""What takes part and what it earns: products and commission terms."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, BigId, JsonText
from .contact import Contact


class Product(Base):
    """A product of the shop with its switches. NULL in `takes_part` means the shop's default."""

    __tablename__ = "firstline_product"

    ref: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    takes_part: Mapped[bool | None]
    absolute_coupons: Mapped[bool] = mapped_column(default=True)
    shown_in_desk: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class CommissionTerms(Base):
    """Terms of one level: per cent of the base, or a fixed amount per unit in minor units of `currency`.

    `place` spells partner, product, category, campaign and level. Of the rows of one place and currency the
    newest that has begun is in force; what has begun is never changed, so that the history stays. `ended`
    says that nothing stands there any more, with what stood there before.
    """

    __tablename__ = "firstline_terms"
    __table_args__ = (
        CheckConstraint("level > 0", name="level_positive"),
        CheckConstraint("(percent IS NULL) <> (fixed IS NULL)", name="percent_or_fixed"),
        CheckConstraint("percent >= 0 AND percent <= 1000000", name="percent_range"),
        CheckConstraint("fixed IS NULL OR (fixed >= 0 AND currency IS NOT NULL)", name="fixed_has_currency"),
        Index("ix_firstline_terms_place", "place", "valid_from", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    place: Mapped[str] = mapped_column(String(300))
    level: Mapped[int] = mapped_column(Integer)
    percent: Mapped[Decimal | None]
    fixed: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    partner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"), index=True)
    product_ref: Mapped[str | None] = mapped_column(String(64), index=True)
    category: Mapped[str | None] = mapped_column(String(64))
    campaign: Mapped[str | None] = mapped_column(String(64))
    clauses: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Another base, tiers, caps, recurring payments; None: a plain rate."""
    valid_from: Mapped[datetime | None]
    """From when the row holds; None: from the beginning."""
    ended: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_at: Mapped[datetime]
    """When the row was written."""
    partner: Mapped[Contact | None] = relationship()
