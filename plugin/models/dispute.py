"""Chargebacks: what a buyer's bank takes back, or wants to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, BigId
from .order import Document


class DisputeState(StrEnum):
    """Open, or how it ended."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Base):
    """A dispute about an order or invoice. While it is open, what the document earns stays on hold."""

    __tablename__ = "firstline_dispute"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'won', 'lost')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        Index(
            "uq_firstline_dispute_open",
            "document_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("ix_firstline_dispute_document_id", "document_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    state: Mapped[str] = mapped_column(String(16), default=DisputeState.OPEN.value)
    reason: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[str] = mapped_column(String(100))
    opened_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Why it ended as it did."""
    closed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    closed_at: Mapped[datetime | None]
    document: Mapped[Document] = relationship()
