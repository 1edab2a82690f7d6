"""Uses of codes per day or week, as they count: redeemed ones, and those charged as a fact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from ..models import CameBy, Redemption, RedemptionState

REDEMPTION = Redemption.__table__
COUNTED = REDEMPTION.c.state.in_((RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value))
STRANGER = and_(REDEMPTION.c.came_by == CameBy.TYPED.value, REDEMPTION.c.touched.is_(False))
"""Typed by somebody who had met neither a link nor an earlier code of the owner."""


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Give the beginning of a day in the shop's zone."""
    return datetime.combine(day, time(), zone)


def days_until(today: date, days: int) -> list[date]:
    """Give the last days in their order, today included."""
    return [today - timedelta(days=n) for n in reversed(range(days))]


def number_of(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    """Count the rows of a group that meet a condition."""
    return func.coalesce(func.sum(case((wanted, 1), else_=0)), 0)


def per_span(
    conn: Connection,
    code_ids: Any,  # noqa: ANN401 - the ids, or a statement that gives them
    starts: Sequence[datetime],
    ends: datetime,
    *,
    since: datetime | None = None,
) -> dict[int, list[int]]:
    """Count uses per code in spans that begin at `starts`, each ending where the next begins.

    `since` leaves out what was before it. Codes without a use in them are left out.
    """
    asked = in_spans(starts, ends, since=since).where(REDEMPTION.c.code_id.in_(code_ids))
    uses = asked.subquery()
    found: dict[int, list[int]] = {}
    counted = select(uses.c.code_id, uses.c.span, func.count()).group_by(uses.c.code_id, uses.c.span)
    for code_id, place, count in conn.execute(counted):
        found.setdefault(code_id, [0] * len(starts))[place] = count
    return found


def in_spans(starts: Sequence[datetime], ends: datetime, *, since: datetime | None = None) -> Select[Any]:
    """Ask for each use in spans as `per_span` counts them: `code_id`, and the number of its `span`."""
    at = REDEMPTION.c.created_at
    # Databases do not agree on the days of a time zone: they are told where each begins.
    span = case(*((at < start, place) for place, start in enumerate(starts[1:])), else_=len(starts) - 1)
    asked: list[ColumnElement[Any]] = [REDEMPTION.c.code_id, span.label("span")]
    return select(*asked).where(COUNTED, at >= max(starts[0], since or starts[0]), at < ends)
