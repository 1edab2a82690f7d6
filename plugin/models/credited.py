"""What is remembered of sales beside their postings: what caps have given, and payments of subscriptions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class CapClaim(Base):
    """What the terms of one place can still give one partner on one sale: what their caps count.

    Written when the sale is credited, for terms with a cap per partner or customer; returns lower it.
    """

    __tablename__ = "firstline_cap_claim"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="not_below_zero"),
        Index("ix_firstline_cap_claim_partner_id", "partner_id", "place", "at"),
    )

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_document.id"), primary_key=True)
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(300), primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    """The customer."""
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    """When the sale was credited: the period that the amount counts in."""


class Subscription(Base):
    """How many payments of a subscription were credited; without a ref, of a customer and product."""

    __tablename__ = "firstline_subscription"
    __table_args__ = (CheckConstraint("payments > 0", name="payments_positive"),)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    payments: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime]
