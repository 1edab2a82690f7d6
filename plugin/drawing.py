"""Bars as places in a drawing: per cent across, px down, so that text never scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from . import i18n
from .i18n import ngettext
from .services.code_figures import Span

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
    """A bar with its text on hover and, on some, a mark below."""

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
    """Bars side by side, and the lines that tell their height."""

    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True)
class Value:
    """What one bar stands for: how much, in parts of a whole `unit`, with its text and its short mark."""

    amount: int
    text: str
    mark: str


def draw(values: Sequence[Value], written: Callable[[int], str], *, unit: int = 1, marked: int = 7) -> Chart:
    """Draw values; what is below zero has no bar. Every `marked`-th bar has its mark.

    `written` writes a whole number of units for the axis.
    """
    step = _step(-(-max(value.amount for value in values) // unit))
    top = step * -(-max(max(value.amount for value in values), 1) // (step * unit))
    ticks = (_tick(amount, top, written) for amount in range(0, top + 1, step))
    bars = (_bar(value, n, len(values), top * unit, marked) for n, value in enumerate(values))
    return Chart(ticks=tuple(ticks), bars=tuple(bars))


def draw_uses(spans: Sequence[Span], *, marked: int) -> Chart:
    """Draw the uses of codes over days or weeks."""

    def value(span: Span) -> Value:
        day = i18n.skeleton("Md", span.begins)
        uses = ngettext("%(num)s redemption", "%(num)s redemptions", span.uses)
        return Value(amount=span.uses, text=f"{day}: {uses}", mark=day)

    return draw([value(span) for span in spans], i18n.number, marked=marked)


def _step(most: int) -> int:
    """Give a round step (1, 2 or 5 and noughts) that needs no more than a few lines."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size * TICKS >= most:
                return factor * size
        size *= 10


def _tick(amount: int, top: int, written: Callable[[int], str]) -> Tick:
    y = _tenths(BASE - Decimal(HIGH * amount) / top)
    return Tick(y=y, text_y=y + 4, text=written(amount))


def _bar(value: Value, n: int, bars: int, top: int, marked: int) -> Bar:
    width = Decimal(100) / bars
    height = _tenths(Decimal(HIGH * max(value.amount, 0)) / top)
    return Bar(
        x=_hundredths(width * n + width * Decimal("0.17")),
        width=_hundredths(width * Decimal("0.66")),
        middle=_hundredths(width * n + width / 2),
        y=BASE - height,
        height=height,
        text=value.text,
        mark=value.mark if n % marked == 0 else "",
        minor=n % (2 * marked) >= marked,
    )


def _tenths(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"))


def _hundredths(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))
