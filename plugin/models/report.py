"""What reports need to know by the day: what went back of sales, and what moved store credit."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class SaleReturn(Base):
    """What one refund or cancellation took off a sale: never more, all together, than it came to.

    Inserted with the call and never changed, so that a past day keeps its figure.
    """

    __tablename__ = "firstline_sale_return"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_firstline_sale_return_document_id", "document_id"),
        Index("ix_firstline_sale_return_at", "at"),
    )

    call_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("firstline_call.id"), primary_key=True, autoincrement=False
    )
    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    """The order, or the invoice that stands alone."""
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


class CreditMoveKind(StrEnum):
    """Why the store credit of a code has become less, or more again."""

    USED = "used"
    BACK = "back"
    WITHDRAWN = "withdrawn"
    """It was issued by a payout that failed: nobody has it any more."""


class CreditMove(Base):
    """A movement of a code's store credit after its issue: inserted, never changed."""

    __tablename__ = "firstline_credit_move"
    __table_args__ = (
        CheckConstraint("kind IN ('used', 'back', 'withdrawn')", name="kind"),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_firstline_credit_move_code_id", "code_id", "id"),
        Index("ix_firstline_credit_move_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_code.id"))
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    """By how much the credit has changed, in minor units; below 0 where it has become less."""
    at: Mapped[datetime]
