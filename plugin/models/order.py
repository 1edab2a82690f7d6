"""What the shop told us: recorded calls, and orders and invoices as snapshots."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import SHOP, Base, BigId, JsonText
from .contact import Contact


class Outcome(StrEnum):
    """What became of a recorded call."""

    DONE = "done"
    WAITING = "waiting"
    PARKED = "parked"


class Call(Base):
    """The inbox: one row per fact, unique by source, kind and key. Every posting names the call behind it."""

    __tablename__ = "firstline_call"
    __table_args__ = (
        UniqueConstraint("source", "kind", "key"),
        CheckConstraint("outcome IN ('done', 'waiting', 'parked')", name="outcome"),
        Index("ix_firstline_call_order_ref", "order_ref", "outcome"),
        Index("ix_firstline_call_subject_ref", "kind", "subject_ref"),
        Index("ix_firstline_call_outcome", "outcome", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(32), default=SHOP)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(140))
    subject_ref: Mapped[str | None] = mapped_column(String(64))
    """The ref of the invoice, order or contact that the call is about."""
    order_ref: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[Any] = mapped_column(JsonText)
    digest: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    """What a payment or refund brought, in minor units."""
    surplus: Mapped[int | None] = mapped_column(BigInteger)
    """What exceeded the order and was not posted."""
    at: Mapped[datetime]


class DocumentKind(StrEnum):
    """An order, or an invoice that earns by itself: without an order, or with lines of its own."""

    ORDER = "order"
    INVOICE = "invoice"


class DocumentState(StrEnum):
    """Open, cancelled, or failed at payment (to be placed again)."""

    OPEN = "open"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Document(Base):
    """An order or invoice as told, with the quote and terms pinned, and how far it is paid and kept."""

    __tablename__ = "firstline_document"
    __table_args__ = (
        UniqueConstraint("source", "kind", "ref"),
        CheckConstraint("kind IN ('order', 'invoice')", name="kind"),
        CheckConstraint("state IN ('open', 'cancelled', 'failed')", name="state"),
        CheckConstraint("paid >= 0 AND given_back >= 0", name="not_below_zero"),
        Index("ix_firstline_document_contact_id", "contact_id", "id"),
        Index("ix_firstline_document_partner_id", "partner_id", "id"),
        Index("ix_firstline_document_order_id", "order_id"),
        Index("ix_firstline_document_placed_at", "placed_at", postgresql_using="brin"),
        Index("ix_firstline_document_credited_at", "credited_at", "id"),
        Index(
            "ix_firstline_document_to_look",
            "id",
            postgresql_where=text("looked_at IS NULL AND credited_at IS NOT NULL"),
            sqlite_where=text("looked_at IS NULL AND credited_at IS NOT NULL"),
        ),
        Index("ix_firstline_document_own_sales", "partner_id", "currency", "credited_at"),
        Index(
            "ix_firstline_document_portions",
            "currency",
            "credited_at",
            postgresql_where=text("portions IS NOT NULL"),
            sqlite_where=text("portions IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(32), default=SHOP)
    kind: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(64))
    number: Mapped[str | None] = mapped_column(String(64))
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    cart_key: Mapped[str | None] = mapped_column(String(80))
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    partner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    """The partner who is credited at level 1."""
    credit: Mapped[str] = mapped_column(String(32), default="")
    """Why: "sponsor", "code", "link", "host", "admin" or ""; "own code" earns nothing at level 1."""
    portions: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Where several partners share the credit, the main one first: partner, weight in hundredths of a per
    cent, number, and the own sales of all but the main one, whose own are in `own_sales`."""
    state: Mapped[str] = mapped_column(String(16), default=DocumentState.OPEN.value)
    currency: Mapped[str] = mapped_column(String(3))
    sale: Mapped[Any] = mapped_column(JsonText)
    """Lines, shipping and pinned coupons: what the arithmetic needs."""
    quote: Mapped[Any] = mapped_column(JsonText)
    digest: Mapped[str] = mapped_column(String(64))
    total: Mapped[int] = mapped_column(BigInteger)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    given_back: Mapped[int] = mapped_column(BigInteger, default=0)
    returned: Mapped[Any] = mapped_column(JsonText, default=dict)
    """Units that came back, per line, as text."""
    plan: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Seats and terms, frozen when the first commission was posted."""
    credited_at: Mapped[datetime | None]
    """When seats and terms were frozen: the moment whose terms hold."""
    own_sales: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Net of what takes part, as far as it is paid and kept, where the credited partner sits on level 1."""
    kept: Mapped[Any] = mapped_column(JsonText, default=dict)
    """What is posted, per line and level, in minor units."""
    address_type_before: Mapped[str | None] = mapped_column(String(16))
    first_order: Mapped[bool] = mapped_column(default=False)
    """Whether this order made the contact a customer."""
    flags: Mapped[Any] = mapped_column(JsonText, default=list)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    """Since when a dispute keeps on hold what it earns."""
    looked_at: Mapped[datetime | None]
    """When it was looked at who earns by it; None: not since seats and terms were frozen."""
    suspects: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Of whom what is earned by it is held or rejected for a suspicion, by the partner's number."""
    contact: Mapped[Contact | None] = relationship(foreign_keys=[contact_id])
    partner: Mapped[Contact | None] = relationship(foreign_keys=[partner_id])
