"""Weekly windows and calendar periods, at local times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from flask_firstline.domain.window import Period, is_open, period_name

SUNDAY = datetime(2026, 3, 1)  # noqa: DTZ001 - local times, whatever the zone


# fmt: off
@pytest.mark.parametrize(("hour", "minute", "opened"), [
    (9, 59, False),
    (10, 0, True),
    (17, 59, True),
    (18, 0, False),
])
# fmt: on
def test_a_window_has_its_first_minute_and_not_its_last(hour: int, minute: int, opened: bool) -> None:
    at = SUNDAY.replace(hour=hour, minute=minute)

    assert is_open(at, days=(), opens=600, closes=1080) is opened


# fmt: off
@pytest.mark.parametrize(("after", "opened"), [
    (timedelta(hours=21, minutes=59),         False),
    (timedelta(hours=22),                     True),
    (timedelta(days=1),                       True),
    (timedelta(days=1, hours=1, minutes=59),  True),
    (timedelta(days=1, hours=2),              False),
    (timedelta(days=1, hours=22),             False),
    (timedelta(hours=1),                      False),
])
# fmt: on
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(after: timedelta, opened: bool) -> None:
    assert is_open(SUNDAY + after, days={6}, opens=22 * 60, closes=2 * 60) is opened


def test_a_window_without_days_and_hours_is_always_open() -> None:
    assert is_open(SUNDAY, days=(), opens=None, closes=None)
    assert is_open(SUNDAY, days=(), opens=None, closes=1)
    assert is_open(SUNDAY.replace(hour=23, minute=59), days=(), opens=1439, closes=None)


# fmt: off
@pytest.mark.parametrize(("period", "at", "name"), [
    (Period.DAY,   {},                                    "2026-03-01"),
    (Period.WEEK,  {},                                    "2026-W09"),
    (Period.WEEK,  {"year": 2027, "month": 1, "day": 1},  "2026-W53"),
    (Period.MONTH, {},                                    "2026-03"),
    (Period.YEAR,  {},                                    "2026"),
])
# fmt: on
def test_a_period_is_named_by_the_calendar(period: Period, at: dict[str, Any], name: str) -> None:
    assert period_name(period, SUNDAY.replace(**at)) == name
