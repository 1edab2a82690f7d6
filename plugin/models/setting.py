"""Settings of the program that are changed while it runs, each from a moment on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class SettingChange(Base):
    """Another value of a setting from a moment on; inserted, and called off at most before it holds."""

    __tablename__ = "firstline_setting_change"
    __table_args__ = (
        CheckConstraint("cancelled_at IS NULL OR cancelled_at < valid_from", name="cancelled_before"),
        Index("ix_firstline_setting_change_key", "key", "valid_from"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[Any] = mapped_column(JsonText)
    """`{"is": value}`, or `{}`: as the configuration says."""
    valid_from: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    cancelled_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    cancelled_at: Mapped[datetime | None]
