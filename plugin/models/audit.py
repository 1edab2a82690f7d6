"""Who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Audit(Base):
    """One act of an admin, the command line or a partner, in the same transaction as the act."""

    __tablename__ = "firstline_audit"
    __table_args__ = (Index("ix_firstline_audit_noun", "noun", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    who: Mapped[str] = mapped_column(String(100))
    act: Mapped[str] = mapped_column(String(40))
    noun: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(100))
    before: Mapped[Any] = mapped_column(JsonText, nullable=True)
    after: Mapped[Any] = mapped_column(JsonText, nullable=True)
    at: Mapped[datetime]
