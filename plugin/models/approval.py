"""Changes that somebody else must approve, and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class ApprovalKind(StrEnum):
    """What can need approval."""

    TERMS = "terms"
    RATES = "rates"
    BANK = "bank"
    PAYOUT = "payout"
    COUPON = "coupon"


class ApprovalState(StrEnum):
    """Where a proposed change stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    STALE = "stale"
    """What it would change has changed meanwhile."""


_WAITING = text("state = 'waiting'")


class Approval(Base):
    """A proposed change: what was sent, what it would do, who proposed it and who decided."""

    __tablename__ = "firstline_approval"
    __table_args__ = (
        CheckConstraint("kind IN ('terms', 'rates', 'bank', 'payout', 'coupon')", name="kind"),
        CheckConstraint("state IN ('waiting', 'approved', 'rejected', 'withdrawn', 'stale')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'approved' OR decided_by_id <> proposed_by_id", name="four_eyes"),
        Index(
            "uq_firstline_approval_waiting",
            "fingerprint",
            unique=True,
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index("ix_firstline_approval_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    path: Mapped[str] = mapped_column(String(500))
    """Where it was sent: the path inside the app."""
    form: Mapped[Any] = mapped_column(JsonText)
    """What was sent: pairs of name and value; empty once it is decided."""
    language: Mapped[str] = mapped_column(String(16))
    """The language in which numbers were typed."""
    acts: Mapped[Any] = mapped_column(JsonText)
    """What it would do, as the log of acts would tell it."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    state: Mapped[str] = mapped_column(String(16), default=ApprovalState.WAITING.value)
    proposed_by: Mapped[str] = mapped_column(String(100))
    proposed_by_id: Mapped[str] = mapped_column(String(100))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    decided_by_id: Mapped[str] = mapped_column(String(100), default="", server_default="")
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What was said when it was decided."""


class ApprovalRule(Base):
    """Whether changes of a kind need approval, and from which amounts on."""

    __tablename__ = "firstline_approval_rule"
    __table_args__ = (CheckConstraint("kind IN ('terms', 'rates', 'bank', 'payout', 'coupon')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    active: Mapped[bool]
    limits: Mapped[Any] = mapped_column(JsonText, default=dict)
    """Numbers as texts, by what they limit; amounts in major units."""
    changed_at: Mapped[datetime]
