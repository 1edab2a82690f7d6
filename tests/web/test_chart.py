"""The chart of the desk: places of bars and lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from flask_firstline import i18n
from flask_firstline.config import Settings
from flask_firstline.desk.chart import Chart, chart
from flask_firstline.services.desk_start import Span


def drawn(*nets: int, currency: str = "EUR") -> Chart:
    """Draw days with these net sales."""
    app = Flask("shop")
    i18n.install(app, Settings())
    days = [
        Span(begins=date(2026, 11, n + 1), ends=date(2026, 11, n + 1), documents=1, net=net, commission=0)
        for n, net in enumerate(nets)
    ]
    with app.test_request_context():
        return chart(days, currency)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, ["€0", "€1"]),
        (99, ["€0", "€1"]),
        (28_650, ["€0", "€100", "€200", "€300"]),
        (40_000, ["€0", "€100", "€200", "€300", "€400"]),
        (40_001, ["€0", "€200", "€400", "€600"]),
        (12_345_600, ["€0", "€50,000", "€100,000", "€150,000"]),
    ],
)
def test_the_lines_are_round_and_few_and_reach_above_the_highest_bar(most: int, ticks: list[str]) -> None:
    assert [tick.text for tick in drawn(most, 0).ticks] == ticks


def test_a_currency_without_decimals_is_drawn_in_its_own_units() -> None:
    assert [tick.text for tick in drawn(3_000, currency="JPY").ticks] == ["¥0", "¥1,000", "¥2,000", "¥3,000"]


def test_bars_stand_on_the_base_and_are_as_high_as_their_share() -> None:
    full, half, back = drawn(30_000, 15_000, -5_000).bars

    assert (full.height, full.y) == (Decimal(174), Decimal(10))
    assert (half.height, half.y) == (Decimal(87), Decimal(97))
    assert back.height == 0
    assert "\N{MINUS SIGN}€50.00" in back.text


def test_every_seventh_day_is_marked_and_every_second_mark_gives_way_on_phones() -> None:
    bars = drawn(*([100] * 30)).bars

    assert [bar.mark for bar in bars if bar.mark] == ["11/1", "11/8", "11/15", "11/22", "11/29"]
    assert [bar.minor for bar in bars if bar.mark] == [False, True, False, True, False]
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in bars)
