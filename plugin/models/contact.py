"""Contacts, what happened to them, and how often a person has used what may be used a few times."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText, Path


class AddressType(StrEnum):
    """The shown type of a contact; derived, never stored."""

    PROSPECT = "prospect"
    CUSTOMER = "customer"
    PARTNER = "partner"


TYPED_BY = ("partner_since", "partner_until", "first_order_ref", "has_bought", "erased_at")
"""What the address type is derived from; in the index of the path, so that counting reads no rows."""


class Contact(Base):
    """A person or firm. `path` holds the ids above it ("1/5/"); NULL below the bound of its length.

    `guest_key` is the identity e-mail of a contact without a ref, so that a guest is one contact.
    """

    __tablename__ = "firstline_contact"
    __table_args__ = (
        CheckConstraint("sponsor_id <> id", name="not_own_sponsor"),
        Index("ix_firstline_contact_sponsor_id", "sponsor_id", "id"),
        Index("ix_firstline_contact_path", "path", postgresql_include=TYPED_BY),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ref: Mapped[str | None] = mapped_column(String(64), unique=True)
    guest_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254), index=True)
    email_folded: Mapped[str | None] = mapped_column(String(254), index=True)
    email_verified: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(500))
    country: Mapped[str | None] = mapped_column(String(64))
    site: Mapped[str | None] = mapped_column(String(200))
    """The partner's own web site, a whole address."""
    locale: Mapped[str | None] = mapped_column(String(35))
    data: Mapped[Any] = mapped_column(JsonText, default=dict)
    tags: Mapped[Any] = mapped_column(JsonText, default=list)
    has_bought: Mapped[bool] = mapped_column(default=False)
    first_order_ref: Mapped[str | None] = mapped_column(String(64))
    first_order_at: Mapped[datetime | None]
    sponsor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    sponsor_at: Mapped[datetime | None]
    path: Mapped[str | None] = mapped_column(Path, default="")
    partner_since: Mapped[datetime | None]
    partner_until: Mapped[datetime | None]
    partner_suspended_at: Mapped[datetime | None]
    payout_currency: Mapped[str | None] = mapped_column(String(3))
    """In which currency the partner is paid; None: in that of each sale."""
    parent_commission_until: Mapped[datetime | None]
    """From then on the partner above earns nothing on what comes through this one."""
    hot: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the partner's balances are spread over shards, since many sales at once post to them."""
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class HistoryKind(StrEnum):
    """What an entry of a contact's history records."""

    TOUCH = "touch"
    ADDRESS_TYPE = "address_type"
    SPONSOR = "sponsor"
    DETAILS = "details"


class History(Base):
    """One thing that happened to a contact; append-only, with its evidence."""

    __tablename__ = "firstline_history"
    __table_args__ = (
        Index("ix_firstline_history_contact_id", "contact_id", "id"),
        Index(
            "ix_firstline_history_at",
            "at",
            postgresql_where=text("kind = 'touch'"),
            sqlite_where=text("kind = 'touch'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    kind: Mapped[str] = mapped_column(String(16))
    how: Mapped[str] = mapped_column(String(32))
    """code, link, host, sign-up, admin, order, cancel, ...: by what it happened."""
    partner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    code_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code.id"))
    order_ref: Mapped[str | None] = mapped_column(String(64), index=True)
    before: Mapped[str | None] = mapped_column(String(64))
    after: Mapped[str | None] = mapped_column(String(64))
    """What it is now; of one who came by a link or host, which."""
    why: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime]


NEW_CUSTOMER = "new"
"""The scope of `PersonUse` in which a new-customer claim stands: once per person."""


class PersonUse(Base):
    """How often a person, known by one key, has used something. A new-customer claim is the limit 1."""

    __tablename__ = "firstline_person_use"
    __table_args__ = (
        CheckConstraint("used >= 0", name="not_below_zero"),
        CheckConstraint("max_uses IS NULL OR used <= max_uses", name="limit"),
    )

    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_key: Mapped[str] = mapped_column(String(120), primary_key=True)
    used: Mapped[int] = mapped_column(Integer)
    max_uses: Mapped[int | None] = mapped_column(Integer)
    order_ref: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
