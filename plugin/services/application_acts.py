"""What is done with an application: approved, declined, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..models import Application, ApplicationState
from . import audit, mails, partners
from .context import Context
from .mails import Letter
from .mistakes import NotThere

_APPLICATION = Application.__table__
_WAITING = ApplicationState.WAITING.value


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the mails lead: addresses of pages, with {ticket} where a ticket stands; `shop` is its host."""

    shop: str
    confirm: str
    desk: str
    password: str
    sign_in: str
    link: str
    """Signs in by a ticket."""

    @property
    def of_partner(self) -> dict[str, str]:
        """What the mails to a partner need."""
        return {"shop": self.shop, "desk": self.desk, "password": self.password, "sign_in": self.sign_in}


def get(conn: Connection, application_id: int, *, lock: bool = False) -> Row[Any]:
    """Give an application or raise NotThere."""
    query = select(_APPLICATION).where(_APPLICATION.c.id == application_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no application with the id {application_id}.")
    return row


def waiting_of(conn: Connection, contact_id: int) -> int | None:
    """Give the application of a contact that an admin is to decide, None where there is none."""
    query = select(_APPLICATION.c.id).where(
        _APPLICATION.c.contact_id == contact_id, _APPLICATION.c.state == _WAITING
    )
    return conn.execute(query).scalar()


def approve(ctx: Context, application_id: int, places: Places, *, who: str) -> bool:
    """Make the applicant a partner and send the mail with the ways in; False where it is decided already."""
    row = get(ctx.conn, application_id, lock=True)
    if not _decide(ctx, row, ApplicationState.APPROVED, "", who):
        return False
    partners.start(ctx.conn, row.contact_id, places=places.of_partner, who=who, now=ctx.now)
    return True


def decline(ctx: Context, application_id: int, *, why: str, shop: str, who: str) -> bool:
    """Turn an application down; the reason stands in the mail. False where it is decided already."""
    row = get(ctx.conn, application_id, lock=True)
    if not _decide(ctx, row, ApplicationState.DECLINED, why, who):
        return False
    told = {"why": why, "shop": shop}
    mails.put_to_applicant(ctx.conn, Letter.DECLINED, row.id, told, now=ctx.now)
    return True


def _decide(ctx: Context, row: Row[Any], state: ApplicationState, why: str, who: str) -> bool:
    values = {"state": state.value, "decided_at": ctx.now, "decided_by": who[:100], "reason": why}
    waits = (_APPLICATION.c.id == row.id, _APPLICATION.c.state == _WAITING)
    if ctx.conn.execute(update(_APPLICATION).where(*waits).values(**values)).rowcount != 1:
        return False
    act = "approve" if state is ApplicationState.APPROVED else "decline"
    logged: Mapping[str, object] = {"why": why} if why else {}
    audit.record(
        ctx.conn, who=who, act=act, noun="application", subject=str(row.id), after=logged, now=ctx.now
    )
    return True


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the applications of a person who is erased."""
    conn.execute(delete(_APPLICATION).where(_APPLICATION.c.contact_id == contact_id))
