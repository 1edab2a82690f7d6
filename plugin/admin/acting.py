"""Who acts, when, in which transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ..config import Settings


@dataclass(frozen=True, kw_only=True)
class Acting:
    """One act of an admin inside one transaction; `who` is what the audit log says."""

    conn: Connection
    who: str
    now: datetime
    settings: Settings
