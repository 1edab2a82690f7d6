"""The secrets that are drawn where FIRSTLINE_KEYS is not set."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Secret(Base):
    """A secret for hashes, check signs and tokens, under its key id."""

    __tablename__ = "firstline_secret"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    secret: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
