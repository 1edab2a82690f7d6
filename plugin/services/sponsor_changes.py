"""Another sponsor from a day on: planned by an admin, done by the worker when the day has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..domain.tree import closes_circle
from ..models import ChangeState, SponsorChange
from . import audit, outbox
from .address_book import get_contact
from .contacts import id_that_goes_on
from .context import Context
from .mistakes import ChangePlanned, ClosesCircle, Mistake, NotThere
from .partners import set_sponsor
from .sponsors import upline_ids

TOPIC = "sponsor_change"
_CHANGE = SponsorChange.__table__


def name_sponsor(
    conn: Connection,
    contact_id: int,
    sponsor_id: int | None,
    *,
    at: datetime | None = None,
    why: str,
    who: str,
    now: datetime,
) -> bool:
    """Name another sponsor (None: nobody), at once or from a moment that is to come.

    False where it is the sponsor already. Raises ClosesCircle, or ChangePlanned where one waits already.
    """
    if at is None or at <= now:
        return set_sponsor(conn, contact_id, sponsor_id, why=why, who=who, now=now)
    row = get_contact(conn, contact_id, lock=True)
    if sponsor_id is not None and closes_circle(contact_id, upline_ids(conn, sponsor_id)):
        raise ClosesCircle(
            "The new sponsor stands below this contact, or is this contact; choose another one."
        )
    made = _insert(conn, contact_id, sponsor_id, at, why, who, now)
    outbox.put(conn, TOPIC, {"change_id": made}, now=now, run_at=at)
    told = {"sponsor": _name(conn, sponsor_id), "takes_effect": at, "why": why}
    subject = _name(conn, row.id)
    audit.record(conn, who=who, act="plan sponsor", noun="contact", subject=subject, after=told, now=now)
    return True


def _insert(
    conn: Connection,
    contact_id: int,
    sponsor_id: int | None,
    at: datetime,
    why: str,
    who: str,
    now: datetime,
) -> int:
    values = {
        "contact_id": contact_id, "sponsor_id": sponsor_id, "takes_effect": at, "why": why, "who": who,
        "state": ChangeState.WAITING.value, "problem": "", "created_at": now,
    }  # fmt: skip
    try:
        with conn.begin_nested():
            made = conn.execute(insert(_CHANGE), values).inserted_primary_key
    except IntegrityError as error:
        raise ChangePlanned("A change is planned already; call it off first.") from error
    return int(made[0]) if made else 0


def call_off(conn: Connection, change_id: int, *, who: str, now: datetime) -> bool:
    """Let a planned change be none; False where it waits no more."""
    if not _end(conn, change_id, ChangeState.CALLED_OFF, now):
        return False
    row = conn.execute(select(_CHANGE).where(_CHANGE.c.id == change_id)).one()
    told = {"sponsor": _name(conn, row.sponsor_id), "takes_effect": row.takes_effect}
    subject = _name(conn, row.contact_id)
    audit.record(conn, who=who, act="call off sponsor", noun="contact", subject=subject, after=told, now=now)
    return True


def carry_out(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Do a planned change whose moment has come; what is in its way is kept with it."""
    change_id = int(payload["change_id"])
    row = ctx.conn.execute(select(_CHANGE).where(_CHANGE.c.id == change_id).with_for_update()).one_or_none()
    if row is None or row.state != ChangeState.WAITING.value:
        return
    try:
        with ctx.conn.begin_nested():
            _set(ctx, row)
        _end(ctx.conn, change_id, ChangeState.DONE, ctx.now)
    except Mistake as mistake:
        _end(ctx.conn, change_id, ChangeState.FAILED, ctx.now, str(mistake))


def _set(ctx: Context, row: Any) -> None:  # noqa: ANN401 - a row
    if _goes_on(ctx.conn, row.contact_id) != row.contact_id:
        raise NotThere("This contact was merged with another one.")
    sponsor_id = None if row.sponsor_id is None else _goes_on(ctx.conn, row.sponsor_id)
    set_sponsor(ctx.conn, row.contact_id, sponsor_id, why=row.why, who=row.who, now=ctx.now)


def _name(conn: Connection, contact_id: int | None) -> str:
    if contact_id is None:
        return ""
    row = get_contact(conn, contact_id)
    return str(row.ref or f"#{row.id}")


def _goes_on(conn: Connection, contact_id: int) -> int:
    return int(conn.execute(select(id_that_goes_on(contact_id))).scalar_one())


def _end(conn: Connection, change_id: int, state: ChangeState, now: datetime, problem: str = "") -> bool:
    waits = (_CHANGE.c.id == change_id, _CHANGE.c.state == ChangeState.WAITING.value)
    ended = update(_CHANGE).where(*waits).values(state=state.value, ended_at=now, problem=problem)
    return conn.execute(ended).rowcount == 1
