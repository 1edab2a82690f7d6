"""Windows of time in the shop's zone: weekdays and hours, and calendar periods."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

MINUTES_A_DAY = 24 * 60


class Period(StrEnum):
    """A calendar period in which uses are counted."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_NAMES: Mapping[Period, Callable[[datetime], str]] = {
    Period.DAY: lambda local: f"{local:%Y-%m-%d}",
    Period.WEEK: lambda local: f"{local:%G-W%V}",
    Period.MONTH: lambda local: f"{local:%Y-%m}",
    Period.YEAR: lambda local: f"{local:%Y}",
}


def period_name(period: Period, local: datetime) -> str:
    """Name the period in which a local time lies: 2026-11-22, 2026-W47 (ISO 8601), 2026-11 or 2026."""
    return _NAMES[period](local)


def is_open(local: datetime, *, days: Collection[int], opens: int | None, closes: int | None) -> bool:
    """Tell whether a weekly window is open at a local time.

    `days` are weekdays (Monday 0; none: all), `opens` and `closes` minutes after midnight, half-open. A
    window that closes before it opens goes over midnight and belongs to the day on which it opened.
    """
    minute = local.hour * 60 + local.minute
    begins, ends = opens or 0, MINUTES_A_DAY if closes is None else closes
    if begins < ends:
        return _is_day(local, days) and begins <= minute < ends
    if minute >= begins:
        return _is_day(local, days)
    return minute < ends and _is_day(local - timedelta(days=1), days)


def _is_day(local: datetime, days: Collection[int]) -> bool:
    return not days or local.weekday() in days
