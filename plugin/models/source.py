"""Shops that are no Flask apps: how they are known, what they sent, and what is known of their orders."""

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
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Source(Base):
    """A shop that tells by webhook. Its name stands before its refs and is where its webhooks go.

    A secret is `{"key", "nonce"}`, derived, where we have made it, or `{"key", "sealed"}` where the shop has.
    """

    __tablename__ = "firstline_source"
    __table_args__ = (
        CheckConstraint("name <> '' AND name NOT IN ('shop', 'admin')", name="name"),
        CheckConstraint("platform IN ('woocommerce', 'shopify', 'saleor')", name="platform"),
        CheckConstraint("(old_secret IS NULL) = (old_until IS NULL)", name="old_secret"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    platform: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(String(500))
    """Where the shop is; its orders are fetched there."""
    currency: Mapped[str] = mapped_column(String(3))
    zone: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[Any] = mapped_column(JsonText)
    old_secret: Mapped[Any] = mapped_column(JsonText, nullable=True)
    old_until: Mapped[datetime | None]
    """Until when the secret before this one is good."""
    access: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """What opens the shop's own API, sealed."""
    pulled_to: Mapped[datetime | None]
    """Until when all that was changed there has been fetched."""
    pull_asked_at: Mapped[datetime | None]
    """When the worker was asked for that last."""
    public_keys: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """The keys that a shop signs with which has no secret, as it publishes them."""
    public_keys_at: Mapped[datetime | None]
    """When they were asked for last."""
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class BodyState(StrEnum):
    """What became of a body."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class Body(Base):
    """What a shop sent, as it came: the same thing once, with how often it came."""

    __tablename__ = "firstline_source_body"
    __table_args__ = (
        UniqueConstraint("source_id", "once"),
        CheckConstraint("state IN ('waiting', 'done', 'ignored', 'failed')", name="state"),
        CheckConstraint("came_by IN ('webhook', 'file', 'pull')", name="came_by"),
        Index("ix_firstline_source_body_state", "state", "id"),
        Index(
            "ix_firstline_source_body_flagged",
            "id",
            postgresql_where=text("flagged"),
            sqlite_where=text("flagged"),
        ),
        Index("ix_firstline_source_body_order_ref", "source_id", "order_ref"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_source.id"))
    once: Mapped[str] = mapped_column(String(64))
    """A digest of topic and content."""
    topic: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    came_by: Mapped[str] = mapped_column(String(8))
    times: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    state: Mapped[str] = mapped_column(String(8), default=BodyState.WAITING.value)
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """Why it was ignored, or what failed."""
    facts: Mapped[Any] = mapped_column(JsonText, default=list)
    """What it brought: kind, what about, and the amount in minor units where there is one."""
    flagged: Mapped[bool] = mapped_column(default=False)
    """Whether somebody should look at what it brought."""
    order_ref: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    at: Mapped[datetime]
    worked_at: Mapped[datetime | None]


class SourceOrder(Base):
    """What is known of an order there beyond its document; its row is the lock of all that is told of it."""

    __tablename__ = "firstline_source_order"

    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_source.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(String(64), primary_key=True)
    modified_at: Mapped[datetime | None]
    """When it was changed there, of the newest body worked off."""
    refunds: Mapped[Any] = mapped_column(JsonText)
    """By refund: how often it appeared and disappeared; odd: it stands in the books."""
    refunded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """The highest running total of refunds, in minor units, where the shop tells no single ones."""
    cancelled: Mapped[bool] = mapped_column(default=False)


class PushedCode(Base):
    """A code that was made in a shop by us, under its id there; `ended_at`: we have switched it off there."""

    __tablename__ = "firstline_pushed_code"

    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_source.id"), primary_key=True)
    code_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_code.id"), primary_key=True, index=True)
    remote_id: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
