"""Mails to a selection of contacts, and who wants none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class Mailing(Base):
    """What an admin wrote to some contacts at once."""

    __tablename__ = "firstline_mailing"
    __table_args__ = (CheckConstraint("receivers > 0", name="somebody"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(150))
    text: Mapped[str] = mapped_column(Text)
    receivers: Mapped[int] = mapped_column(Integer)
    once: Mapped[str] = mapped_column(String(64), unique=True)
    """Names words and receivers: the very same is written once, however often a button is pressed."""
    who: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class MailingReceiver(Base):
    """Somebody whom a mailing goes to, once."""

    __tablename__ = "firstline_mailing_receiver"

    mailing_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_mailing.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("firstline_contact.id"), primary_key=True, index=True
    )
    sent_at: Mapped[datetime | None]


class MailOptOut(Base):
    """Somebody who wants no mails to many any more; `mailing_id` is the one that it was said to."""

    __tablename__ = "firstline_mail_opt_out"

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    mailing_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_mailing.id"))
    at: Mapped[datetime]


class MailChoice(Base):
    """One choice about a sort of mail, never changed; the newest holds. `place` is where it was made."""

    __tablename__ = "firstline_mail_choice"
    __table_args__ = (
        CheckConstraint("sort IN ('mailing', 'program', 'reminder')", name="sort"),
        Index("ix_firstline_mail_choice_contact_id", "contact_id", "sort", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    sort: Mapped[str] = mapped_column(String(16))
    wanted: Mapped[bool]
    place: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
