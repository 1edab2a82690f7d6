"""Events: facts that happened, each stored once, which rules follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Event(Base):
    """A fact about a contact, unique by kind and key.

    `name` is what the shop calls an event it has sent, the field or the segment that changed, else "".
    `partner_id` is who earns on a sale.
    """

    __tablename__ = "firstline_event"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_firstline_event_contact_id", "contact_id", "kind", "at"),
        Index("ix_firstline_event_partner_id", "partner_id"),
        Index("ix_firstline_event_kind", "kind", "name", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(140))
    name: Mapped[str] = mapped_column(String(64), default="")
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    partner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    data: Mapped[Any] = mapped_column(JsonText, default=dict)
    at: Mapped[datetime]
    stored_at: Mapped[datetime]
