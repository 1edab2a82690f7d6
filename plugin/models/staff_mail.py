"""Where the staff reads what waits for approval."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class StaffMail(Base):
    """An address that somebody of the staff gave; an empty one says that no mail is wanted.

    `decides` is whether that one may approve, as known when the address was given.
    """

    __tablename__ = "firstline_staff_mail"
    __table_args__ = (CheckConstraint("admin_id <> ''", name="known"),)

    admin_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(16))
    decides: Mapped[bool]
    changed_at: Mapped[datetime]
