"""What the shop's staff keeps about contacts: tags, notes, and tasks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class ContactTag(Base):
    """A label of ours on a contact; `Contact.tags` repeats them for reading, in the order they came."""

    __tablename__ = "firstline_contact_tag"
    __table_args__ = (
        CheckConstraint("tag <> ''", name="not_empty"),
        Index("ix_firstline_contact_tag_tag", "tag", "contact_id"),
    )

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    who: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class ContactNote(Base):
    """Something that the staff, or a rule, wrote down about a contact."""

    __tablename__ = "firstline_contact_note"
    __table_args__ = (Index("ix_firstline_contact_note_contact_id", "contact_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    text: Mapped[str] = mapped_column(Text)
    once: Mapped[str | None] = mapped_column(String(100), unique=True)
    """Names what it was written for: that writes it once."""
    who: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class Task(Base):
    """Something that the shop's staff has to do, about a contact or not, for somebody or for all."""

    __tablename__ = "firstline_task"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done"),
        Index("ix_firstline_task_contact_id", "contact_id", "id"),
        Index(
            "ix_firstline_task_open",
            "due_at",
            "id",
            postgresql_where=text("done_at IS NULL"),
            sqlite_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    contact_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    due_at: Mapped[datetime | None]
    assignee: Mapped[str | None] = mapped_column(String(100))
    """The name of the admin who does it; None: whoever comes first."""
    once: Mapped[str | None] = mapped_column(String(100), unique=True)
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    done_by: Mapped[str | None] = mapped_column(String(100))
    done_at: Mapped[datetime | None]
