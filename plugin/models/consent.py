"""What contacts let their sponsor see, what the sponsor saw, and what the sponsor noted for following up."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId

_LIVE = text("ended_at IS NULL")


class EndedBy(StrEnum):
    """What ended a consent before its time."""

    CONTACT = "contact"
    """It was taken back."""
    REPLACED = "replaced"
    """The contact gave another one."""
    SPONSOR = "sponsor"
    """Another sponsor stands above."""
    ERASED = "erased"


class Consent(Base):
    """That a contact lets its sponsor see e-mail or phone, until a moment (None: until taken back).

    `wording` is what the contact read, in the language of `locale`; `version` names its text, `place` the
    page where it was read.
    """

    __tablename__ = "firstline_consent"
    __table_args__ = (
        CheckConstraint("email OR phone", name="something"),
        CheckConstraint("until IS NULL OR until > given_at", name="until"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(
            "uq_firstline_consent_contact_id",
            "contact_id",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index("ix_firstline_consent_sponsor_id", "sponsor_id", "contact_id"),
        Index("ix_firstline_consent_contact_id", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    sponsor_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    email: Mapped[bool] = mapped_column(Boolean)
    phone: Mapped[bool] = mapped_column(Boolean)
    until: Mapped[datetime | None]
    wording: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(35))
    place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(16))


class ConsentView(Base):
    """One time that a sponsor was shown the contact data of a consent, and where: list, person or file."""

    __tablename__ = "firstline_consent_view"
    __table_args__ = (Index("ix_firstline_consent_view_consent_id", "consent_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    consent_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_consent.id"))
    place: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]


class FollowUpState(StrEnum):
    """How far a sponsor has come with a prospect."""

    NEW = "new"
    CONTACTED = "contacted"
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    DONE = "done"


class FollowUp(Base):
    """What a sponsor noted of a contact, under the consent that allows it; it goes when that one ends."""

    __tablename__ = "firstline_follow_up"
    __table_args__ = (
        UniqueConstraint("consent_id"),
        CheckConstraint(
            "state IN ('new', 'contacted', 'interested', 'not_interested', 'done')", name="state"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    consent_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_consent.id"))
    state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
    remind_on: Mapped[date | None] = mapped_column(Date)
    changed_at: Mapped[datetime]
