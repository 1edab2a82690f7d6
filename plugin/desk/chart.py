"""Bars of a month as places in a drawing: per cent across, px down, so that text never scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .. import i18n
from ..domain.money import exponent
from ..services.desk_start import Span

BASE = 184
HIGH = 174
TICKS = 4


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line across with its amount."""

    y: Decimal
    text_y: Decimal
    text: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar with its text on hover and, on some days, a mark below."""

    x: Decimal
    width: Decimal
    middle: Decimal
    y: Decimal
    height: Decimal
    text: str
    mark: str
    minor: bool


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Bars over days, and the lines that tell their height."""

    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]


def chart(days: Sequence[Span], currency: str) -> Chart:
    """Draw the net sales of each day; a day on which more came back than went out has no bar."""
    unit = 10 ** exponent(currency)
    step = _step(-(-max(day.net for day in days) // unit))
    top = step * -(-max(max(day.net for day in days), 1) // (step * unit))
    ticks = (_tick(value, top, currency) for value in range(0, top + 1, step))
    bars = (_bar(day, n, len(days), top * unit, currency) for n, day in enumerate(days))
    return Chart(ticks=tuple(ticks), bars=tuple(bars))


def _step(most: int) -> int:
    """Give a round step (1, 2 or 5 and noughts) that needs no more than a few lines."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size * TICKS >= most:
                return factor * size
        size *= 10


def _tick(value: int, top: int, currency: str) -> Tick:
    y = _tenths(BASE - Decimal(HIGH * value) / top)
    return Tick(y=y, text_y=y + 4, text=i18n.round_money(value, currency))


def _bar(day: Span, n: int, days: int, top: int, currency: str) -> Bar:
    width = Decimal(100) / days
    height = _tenths(Decimal(HIGH * max(day.net, 0)) / top)
    short = i18n.skeleton("Md", day.begins)
    return Bar(
        x=_hundredths(width * n + width * Decimal("0.17")),
        width=_hundredths(width * Decimal("0.66")),
        middle=_hundredths(width * n + width / 2),
        y=BASE - height,
        height=height,
        text=f"{short}: {i18n.money(day.net, currency)}",
        mark=short if n % 7 == 0 else "",
        minor=n % 14 > 6,
    )


def _tenths(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"))


def _hundredths(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))
