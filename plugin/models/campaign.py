"""Campaigns of customers for customers: who shares which code, who came by whom, and what that is worth."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import SHOP, Base, BigId, JsonText
from .contact import Contact
from .coupon import Code, Coupon


class Campaign(Base):
    """A customer-to-customer action: a coupon for the friend, a kickback for who shares.

    Dates, limit and the products of the friend's codes stand in its coupon.
    """

    __tablename__ = "firstline_campaign"
    __table_args__ = (
        CheckConstraint("hold_days >= 0", name="hold_days"),
        CheckConstraint("remind_after_days > 0", name="remind_after_days"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    coupon_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_coupon.id"), unique=True)
    kickback: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Terms of what the sharer gets for each redemption; None: nothing."""
    share_steps: Mapped[Any] = mapped_column(JsonText, default=list)
    """Terms of what the sharer gets for the first, second, ... proven way of sharing; empty: nothing."""
    products: Mapped[Any] = mapped_column(JsonText, default=list)
    """Products that trigger it; with no categories either: all."""
    categories: Mapped[Any] = mapped_column(JsonText, default=list)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    remind_after_days: Mapped[int | None] = mapped_column(Integer)
    hold_days: Mapped[int] = mapped_column(Integer)
    """Days in which a friend may return: so long a kickback is pending."""
    landing: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """The path of the page of the shop to which friends are led; "": its start."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    coupon: Mapped[Coupon] = relationship()


class Promoter(Base):
    """A contact who shares in a campaign, under one code for all orders."""

    __tablename__ = "firstline_promoter"
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        Index("ix_firstline_promoter_contact_id", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_campaign.id"))
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    code_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_code.id"), unique=True)
    network: Mapped[str | None] = mapped_column(String(64))
    """From which network (/24 or /48) the share page was opened last: visits from there prove nothing."""
    joined_at: Mapped[datetime]
    campaign: Mapped[Campaign] = relationship()
    contact: Mapped[Contact] = relationship()
    code: Mapped[Code] = relationship()


class Share(Base):
    """What one order has yielded: its buyer may pass the promoter's code on."""

    __tablename__ = "firstline_share"
    __table_args__ = (
        UniqueConstraint("document_id"),
        Index("ix_firstline_share_promoter_id", "promoter_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    promoter_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_promoter.id"))
    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    made_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    """When the shop took it for its own mail."""
    mailed_at: Mapped[datetime | None]
    """When a mail of ours was written because the shop did not take it."""
    reminded_at: Mapped[datetime | None]


class ShareAct(Base):
    """One way by which a promoter has shared: pressed by the promoter, proved by a visit of somebody else."""

    __tablename__ = "firstline_share_act"
    __table_args__ = (CheckConstraint("pressed >= 0 AND visits >= 0", name="not_below_zero"),)

    promoter_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_promoter.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    pressed: Mapped[int] = mapped_column(Integer, default=0)
    pressed_at: Mapped[datetime | None]
    visits: Mapped[int] = mapped_column(Integer, default=0)
    proved_at: Mapped[datetime | None]


class Referral(Base):
    """The relation of a sharer to a friend who came through them, inside one program.

    `program` names it: "campaign:7", or whatever a rule belongs to. One friend has at most one that is open.
    """

    __tablename__ = "firstline_referral"
    __table_args__ = (
        CheckConstraint("sharer_id <> friend_id", name="two_people"),
        Index(
            "uq_firstline_referral_open",
            "program",
            "friend_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_firstline_referral_friend_id", "friend_id", "id"),
        Index("ix_firstline_referral_sharer_id", "sharer_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    program: Mapped[str] = mapped_column(String(40))
    campaign_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_campaign.id"), index=True)
    sharer_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    friend_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    how: Mapped[str] = mapped_column(String(16))
    """By what the friend became known: code, sign-up, link, rule, admin."""
    code_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code.id"))
    order_ref: Mapped[str | None] = mapped_column(String(64))
    flags: Mapped[Any] = mapped_column(JsonText, default=list)
    """What an admin should look at: "household"."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was reset."""
    counts: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """What stood there when it was reset: rewards by state."""
    why_ended: Mapped[str] = mapped_column(String(200), default="")
    sharer: Mapped[Contact] = relationship(foreign_keys=[sharer_id])
    friend: Mapped[Contact] = relationship(foreign_keys=[friend_id])


class RewardState(StrEnum):
    """What a reward stands at."""

    PENDING = "pending"
    ACTIVE = "active"
    """Its code is there for the person and not used."""
    USED = "used"
    """Its code was redeemed, or it has paid off what was owed."""
    VOID = "void"
    """Withdrawn before it was used."""
    OWED = "owed"
    """Withdrawn after it was used: the next rewards of the person make up for it."""


class Reward(Base):
    """What somebody gets for a cause, once for each cause: a coupon code for him alone.

    What is owed is in minor units of `currency`.
    """

    __tablename__ = "firstline_reward"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'active', 'used', 'void', 'owed')", name="state"),
        CheckConstraint("(state = 'owed') = (owed > 0) AND owed >= 0", name="owed"),
        CheckConstraint("owed = 0 OR currency IS NOT NULL", name="owed_currency"),
        CheckConstraint("state <> 'active' OR code_id IS NOT NULL", name="code_given"),
        Index("ix_firstline_reward_contact_id", "contact_id", "id"),
        Index("ix_firstline_reward_due", "state", "due_at"),
        Index("ix_firstline_reward_order_ref", "order_ref"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    source_key: Mapped[str] = mapped_column(String(140), unique=True)
    """Names its cause: one cause rewards once."""
    campaign_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_campaign.id"), index=True)
    referral_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_referral.id"), index=True)
    friend_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"), index=True)
    """By whom it was earned."""
    source: Mapped[str] = mapped_column(String(32), default=SHOP)
    order_ref: Mapped[str | None] = mapped_column(String(64))
    """The order that it was earned by."""
    terms: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(8), default=RewardState.PENDING.value)
    due_at: Mapped[datetime | None]
    """From when it is to be activated; None: only when somebody says so."""
    code_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code.id"), unique=True)
    owed: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str | None] = mapped_column(String(3))
    why: Mapped[str] = mapped_column(String(200), default="")
    """Why it was withdrawn."""
    created_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    contact: Mapped[Contact] = relationship(foreign_keys=[contact_id])
    friend: Mapped[Contact | None] = relationship(foreign_keys=[friend_id])
    code: Mapped[Code | None] = relationship()
    campaign: Mapped[Campaign | None] = relationship()


class RewardNetting(Base):
    """How much of what is owed on one reward another one has made up for, in minor units."""

    __tablename__ = "firstline_reward_netting"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("owed_id <> by_id", name="two_rewards"),
    )

    owed_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_reward.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_reward.id"), primary_key=True, index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
