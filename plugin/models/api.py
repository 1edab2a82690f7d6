"""Who may call the API, and what was answered to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class ApiKey(Base):
    """A key of the API. Only the digest of its 32 random bytes is kept; `hint` is how it begins."""

    __tablename__ = "firstline_api_key"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    scopes: Mapped[Any] = mapped_column(JsonText, default=list)
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiAnswer(Base):
    """The answer to a request with an idempotency key: given again to the same request, never to another."""

    __tablename__ = "firstline_api_answer"

    api_key_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_api_key.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    """None while the request is at work."""
    body: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
