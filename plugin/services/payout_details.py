"""How partners want to be paid: saved with a cool-down, withdrawn while it lasts; and blocks by admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ..domain.payout import Method
from ..domain.payout_details import Details, Problems, problems
from ..models import Contact, PayoutBlock, PayoutDetails
from ..models.base import insert_once
from . import audit, outbox, payout_settings
from .mistakes import Mistake, NotThere

_DETAILS = PayoutDetails.__table__
_BLOCK = PayoutBlock.__table__
_CONTACT = Contact.__table__
CHANGED = "payout_details_changed"
"""The topic under which a change is put into the outbox."""


class BadDetails(Mistake):
    """Details that cannot be right; `problems` says what is wrong, by field."""

    def __init__(self, found: Problems) -> None:
        self.problems = found
        said = "; ".join(f"{name}: {problem.value}" for name, problem in found.items())
        super().__init__(f"These payout details cannot be right: {said}.")


@dataclass(frozen=True, kw_only=True)
class Known:
    """How a partner is paid now, and from when otherwise. None: not said yet; nothing is pending."""

    current: Details | None = None
    pending: Details | None = None
    pending_from: datetime | None = None
    pending_since: datetime | None = None


def known(conn: Connection, contact_id: int, *, now: datetime) -> Known:
    """Give what is known of one partner."""
    rows = conn.execute(_of().where(_DETAILS.c.contact_id == contact_id)).all()
    return _known(list(rows), now)


def known_of_all(conn: Connection, ids: Any, *, now: datetime) -> dict[int, Known]:  # noqa: ANN401 - SQL
    """Give what is known of the contacts that a query of ids names."""
    by_contact: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(_of().where(_DETAILS.c.contact_id.in_(ids))):
        by_contact.setdefault(row.contact_id, []).append(row)
    return {contact_id: _known(rows, now) for contact_id, rows in by_contact.items()}


def _of() -> Any:  # noqa: ANN401 - SQL
    return select(_DETAILS).where(_DETAILS.c.withdrawn_at.is_(None)).order_by(_DETAILS.c.id)


def _known(rows: list[Row[Any]], now: datetime) -> Known:
    valid = [row for row in rows if row.valid_from <= now]
    waiting = [row for row in rows if row.valid_from > now]
    current = read(valid[-1].method, valid[-1].data) if valid else None
    if not waiting:
        return Known(current=current)
    last = waiting[-1]
    return Known(
        current=current,
        pending=read(last.method, last.data),
        pending_from=last.valid_from,
        pending_since=last.created_at,
    )


def read(method: str, data: Mapping[str, str]) -> Details:
    """Read stored details."""
    return Details(method=Method(method), **data)


def save(conn: Connection, contact_id: int, details: Details, *, who: str, now: datetime) -> Known:
    """Store how a partner wants to be paid. Raises BadDetails.

    The first ones hold at once, a change after the cool-down; a change that waits is replaced.
    """
    wrong = problems(details)
    if wrong:
        raise BadDetails(wrong)
    email = _lock(conn, contact_id)
    before = known(conn, contact_id, now=now)
    if details == (before.pending or before.current):
        return before
    told = _addresses(conn, contact_id, email)
    _withdraw_pending(conn, contact_id, now)
    if details != before.current:
        wait = timedelta(days=payout_settings.load(conn).cool_down_days)
        row = {
            "contact_id": contact_id,
            "method": details.method.value,
            "data": details.data,
            "email": email,
            "valid_from": now if before.current is None else now + wait,
            "withdrawn_at": None,
            "made_by": who[:100],
            "created_at": now,
        }
        conn.execute(insert(_DETAILS), row)
    after = known(conn, contact_id, now=now)
    _log(conn, contact_id, "payout details", {"method": details.method.value, "hint": details.hint}, who, now)
    if before.current is not None:
        for payload in told:
            outbox.put(conn, CHANGED, payload, now=now)
    return after


def _addresses(conn: Connection, contact_id: int, email: str | None) -> list[dict[str, int]]:
    """Say whom to tell of a change: the partner, and where the old details were given from elsewhere."""
    query = _of().where(_DETAILS.c.contact_id == contact_id, _DETAILS.c.email.is_not(None))
    # Those that hold and those that wait: somebody may change the address first, then the details twice.
    others = {row.email: row.id for row in conn.execute(query).all()[-2:] if row.email != email}
    return [
        {"contact_id": contact_id},
        *({"contact_id": contact_id, "details_id": details_id} for details_id in others.values()),
    ]


def withdraw(conn: Connection, contact_id: int, *, who: str, now: datetime) -> bool:
    """Take a change back that waits; False where there is none."""
    _lock(conn, contact_id)
    if not _withdraw_pending(conn, contact_id, now):
        return False
    _log(conn, contact_id, "payout details withdrawn", {}, who, now)
    return True


def _withdraw_pending(conn: Connection, contact_id: int, now: datetime) -> bool:
    waiting = (_DETAILS.c.contact_id == contact_id, _DETAILS.c.valid_from > now)
    change = update(_DETAILS).where(*waiting, _DETAILS.c.withdrawn_at.is_(None)).values(withdrawn_at=now)
    return conn.execute(change).rowcount > 0


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the details of a person who is erased; payouts keep what the books need."""
    conn.execute(delete(_DETAILS).where(_DETAILS.c.contact_id == contact_id))


def blocked(conn: Connection, contact_id: int) -> str:
    """Say why nothing is paid to a partner; empty: no admin has blocked it."""
    query = select(_BLOCK.c.why).where(_BLOCK.c.contact_id == contact_id)
    return conn.execute(query).scalar() or ""


def block(conn: Connection, contact_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Pay nothing to a partner until it is lifted; False where it is so already."""
    if not why.strip():
        raise Mistake("Say why nothing is to be paid out to this partner.")
    _lock(conn, contact_id)
    row = {"contact_id": contact_id, "why": why.strip()[:200], "made_by": who[:100], "created_at": now}
    if not conn.execute(insert_once(_BLOCK, conn.dialect.name), row).rowcount:
        return False
    _log(conn, contact_id, "payout block", {"why": why.strip()[:200]}, who, now)
    return True


def unblock(conn: Connection, contact_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Pay a partner again; False where nothing was blocked."""
    _lock(conn, contact_id)
    if not conn.execute(delete(_BLOCK).where(_BLOCK.c.contact_id == contact_id)).rowcount:
        return False
    _log(conn, contact_id, "payout unblock", {"why": why.strip()[:200]}, who, now)
    return True


def _lock(conn: Connection, contact_id: int) -> str | None:
    """Lock a contact and give its e-mail."""
    query = select(_CONTACT.c.email).where(_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    row = conn.execute(query.with_for_update()).first()
    if row is None:
        raise NotThere(f"There is no contact with the id {contact_id}.")
    email: str | None = row.email
    return email


def _log(
    conn: Connection, contact_id: int, act: str, after: Mapping[str, object], who: str, now: datetime
) -> None:
    row = conn.execute(select(_CONTACT.c.ref, _CONTACT.c.email).where(_CONTACT.c.id == contact_id)).one()
    subject = row.ref or row.email or f"#{contact_id}"
    audit.record(conn, who=who, act=act, noun="partner", subject=subject, after=after, now=now)
