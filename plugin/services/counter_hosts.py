"""Other hosts of the shop's whose pages carry the counter: each exactly as browsers name it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from ..domain import tracking
from ..models import CounterHost
from ..models.base import insert_for_id
from . import audit
from .mistakes import BadHost, HostTaken, NotThere

_HOST = CounterHost.__table__
_LONGEST = 255


def is_listed(conn: Connection, origin: str) -> bool:
    """Say whether pages of an origin may call the counter, and links may lead there."""
    query = select(_HOST.c.id).where(_HOST.c.origin == origin, _HOST.c.active)
    return bool(origin) and conn.execute(query).first() is not None


def listed(conn: Connection) -> Sequence[str]:
    """Give the origins whose pages may call the counter."""
    return tuple(
        conn.execute(select(_HOST.c.origin).where(_HOST.c.active).order_by(_HOST.c.origin)).scalars()
    )


def add_host(
    conn: Connection, *, origin: str, note: str = "", active: bool = True, who: str, now: datetime
) -> int:
    """Put a host on the list; raise BadHost or HostTaken."""
    values = {"origin": _checked(origin), "note": note.strip()[:200], "active": active}
    made = conn.execute(insert_for_id(_HOST, conn.dialect.name), {**values, "created_at": now}).scalar()
    if made is None:
        raise HostTaken("This host is on the list already.")
    subject = str(values["origin"])
    audit.record(conn, who=who, act="create", noun="counter host", subject=subject, after=values, now=now)
    return int(made)


def change_host(conn: Connection, host_id: int, *, note: str, active: bool, who: str, now: datetime) -> bool:
    """Change the note of a host, or take it off the list; False where nothing differs."""
    row = conn.execute(select(_HOST).where(_HOST.c.id == host_id).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"There is no host with the id {host_id}.")
    values = {"note": note.strip()[:200], "active": active}
    before = {name: getattr(row, name) for name in values}
    if not audit.changed(before, values):
        return False
    conn.execute(update(_HOST).where(_HOST.c.id == host_id).values(**values))
    audit.record(
        conn, who=who, act="change", noun="counter host", subject=row.origin, before=before, after=values,
        now=now,
    )  # fmt: skip
    return True


def _checked(text: str) -> str:
    given = text.strip().rstrip("/")
    origin = tracking.origin_of(given)
    bare = given.partition("://")[2]
    if not origin or len(origin) > _LONGEST or any(sign in bare for sign in "/?#"):
        raise BadHost("Give the host alone, such as https://spring.example.")
    return origin
