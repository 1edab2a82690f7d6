"""What the staff has asked of a list and wants to ask again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class SavedFilter(Base):
    """Filters, search and order of a list under a name: one admin's own, or for all of the staff."""

    __tablename__ = "firstline_saved_filter"
    __table_args__ = (
        UniqueConstraint("noun", "owner", "name"),
        CheckConstraint("name <> ''", name="named"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    noun: Mapped[str] = mapped_column(String(40))
    """The list, by its name in the address."""
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[Any] = mapped_column(JsonText)
    """Names and values as in the address, all of them texts."""
    owner: Mapped[str] = mapped_column(String(100))
    """Who saved it: `admin:` and the shop's id of that admin."""
    shared: Mapped[bool]
    created_at: Mapped[datetime]
