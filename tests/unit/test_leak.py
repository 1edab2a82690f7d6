"""When a code looks as if it had leaked: truth tables around every bound."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flask_firstline.domain import leak
from flask_firstline.domain.leak import Day, Kind, Record, Sign, Uses

TODAY = date(2026, 5, 4)
MONTHS = 90


def record(
    uses: dict[int, int] | None = None,
    *,
    open_: dict[int, int] | None = None,
    lived: int = MONTHS,
    recent: Uses | None = None,
    past: Uses | None = None,
    owned: bool = True,
) -> Record:
    """Give a code with these uses by days ago; all of them are open where nothing else is said."""
    by_day = uses or {}
    days = [
        Day(
            day=TODAY - timedelta(days=n),
            uses=by_day.get(n, 0),
            open=by_day.get(n, 0) if open_ is None else open_.get(n, 0),
        )
        for n in reversed(range(leak.PAST_DAYS + leak.BURST_DAYS))
    ]
    return Record(days=days, lived=lived, recent=recent or Uses(), past=past or Uses(), owned=owned)


def bursts(found: Record) -> list[Sign]:
    return [sign for sign in leak.signs(found) if sign.kind is Kind.BURST]


def is_strange(found: Record) -> bool:
    return any(sign.kind is Kind.STRANGERS for sign in leak.signs(found))


# fmt: off
@pytest.mark.parametrize(("past", "today", "burst"), [
    (0, 3, False),
    (0, 4, True),      # 3 x 0 + 3
    (28, 6, False),
    (28, 7, True),     # 3 x 1 + 3
    (27, 5, False),
    (27, 6, True),     # 3 x 27 / 28 + 3 = 5.9
    (280, 33, False),
    (280, 34, True),   # 3 x 10 + 3
])
# fmt: on
def test_a_day_is_a_burst_above_three_times_the_mean_and_three(past: int, today: int, burst: bool) -> None:
    uses = {0: today, **{n: past // 28 + (n <= past % 28) for n in range(1, 29)}}

    assert bool(bursts(record(uses))) is burst


# fmt: off
@pytest.mark.parametrize(("lived", "today", "burst"), [
    (0, 20, False),
    (0, 21, True),
    (6, 20, False),
    (6, 21, True),
    (7, 3, False),
    (7, 4, True),
    (8, 4, True),
])
# fmt: on
def test_the_launch_of_a_young_code_is_no_burst(lived: int, today: int, burst: bool) -> None:
    assert bool(bursts(record({0: today}, lived=lived))) is burst


@pytest.mark.parametrize(("ago", "told"), [(0, True), (6, True), (7, False)])
def test_a_burst_is_told_for_a_week(ago: int, told: bool) -> None:
    assert bool(bursts(record({ago: 50}))) is told


def test_the_mean_is_that_of_the_days_before_and_not_of_the_day_itself() -> None:
    quiet_then_loud = record({1: 100, 0: 10})

    (sign,) = bursts(quiet_then_loud)

    assert (sign.day, sign.uses, sign.past, sign.days, sign.allowed) == (
        TODAY - timedelta(days=1), 100, 0, 28, 3,
    )  # fmt: skip


def test_a_day_in_the_life_of_a_young_code_is_compared_with_the_days_that_it_has_lived() -> None:
    (sign,) = bursts(record(dict.fromkeys(range(1, 11), 2) | {0: 10}, lived=10))

    assert (sign.past, sign.days, sign.allowed) == (20, 10, 9)


def test_what_was_called_well_is_no_burst_and_what_follows_it_is_compared_with_it() -> None:
    uses = {2: 50, 0: 9}

    assert bursts(record(uses, open_={0: 9})) != []
    assert bursts(record({2: 50, 0: 8}, open_={0: 8})) == []
    assert bursts(record({0: 50}, open_={0: 3})) == []


# fmt: off
@pytest.mark.parametrize(("recent", "past", "strange"), [
    (Uses(total=9, strangers=9), Uses(total=100), False),
    (Uses(total=10, strangers=10), Uses(total=100), True),
    (Uses(total=100, strangers=49), Uses(total=100), False),
    (Uses(total=100, strangers=50), Uses(total=100), True),
    (Uses(total=100, strangers=51), Uses(total=100), True),
    (Uses(total=100, strangers=64), Uses(total=100, strangers=40), False),
    (Uses(total=100, strangers=65), Uses(total=100, strangers=40), True),
    (Uses(total=100, strangers=66), Uses(total=100, strangers=40), True),
    (Uses(total=100, strangers=100), Uses(total=100, strangers=90), False),
    (Uses(total=50, strangers=50), Uses(total=10), True),
    (Uses(total=19, strangers=19), Uses(total=9), False),
    (Uses(total=20, strangers=20), Uses(total=9), True),
    (Uses(total=100, strangers=89), Uses(total=9), False),
    (Uses(total=100, strangers=90), Uses(total=9), True),
    (Uses(total=100, strangers=91), Uses(), True),
    (Uses(), Uses(), False),
])
# fmt: on
def test_strangers_are_told_where_their_share_is_high_and_above_the_past(
    recent: Uses, past: Uses, strange: bool
) -> None:
    assert is_strange(record(recent=recent, past=past)) is strange


def test_a_code_of_nobody_has_no_strangers() -> None:
    loud = Uses(total=100, strangers=100)

    assert not is_strange(record(recent=loud, owned=False))
    assert is_strange(record(recent=loud, owned=True))


def test_a_code_that_nobody_uses_is_well() -> None:
    assert list(leak.signs(record())) == []


@pytest.mark.parametrize(("total", "strangers", "share"), [(0, 0, 0), (3, 1, 33), (3, 2, 66), (3, 3, 100)])
def test_shares_are_rounded_down(total: int, strangers: int, share: int) -> None:
    assert Uses(total=total, strangers=strangers).share == share
