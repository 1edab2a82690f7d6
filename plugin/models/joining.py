"""How people become partners: applications, the partner terms they accept, and log-ins of our own."""

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
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText

_WAITING = text("state = 'waiting'")
_TERMS = ("firstline_partner_terms.version", "firstline_partner_terms.locale")


class PartnerTerms(Base):
    """What partners agree to: one version in one language; never changed. `digest` is its SHA-256."""

    __tablename__ = "firstline_partner_terms"
    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    locale: Mapped[str] = mapped_column(String(35), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    written_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class TermsAcceptance(Base):
    """That a contact accepted a version of the partner terms: when, in which language, which words."""

    __tablename__ = "firstline_terms_acceptance"
    __table_args__ = (
        UniqueConstraint("contact_id", "version"),
        ForeignKeyConstraint(["version", "locale"], _TERMS, name="fk_firstline_terms_acceptance_version"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    version: Mapped[int] = mapped_column(Integer)
    locale: Mapped[str] = mapped_column(String(35))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ApplicationState(StrEnum):
    """How far an application has come."""

    UNCONFIRMED = "unconfirmed"
    """The e-mail address is not proven yet."""
    WAITING = "waiting"
    """An admin is to decide."""
    APPROVED = "approved"
    DECLINED = "declined"


class Application(Base):
    """That somebody wants to be a partner, as typed.

    `owner` is whom the person came through, as orders keep it. The contact is known from the moment the
    e-mail address is proven.
    """

    __tablename__ = "firstline_application"
    __table_args__ = (
        CheckConstraint("state IN ('unconfirmed', 'waiting', 'approved', 'declined')", name="state"),
        CheckConstraint("(confirmed_at IS NULL) = (state = 'unconfirmed')", name="confirmed"),
        CheckConstraint("(confirmed_at IS NULL) = (contact_id IS NULL)", name="contact"),
        CheckConstraint("(decided_at IS NULL) = (state IN ('unconfirmed', 'waiting'))", name="decided"),
        CheckConstraint("(terms_version IS NULL) = (terms_digest IS NULL)", name="terms"),
        ForeignKeyConstraint(
            ["terms_version", "terms_locale"], _TERMS, name="fk_firstline_application_terms_version"
        ),
        Index(
            "uq_firstline_application_contact_id",
            "contact_id",
            unique=True,
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index("ix_firstline_application_state", "state", "id"),
        Index("ix_firstline_application_contact_id", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    customer_ref: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(64), default="")
    site: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str] = mapped_column(String(35))
    owner: Mapped[Any] = mapped_column(JsonText, nullable=True)
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    terms_version: Mapped[int | None] = mapped_column(Integer)
    terms_locale: Mapped[str | None] = mapped_column(String(35))
    terms_digest: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text, default="")


class Login(Base):
    """A log-in of our own, for a partner without an account in the shop.

    `generation` ends sessions: those of an earlier one do not hold. `serial` ends mailed links: each names
    the one it was written at.
    """

    __tablename__ = "firstline_login"
    __table_args__ = (CheckConstraint("generation > 0 AND serial > 0", name="counting"),)

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    """As the library hashed it; None: none is set yet."""
    generation: Mapped[int] = mapped_column(Integer, default=1)
    serial: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
