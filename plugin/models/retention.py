"""How long kinds of data are kept where somebody has chosen, and what went in each night."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Retention(Base):
    """The period that was chosen for a kind of data; a kind without a row has the one of the program.

    `days` None: it is kept without an end.
    """

    __tablename__ = "firstline_retention"
    __table_args__ = (
        CheckConstraint("kind <> ''", name="kind"),
        CheckConstraint("days IS NULL OR days > 0", name="days_positive"),
    )

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    days: Mapped[int | None] = mapped_column(Integer)
    changed_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]


class RetentionRun(Base):
    """One time that data whose time was over went: by night, or because somebody asked for it."""

    __tablename__ = "firstline_retention_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    night: Mapped[date | None] = mapped_column(unique=True)
    """The day, in the shop's zone, after which the night came."""
    asked_by: Mapped[str] = mapped_column(String(100))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    went: Mapped[Any] = mapped_column(JsonText, default=dict)
    """How many of each kind went."""
    failed: Mapped[Any] = mapped_column(JsonText, default=list)
    """Kinds that could not be worked off; the next night tries again."""
