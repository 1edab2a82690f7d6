"""The cells of a file of codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.services.cells import CellProblem, Problem, WrongCell
from flask_firstline.services.code_cells import (
    read_amount,
    read_code,
    read_codes,
    read_limit,
    read_moment,
    read_occasion,
    write_amount,
    write_moment,
)

BERLIN = ZoneInfo("Europe/Berlin")


def problem(read: Callable[[], object]) -> CellProblem:
    with pytest.raises(WrongCell) as caught:
        read()
    return caught.value.problem


@pytest.mark.parametrize(
    ("text", "closes", "wanted"),
    [
        ("", False, None),
        ("2026-12-31", False, "2026-12-30T23:00"),
        ("2026-12-31", True, "2026-12-31T23:00"),
        ("31.12.2026", True, "2026-12-31T23:00"),
        ("9999-12-31", True, None),
        ("31.12.9999", True, None),
        ("9999-12-31", False, "9999-12-30T23:00"),
        ("1.7.2026", False, "2026-06-30T22:00"),
        ("31-12-2026", False, "2026-12-30T23:00"),
        ("2026-12-31 18:00", True, "2026-12-31T17:00"),
        ("2026-12-31T18:00+00:00", True, "2026-12-31T18:00"),
        ("31.12.2026 18:00:30", False, "2026-12-31T17:00:30"),
    ],
)
def test_dates_are_read_in_the_shops_zone(text: str, closes: bool, wanted: str | None) -> None:
    moment = wanted and datetime.fromisoformat(wanted).replace(tzinfo=UTC)

    assert read_moment(BERLIN, closes=closes)(text) == moment


@pytest.mark.parametrize("text", ["31.11.2026", "31/12/2026", "soon", "2026", "2026-13-01"])
def test_what_is_no_date_is_told(text: str) -> None:
    assert problem(lambda: read_moment(BERLIN, closes=True)(text)) is Problem.NO_DATE


@given(st.integers(0, 4 * 10**9).map(lambda second: datetime.fromtimestamp(second, UTC)), st.booleans())
def test_a_date_that_was_written_is_read_the_same(moment: datetime, closes: bool) -> None:
    assert read_moment(BERLIN, closes=closes)(write_moment(moment, BERLIN, closes=closes)) == moment


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.booleans())
def test_a_whole_day_is_written_as_a_date(day: date, closes: bool) -> None:
    moment = read_moment(BERLIN, closes=closes)(str(day))

    assert write_moment(moment, BERLIN, closes=closes) == str(day)


@pytest.mark.parametrize(
    ("text", "wanted"), [("", None), ("25", 2500), ("25.00", 2500), ("25,5", 2550), ("0.01", 1)]
)
def test_amounts_are_read_with_point_or_comma(text: str, wanted: int | None) -> None:
    assert read_amount(text, "EUR") == wanted
    assert read_amount(write_amount(wanted, "EUR"), "EUR") == wanted


@pytest.mark.parametrize("text", ["1.000,50", "25.001", "0", "-5", "25 EUR", "x", "1.000"])
def test_what_is_no_amount_is_told(text: str) -> None:
    assert problem(lambda: read_amount(text, "EUR")) is Problem.NO_AMOUNT


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("many", Problem.NO_NUMBER), ("-1", Problem.NO_NUMBER), ("1.5", Problem.NO_NUMBER),
        ("\N{ARABIC-INDIC DIGIT ONE}", Problem.NO_NUMBER), ("0", Problem.LIMIT),
        ("1000000001", Problem.LIMIT),
    ],
)  # fmt: skip
def test_limits_are_whole_numbers(text: str, wanted: Problem) -> None:
    assert (read_limit(""), read_limit("1"), read_limit("1000000000")) == (None, 1, 10**9)
    assert problem(lambda: read_limit(text)) is wanted


def test_codes_and_occasions_that_cannot_be_are_told() -> None:
    assert read_code(" Von-Meier ") == ("Von-Meier", "vonmeier", "vonmeler")
    assert problem(lambda: read_code("")) is Problem.EMPTY
    assert problem(lambda: read_code("---")) is Problem.EMPTY
    assert problem(lambda: read_code("a\nb")) is Problem.CHARACTERS
    assert problem(lambda: read_code("x" * 65)) is Problem.TOO_LONG
    assert problem(lambda: read_occasion("x" * 101)) is Problem.TOO_LONG
    assert problem(lambda: read_occasion("a\tb")) is Problem.CHARACTERS


def tried(text: str) -> object:
    try:
        return read_code(text)
    except WrongCell as wrong:
        return wrong


@given(
    st.lists(
        st.text(st.sampled_from("aB1-_ ,./\u00e4\u200b\u041e\x1f"), max_size=6) | st.text(max_size=80),
        max_size=5,
    )
)
def test_many_codes_are_read_as_each_of_them_is(texts: list[str]) -> None:
    assert read_codes(texts) == [tried(text) for text in texts]


def test_plain_codes_are_read_at_once_up_to_the_longest() -> None:
    plain = ["Von-Meier", "a" * 64, "OIL10"]

    assert read_codes(plain) == [
        ("Von-Meier", "vonmeier", "vonmeler"),
        ("a" * 64,) * 3,
        ("OIL10", "oil10", "olllo"),
    ]
    assert read_codes(["a" * 65]) == [tried("a" * 65)]
