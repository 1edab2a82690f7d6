"""Suspicions: who earns may be who buys; what is known of people as keyed hashes, and what was decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.suspicion import Action, SuspicionState
from .base import Base, BigId, JsonText


class Trait(Base):
    """Something that tells people apart, as a hash under one of our keys: no second copy of any data.

    It is kept for a time after it was last seen: see the periods of `domain.retention`.
    """

    __tablename__ = "firstline_trait"
    __table_args__ = (
        Index("ix_firstline_trait_hash", "kind", "hash"),
        Index("ix_firstline_trait_seen_at", "seen_at"),
    )

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen_at: Mapped[datetime]


class Suspicion(Base):
    """One thing to look at: an order and who earns or is rewarded by it, two partners, or a partner's pace.

    `once` names what it is about, so that nobody is suspected twice of the same. `signals` and `figures` are
    the evidence; `action` is what was done at once, by the policy of that moment.
    """

    __tablename__ = "firstline_suspicion"
    __table_args__ = (
        CheckConstraint("about IN ('order', 'kickback', 'double', 'pace', 'crowd')", name="about"),
        CheckConstraint("action IN ('flag', 'hold', 'reject')", name="action"),
        CheckConstraint("state IN ('open', 'released', 'confirmed')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(about IN ('order', 'kickback')) = (document_id IS NOT NULL)", name="of_order"),
        Index("uq_firstline_suspicion_once", "once", unique=True),
        Index("ix_firstline_suspicion_document_id", "document_id"),
        Index("ix_firstline_suspicion_partner_id", "partner_id", "id"),
        Index("ix_firstline_suspicion_other_id", "other_id"),
        Index(
            "ix_firstline_suspicion_open",
            "id",
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    about: Mapped[str] = mapped_column(String(8))
    once: Mapped[str] = mapped_column(String(120))
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    other_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    """The buyer, or the other partner; None where it is about many."""
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    signals: Mapped[Any] = mapped_column(JsonText, default=list)
    figures: Mapped[Any] = mapped_column(JsonText, default=dict)
    action: Mapped[str] = mapped_column(String(8), default=Action.FLAG.value)
    state: Mapped[str] = mapped_column(String(16), default=SuspicionState.OPEN.value)
    opened_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Why it was released or confirmed."""
    closed_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    closed_at: Mapped[datetime | None]


class AllowedPair(Base):
    """Two people who were found to be a family or an office: they are suspected of nothing together."""

    __tablename__ = "firstline_allowed_pair"
    __table_args__ = (CheckConstraint("low_id < high_id", name="ordered"),)

    low_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    high_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("firstline_contact.id"), primary_key=True, index=True
    )
    why: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class SuspicionPolicy(Base):
    """What follows from a signal: in general (no campaign), or for the orders of one campaign."""

    __tablename__ = "firstline_suspicion_policy"
    __table_args__ = (CheckConstraint("action IN ('allow', 'flag', 'hold', 'reject')", name="action"),)

    campaign: Mapped[str] = mapped_column(String(64), primary_key=True)
    signal: Mapped[str] = mapped_column(String(8), primary_key=True)
    action: Mapped[str] = mapped_column(String(8))
    made_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]


class SuspicionNight(Base):
    """A night in which all partners were looked at."""

    __tablename__ = "firstline_suspicion_night"

    night: Mapped[date] = mapped_column(Date, primary_key=True)
    at: Mapped[datetime]
