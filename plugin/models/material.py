"""What partners get to pass on, and where the counter of their visits may stand."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class CounterHost(Base):
    """Another host of the shop's whose pages may carry the counter, as `https://spring.example`."""

    __tablename__ = "firstline_counter_host"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(String(255), unique=True)
    note: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]


class MaterialKind(StrEnum):
    """What partners get to pass on."""

    BANNER = "banner"
    TEXT = "text"


class Material(Base):
    """A banner or a text for partners, of one product or of the whole shop, that leads to a page of the shop.

    `locale` is its language, "" where it speaks none. The picture of a banner stands in a row of its own, so
    that lists need not read it.
    """

    __tablename__ = "firstline_material"
    __table_args__ = (
        CheckConstraint("kind IN ('banner', 'text')", name="kind"),
        CheckConstraint("kind <> 'text' OR text <> ''", name="text_says_something"),
        Index("ix_firstline_material_product_ref", "product_ref", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    product_ref: Mapped[str | None] = mapped_column(String(64), ForeignKey("firstline_product.ref"))
    title: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(8), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    """Of a text: with `{link}` where the partner's link stands; of a banner: what the picture says."""
    path: Mapped[str] = mapped_column(String(500), default="")
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]


class MaterialPicture(Base):
    """The picture of a banner as it was sent."""

    __tablename__ = "firstline_material_picture"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0", name="size"),)

    material_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_material.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    extension: Mapped[str] = mapped_column(String(4))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
