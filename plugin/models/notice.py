"""Which mails a partner does not want."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class NoticeOff(Base):
    """A kind of mail that a partner has switched off; what has no row is sent."""

    __tablename__ = "firstline_notice_off"

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
