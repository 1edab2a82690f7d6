"""Rates between currencies, and commissions that wait for one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, Dialect, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from .base import Base, BigId, plain
from .contact import Contact
from .order import Document

RATE_DIGITS = 10
"""Decimals of a rate."""


class RateNumber(TypeDecorator[Decimal]):
    """Rates as exact decimals of at most 10 places, stored as whole parts of the last one."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Refuse what is finer."""
        if value is None:
            return None
        scaled = value.scaleb(RATE_DIGITS)
        if scaled != int(scaled):
            raise ValueError(f"the rate {value} has more than {RATE_DIGITS} decimals")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Give a normalised decimal."""
        return None if value is None else plain(Decimal(value).scaleb(-RATE_DIGITS))


class ExchangeRate(Base):
    """What one unit of `base` comes to in `quote`, from a day on until the next one of the pair."""

    __tablename__ = "firstline_rate"
    __table_args__ = (
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("base <> quote", name="two_currencies"),
        Index("uq_firstline_rate_base", "base", "quote", "day", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    base: Mapped[str] = mapped_column(String(3))
    quote: Mapped[str] = mapped_column(String(3))
    rate: Mapped[Decimal] = mapped_column(RateNumber)
    day: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(100), default="", server_default="")
    made_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]


class Waiting(Base):
    """A commission that is earned and not posted: there is no rate yet, or it is less than the least coin.

    `amount` in minor units of the sale's currency; `wanted` is the currency in which the partner is paid.
    """

    __tablename__ = "firstline_waiting"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("currency <> wanted", name="two_currencies"),
        CheckConstraint("reason IN ('no_rate', 'too_small')", name="reason"),
        Index("ix_firstline_waiting_partner_id", "partner_id"),
        Index("ix_firstline_waiting_pair", "currency", "wanted", "reason"),
    )

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_document.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    line_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    portion: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, default=0, server_default=text("0")
    )
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    wanted: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(16))
    payable_at: Mapped[datetime | None]
    """When it could be paid out if it were posted."""
    since: Mapped[datetime]
    document: Mapped[Document] = relationship()
    partner: Mapped[Contact] = relationship()
