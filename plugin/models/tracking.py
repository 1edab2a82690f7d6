"""Links of partners, the pages they lead to, and the touches that came by them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class LandingPage(Base):
    """A page of the shop that partners' links may lead to, of one product or of the whole shop."""

    __tablename__ = "firstline_landing_page"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    path: Mapped[str] = mapped_column(String(500), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    product_ref: Mapped[str | None] = mapped_column(
        String(64), ForeignKey("firstline_product.ref"), index=True
    )
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]


class Link(Base):
    """A way that a partner gives people into the shop: a tracking id, or a host of the partner's own.

    One of a host has the host in `label` and leads nowhere by itself: the host is the shop.
    """

    __tablename__ = "firstline_link"
    __table_args__ = (
        UniqueConstraint("partner_id", "path", "label", "is_host"),
        Index("ix_firstline_link_partner_id", "partner_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tracking_id: Mapped[str] = mapped_column(String(16), unique=True)
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    path: Mapped[str] = mapped_column(String(500))
    label: Mapped[str] = mapped_column(String(255))
    is_host: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class TouchSource(StrEnum):
    """What a touch is evidence of."""

    LINK = "link"
    HOST = "host"
    COUNTER = "counter"


class Touch(Base):
    """Somebody came through a partner: never changed but to say who it was, purged after some time.

    `once` is NULL where the click repeats one that counts. `network` is the address, cut. Who agreed to be
    known again has a `visitor`; `contact_id` is whom the visitor turned out to be.
    """

    __tablename__ = "firstline_touch"
    __table_args__ = (
        Index("ix_firstline_touch_link_id", "link_id", "at"),
        Index("ix_firstline_touch_visitor", "visitor", "id"),
        Index("ix_firstline_touch_contact_id", "contact_id", "id"),
        Index("ix_firstline_touch_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(16))
    link_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_link.id"))
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    visitor: Mapped[str | None] = mapped_column(String(64))
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    path: Mapped[str] = mapped_column(String(500))
    referrer_host: Mapped[str | None] = mapped_column(String(253))
    utm: Mapped[Any] = mapped_column(JsonText, default=dict)
    network: Mapped[str | None] = mapped_column(String(45))
    once: Mapped[str | None] = mapped_column(String(64), unique=True)
    at: Mapped[datetime]


class ClickDay(Base):
    """The clicks of a link on one day of the shop's time zone; it stays when touches are purged."""

    __tablename__ = "firstline_click_day"
    __table_args__ = (CheckConstraint("visitors > 0 AND visitors <= clicks", name="visitors_range"),)

    link_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_link.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    clicks: Mapped[int] = mapped_column(Integer)
    visitors: Mapped[int] = mapped_column(Integer)
