"""What partners get to pass on, and where the counter of their visits may stand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId


class CounterHost(Base):
    """Another host of the shop's whose pages may carry the counter, as `https://spring.example`."""

    __tablename__ = "firstline_counter_host"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(String(255), unique=True)
    note: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
