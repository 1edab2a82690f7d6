"""The net sales of a month as a chart."""

from __future__ import annotations

from collections.abc import Sequence

from .. import i18n
from ..domain.money import exponent
from ..drawing import Chart, Value, draw
from ..services.desk_start import Span


def chart(days: Sequence[Span], currency: str) -> Chart:
    """Draw the net sales of each day; a day on which more came back than went out has no bar."""

    def value(day: Span) -> Value:
        short = i18n.skeleton("Md", day.begins)
        return Value(amount=day.net, text=f"{short}: {i18n.money(day.net, currency)}", mark=short)

    return draw(
        [value(day) for day in days],
        lambda amount: i18n.round_money(amount, currency),
        unit=10 ** exponent(currency),
    )


__all__ = ["Chart", "chart"]
