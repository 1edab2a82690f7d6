"""Programs, their rules in versions, the runs of rules, and how often a rule was met."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Program(Base):
    """What rules belong to; while it is off, none of them acts."""

    __tablename__ = "firstline_program"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    active: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class Rule(Base):
    """A rule of a program; what it says stands in its versions, `version` is the one in force.

    `conversion` says that what it waits for is what the program is for.
    """

    __tablename__ = "firstline_rule"
    __table_args__ = (
        UniqueConstraint("program_id", "name"),
        CheckConstraint("version > 0", name="version_positive"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_program.id"))
    name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    conversion: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class RuleVersion(Base):
    """What a rule says from a moment on; never changed."""

    __tablename__ = "firstline_rule_version"

    rule_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_rule.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    definition: Mapped[Any] = mapped_column(JsonText)
    leave: Mapped[str | None] = mapped_column(String(500))
    """The address under which readers of its mails say that they want no more, `{ticket}` in it."""
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class RuleRunState(StrEnum):
    """What came of judging a rule at an event."""

    MET = "met"
    NOT_MET = "not_met"


class RuleRun(Base):
    """A rule judged at an event: at most once, and so it acts at most once.

    `trace` has of each test where it stands, whether it was met, and what was found; `done` what each action
    did, or why it did nothing.
    """

    __tablename__ = "firstline_rule_run"
    __table_args__ = (
        UniqueConstraint("rule_id", "event_id"),
        CheckConstraint("state IN ('met', 'not_met')", name="state"),
        ForeignKeyConstraint(
            ["rule_id", "version"],
            ["firstline_rule_version.rule_id", "firstline_rule_version.version"],
            name="fk_firstline_rule_run_version",
        ),
        Index("ix_firstline_rule_run_at", "state", "at"),
        Index("ix_firstline_rule_run_event_id", "event_id"),
        Index("ix_firstline_rule_run_contact_id", "contact_id"),
        Index("ix_firstline_rule_run_sharer_id", "sharer_id"),
        Index("ix_firstline_rule_run_friend_id", "friend_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rule_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int] = mapped_column(Integer)
    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_event.id"))
    state: Mapped[str] = mapped_column(String(8))
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    """Whom the event was about."""
    sharer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    friend_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    trace: Mapped[Any] = mapped_column(JsonText, default=list)
    done: Mapped[Any] = mapped_column(JsonText, default=list)
    at: Mapped[datetime]


class RuleCount(Base):
    """How often a rule was met, whatever its counts say: for one sharer, for one friend, or by all (0)."""

    __tablename__ = "firstline_rule_count"
    __table_args__ = (CheckConstraint("met >= 0", name="not_below_zero"),)

    rule_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_rule.id"), primary_key=True)
    whose: Mapped[str] = mapped_column(String(8), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    met: Mapped[int] = mapped_column(Integer, default=0)
