"""When somebody worked off the outbox last."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Worker(StrEnum):
    """What works the outbox off."""

    COMMAND = "command"
    CELERY = "celery"
    HUEY = "huey"


class WorkerRound(Base):
    """The last round of one kind of worker; `place` is its host and process."""

    __tablename__ = "firstline_worker_round"
    __table_args__ = (CheckConstraint("worker IN ('command', 'celery', 'huey')", name="worker"),)

    worker: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(80))
