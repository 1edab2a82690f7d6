"""Who runs the partner program where no shop is around it: log-ins of the app's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class StandaloneUser(Base):
    """An admin with a log-in of the standalone app; in a shop of Flask the shop knows its admins.

    `generation` ends sessions: those of an earlier one do not hold. `serial` ends links that set a password.
    """

    __tablename__ = "firstline_standalone_user"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'support', 'marketing', 'finance', 'owner')", name="role"),
        CheckConstraint("generation > 0 AND serial > 0", name="counting"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(255))
    """As the library hashed it; None: none is set yet."""
    generation: Mapped[int] = mapped_column(Integer, default=1)
    serial: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
