"""Files that an admin has sent: looked at before they are imported, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonText

BEFORE_IMPORT = ("mapping", "looked_at")
"""States of files of which nothing is imported yet."""
NO_LINES: Mapping[str, object] = {"sample": [], "cells": {}, "bad": [], "notes": []}
"""What stands in a report of which the lines of the file are gone."""


class UploadKind(StrEnum):
    """What the lines of a file are: codes, or what is brought from another system."""

    CODES = "codes"
    PARTNERS = "partners"
    CONTACTS = "contacts"
    BALANCES = "balances"


class Upload(Base):
    """A CSV file as it was sent, what was found in it, and how far its import is.

    Codes are for a coupon. People and balances come from another system, `origin`, by a `mapping`: which of
    the file's columns is which of ours, and how dates and amounts are written.
    """

    __tablename__ = "firstline_upload"
    __table_args__ = (
        CheckConstraint(
            "state IN ('mapping', 'looked_at', 'waiting', 'running', 'done', 'failed')", name="state"
        ),
        CheckConstraint("done_rows >= 0 AND done_rows <= all_rows", name="progress"),
        CheckConstraint("kind IN ('codes', 'partners', 'contacts', 'balances')", name="kind"),
        CheckConstraint("(kind = 'codes') = (coupon_id IS NOT NULL)", name="coupon"),
        CheckConstraint("(kind = 'codes') = (origin IS NULL)", name="origin"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), default="codes", server_default="codes")
    coupon_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_coupon.id"), index=True)
    origin: Mapped[str | None] = mapped_column(String(64))
    mapping: Mapped[Any] = mapped_column(JsonText, nullable=True)
    state: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Text)
    """The file's text until it is imported."""
    all_or_none: Mapped[bool] = mapped_column(default=False)
    all_rows: Mapped[int] = mapped_column(Integer, default=0)
    done_rows: Mapped[int] = mapped_column(Integer, default=0)
    report: Mapped[Any] = mapped_column(JsonText, default=dict)
    """Counts of what is new, changed and unchanged, and the bad lines with their reasons."""
    batch_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code_batch.id"))
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class SavedMapping(Base):
    """A mapping under a name, offered again for files with the same heading (`heading`: its SHA-256)."""

    __tablename__ = "firstline_saved_mapping"
    __table_args__ = (UniqueConstraint("kind", "name"), CheckConstraint("name <> ''", name="named"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    origin: Mapped[str] = mapped_column(String(64))
    heading: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[Any] = mapped_column(JsonText)
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class LegacyRef(Base):
    """Under which number another system knew a contact; each number there is one contact here."""

    __tablename__ = "firstline_legacy_ref"

    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    ref: Mapped[str] = mapped_column(String(100), primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), index=True)
    created_at: Mapped[datetime]


class ImportedRow(Base):
    """What an import has made of a line: of which contact, under which sponsor, posted by which call."""

    __tablename__ = "firstline_imported_row"
    __table_args__ = (
        CheckConstraint("outcome IN ('created', 'changed', 'unchanged', 'overtaken')", name="outcome"),
        Index("ix_firstline_imported_row_sponsor_id", "sponsor_id"),
    )

    upload_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_upload.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    sponsor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    call_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_call.id"))
