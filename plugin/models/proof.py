"""Proof that the books are right: seals over the postings of each day, and checks that were made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText


class Seal(Base):
    """The digest of one day's postings (UTC) and of the seal before it: a chain nobody can mend unseen."""

    __tablename__ = "firstline_seal"
    __table_args__ = (CheckConstraint("postings > 0", name="postings_positive"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    postings: Mapped[int] = mapped_column(Integer)
    before: Mapped[str] = mapped_column(String(64), unique=True)
    """The digest of the seal before it, "" of the first; unique, so that the chain never forks."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    form: Mapped[int] = mapped_column(Integer)
    """The way in which postings are written for the digest."""
    at: Mapped[datetime]


class BookCheck(Base):
    """A check of the books: asked for by somebody or by the night, begun by a worker, ended with a result."""

    __tablename__ = "firstline_book_check"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ok IS NULL)", name="ended"),
        Index("ix_firstline_book_check_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    night: Mapped[date | None] = mapped_column(unique=True)
    """The day, in the shop's zone, whose nightly check it is."""
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ok: Mapped[bool | None]
    report: Mapped[Any] = mapped_column(JsonText, nullable=True)
    """Each check: name, compared, difference per currency, number of findings and the first of them."""
