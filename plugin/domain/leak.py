"""Signs that a code has leaked to people it was not given to; each code is judged by its own past only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

PAST_DAYS: Final = 28
"""Four weeks: each weekday as often as the others, and short enough to follow the seasons."""
BURST_DAYS: Final = 7
"""Bursts are told for a week: an admin who looks once a week misses none."""
TIMES_MEAN: Final = 3
"""A good newsletter doubles a day; three times the usual needs another reason."""
SLACK: Final = 3
"""For codes that are used less than once a day three uses more are chance, not a leak."""
YOUNG_DAYS: Final = 7
"""A younger code has no week of its own to compare with."""
YOUNG_SLACK: Final = 20
"""The first days of a code are its launch: a small crowd is what its partner wants."""
LEAST_RECENT: Final = 10
"""Below this many uses a share says nothing: one use more moves it by ten points."""
LEAST_PAST: Final = 10
"""As many earlier uses are needed for a share to compare with."""
LEAST_SHARE: Final = 50
"""Per cent. As long as half of the buyers came through the partner, the code is where it belongs."""
RISE: Final = 25
"""Points above the code's own past: with ten uses chance alone moves a share by up to twenty."""
ALONE_RECENT: Final = 20
ALONE_SHARE: Final = 90
"""Without a past of its own a code is told only where nearly nobody of many came through the partner."""


class Kind(StrEnum):
    """What is suspicious."""

    BURST = "burst"
    STRANGERS = "strangers"


@dataclass(frozen=True, kw_only=True)
class Uses:
    """How often a code was used, and how often by strangers: typed, by buyers who never met its owner."""

    total: int = 0
    strangers: int = 0

    @property
    def share(self) -> int:
        """The share of strangers in whole per cent, rounded down."""
        return 100 * self.strangers // self.total if self.total else 0


@dataclass(frozen=True, kw_only=True)
class Day:
    """The uses of one day. `open` are those that nobody has called well since."""

    day: date
    uses: int
    open: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of a code: its days without a gap, oldest first, the last is today.

    `lived` are the whole days before today on which there was the code; `recent` are the uses that are
    compared, `past` all before them. `owned` says that there is somebody whom buyers can have met.
    """

    days: Sequence[Day]
    lived: int
    recent: Uses = Uses()
    past: Uses = Uses()
    owned: bool = True


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One suspicious thing with the figures it was seen by.

    A burst: `uses` on `day`, where `past` uses on the `days` before allow `allowed`. Strangers: `uses` of
    `out_of` were by strangers, a `share`, where the past had `past` per cent (None: there is no past).
    """

    kind: Kind
    uses: int
    day: date | None = None
    days: int = 0
    allowed: int = 0
    out_of: int = 0
    share: int = 0
    past: int | None = None


def signs(record: Record) -> Iterator[Sign]:
    """Give what is suspicious about a code: at most one burst, its strongest day, and strangers."""
    bursts = [found for n in range(-BURST_DAYS, 0) if (found := _burst(record, len(record.days) + n))]
    if bursts:
        yield max(bursts, key=lambda sign: (sign.uses - sign.allowed, sign.day))
    if record.owned:
        yield from _strangers(record)


def allowed_on_a_day(past: int, days: int) -> int:
    """Give the most uses of a day that are no burst, after `past` uses on the `days` before."""
    slack = YOUNG_SLACK if days < YOUNG_DAYS else SLACK
    return (TIMES_MEAN * past) // days + slack if days else slack


def _burst(record: Record, at: int) -> Sign | None:
    if at < 0:
        return None
    day = record.days[at]
    days = max(0, min(PAST_DAYS, at, record.lived - (len(record.days) - 1 - at)))
    past = sum(before.uses for before in record.days[at - days : at])
    allowed = allowed_on_a_day(past, days)
    if day.open <= allowed:
        return None
    return Sign(kind=Kind.BURST, uses=day.open, day=day.day, days=days, allowed=allowed, past=past)


def _strangers(record: Record) -> Iterator[Sign]:
    recent, past = record.recent, record.past
    if past.total >= LEAST_PAST:
        found = (
            recent.total >= LEAST_RECENT and recent.share >= LEAST_SHARE and recent.share >= past.share + RISE
        )
    else:
        found = recent.total >= ALONE_RECENT and recent.share >= ALONE_SHARE
    if found:
        yield Sign(
            kind=Kind.STRANGERS,
            uses=recent.strangers,
            out_of=recent.total,
            share=recent.share,
            past=past.share if past.total >= LEAST_PAST else None,
        )
