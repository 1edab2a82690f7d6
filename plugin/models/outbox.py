"""What the outside world must hear about, and work for later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Outbox(Base):
    """A row of work, written in the transaction that caused it; delivered at least once from `run_at` on."""

    __tablename__ = "firstline_outbox"
    __table_args__ = (Index("ix_firstline_outbox_due", "state", "run_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting, done or dead."""
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Notice(Base):
    """Something that `doctor` should tell: calls that were never committed, and the like."""

    __tablename__ = "firstline_notice"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
