"""Messages that leave the shop: short ones, calls of webhooks, and mails in an admin's words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class MessageState(StrEnum):
    """Where a message stands; `skipped` is one that nobody could get, with the reason in `error`."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"


class Sms(Base):
    """A short message to a contact; the number is looked up when it is sent."""

    __tablename__ = "firstline_sms"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'skipped')", name="state"),
        Index("ix_firstline_sms_contact_id", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default=MessageState.WAITING.value)
    error: Mapped[str] = mapped_column(String(300), default="", server_default="")
    once: Mapped[str | None] = mapped_column(String(100), unique=True)
    who: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WebhookEndpoint(Base):
    """An address that hears of events. Its secret is derived from the key `key_id` and `nonce`.

    One with a `partner_id` is a postback: the partner's own, who hears of what concerns the partner alone.
    """

    __tablename__ = "firstline_webhook_endpoint"
    __table_args__ = (
        CheckConstraint("url <> ''", name="url"),
        CheckConstraint("method = 'POST' OR (method = 'GET' AND partner_id IS NOT NULL)", name="method"),
        CheckConstraint("off_why IN ('', 'partner', 'shop', 'gone', 'failed', 'address')", name="off_why"),
        CheckConstraint("off_why = '' OR (partner_id IS NOT NULL AND NOT active)", name="off"),
        CheckConstraint(
            "(old_key_id IS NULL) = (old_nonce IS NULL) AND (old_key_id IS NULL) = (old_until IS NULL)",
            name="old_secret",
        ),
        Index("ix_firstline_webhook_endpoint_partner_id", "partner_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[Any] = mapped_column(JsonText)
    """Names of what it hears of by itself; a rule may call it with anything."""
    active: Mapped[bool] = mapped_column(default=True)
    key_id: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """Since when it is gone; its calls stay in the log."""
    partner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    method: Mapped[str] = mapped_column(String(4), default="POST", server_default="POST")
    """How it is called; with GET `url` has places that are filled."""
    old_key_id: Mapped[str | None] = mapped_column(String(64))
    old_nonce: Mapped[str | None] = mapped_column(String(64))
    old_until: Mapped[datetime | None]
    """Until when the secret before signs too."""
    failing_since: Mapped[datetime | None]
    """Since when no call of a partner's was taken."""
    off_why: Mapped[str] = mapped_column(String(8), default="", server_default="")
    """Who or what has switched a partner's off."""


class WebhookState(StrEnum):
    """Where the call of an endpoint stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    """Every try failed; somebody may let it be sent again."""


class WebhookDelivery(Base):
    """One event for one endpoint. All its tries bear the same `webhook_id`, by which a double is known."""

    __tablename__ = "firstline_webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
        Index("ix_firstline_webhook_delivery_endpoint_id", "endpoint_id", "id"),
        Index("ix_firstline_webhook_delivery_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_webhook_endpoint.id"))
    webhook_id: Mapped[str] = mapped_column(String(64), unique=True)
    event: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    """The very text that is sent and signed."""
    state: Mapped[str] = mapped_column(String(8), default=WebhookState.WAITING.value)
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    once: Mapped[str | None] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class WebhookTry(Base):
    """One try to call an endpoint, and what came of it."""

    __tablename__ = "firstline_webhook_try"
    __table_args__ = (Index("ix_firstline_webhook_try_delivery_id", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_webhook_delivery.id"))
    status: Mapped[int | None] = mapped_column(Integer)
    """What the endpoint answered; None: it did not."""
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The beginning of what it said."""
    error: Mapped[str] = mapped_column(String(300), default="", server_default="")
    milliseconds: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class MailTemplate(Base):
    """A mail of the shop's own, for rules to send."""

    __tablename__ = "firstline_mail_template"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    can_be_left: Mapped[bool] = mapped_column(default=True)
    """Whether its readers may want no such mails; what serves a contract is sent always."""
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """Since when it is gone; what was sent of it stays."""


class MailText(Base):
    """What a mail says in one language, in the shop's words; `template` is one of ours or of the shop's."""

    __tablename__ = "firstline_mail_text"

    template: Mapped[str] = mapped_column(String(40), primary_key=True)
    locale: Mapped[str] = mapped_column(String(35), primary_key=True)
    subject: Mapped[str] = mapped_column(String(150))
    text: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]


class TemplatedMail(Base):
    """A mail of the shop's own template to one contact; `words` are put into its places."""

    __tablename__ = "firstline_templated_mail"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'skipped')", name="state"),
        Index("ix_firstline_templated_mail_contact_id", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    template: Mapped[str] = mapped_column(String(40), ForeignKey("firstline_mail_template.name"))
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    words: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(8), default=MessageState.WAITING.value)
    once: Mapped[str | None] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
