"""Contacts that turned out to be one person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class Merged(Base):
    """Leads from a double to the contact that goes on; refs, e-mails and person keys of both mean that one.

    `winner_id` never names a contact that was merged itself.
    """

    __tablename__ = "firstline_merged"
    __table_args__ = (CheckConstraint("winner_id <> loser_id", name="two"),)

    loser_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    winner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), index=True)
    why: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
