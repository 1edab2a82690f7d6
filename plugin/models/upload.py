"""Files of codes that an admin has sent: looked at before they are imported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Upload(Base):
    """A CSV file as it was sent, what was found in it, and how far its import is."""

    __tablename__ = "firstline_upload"
    __table_args__ = (
        CheckConstraint("state IN ('looked_at', 'waiting', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("done_rows >= 0 AND done_rows <= all_rows", name="progress"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    coupon_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_coupon.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Text)
    """The file's text until it is imported."""
    all_or_none: Mapped[bool] = mapped_column(default=False)
    all_rows: Mapped[int] = mapped_column(Integer, default=0)
    done_rows: Mapped[int] = mapped_column(Integer, default=0)
    report: Mapped[Any] = mapped_column(JsonText, default=dict)
    """Counts of new, changed and unchanged codes, and the bad lines with their reasons."""
    batch_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code_batch.id"))
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
