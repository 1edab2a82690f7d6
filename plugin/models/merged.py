"""Contacts that turned out to be one person, and sponsors who stand there from a day on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
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


class ChangeState(StrEnum):
    """How far a planned change of the sponsor is."""

    WAITING = "waiting"
    DONE = "done"
    CALLED_OFF = "called_off"
    FAILED = "failed"


class SponsorChange(Base):
    """Another sponsor from a day on (None: nobody), planned by an admin; one contact has one that waits."""

    __tablename__ = "firstline_sponsor_change"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'called_off', 'failed')", name="state"),
        CheckConstraint("takes_effect > created_at", name="later"),
        Index(
            "uq_firstline_sponsor_change_contact_id",
            "contact_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    sponsor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    takes_effect: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default=ChangeState.WAITING.value)
    why: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(100))
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
