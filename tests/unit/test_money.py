"""Money: what is read, how it is rounded, how it is split."""

from __future__ import annotations

from decimal import Decimal, localcontext
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.money import (
    EXPONENTS,
    allocate,
    currency_code,
    decimal,
    exponent,
    half_up,
    major,
    minor,
    minor_exact,
    rate,
)


class Pieces(IntEnum):
    DOZEN = 12


# fmt: off
@pytest.mark.parametrize(("currency", "digits"), [
    ("EUR", 2), ("CHF", 2), ("RUB", 2), ("JPY", 0), ("ISK", 0), ("KRW", 0), ("UYI", 0),
    ("KWD", 3), ("BHD", 3), ("TND", 3), ("CLF", 4), ("UYW", 4), ("MRU", 2), ("MGA", 2), ("HUF", 2),
])
# fmt: on
def test_each_currency_has_the_decimals_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


def test_every_code_has_three_capitals_and_nought_to_four_decimals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
    assert set(EXPONENTS.values()) == {0, 2, 3, 4}


@pytest.mark.parametrize("code", ["XYZ", "eur", "", "EURO", "XAU"])
def test_an_unknown_currency_is_named(code: str) -> None:
    with pytest.raises(ValueError, match=f"unknown currency '{code}'"):
        exponent(code)


def test_a_currency_is_known_in_any_spelling() -> None:
    assert currency_code(" eur ") == "EUR"
    with pytest.raises(ValueError, match="unknown currency 'XYZ'"):
        currency_code("xyz")


# fmt: off
@pytest.mark.parametrize(("value", "text"), [
    (5, "5"), (-5, "-5"), (Pieces.DOZEN, "12"), (999_999_999_999, "999999999999"),
    ("5.00", "5.00"), (" 5 ", "5"), ("+5", "5"), ("-0.5", "-0.5"), ("007", "7"),
    (0.1, "0.1"), (1e-7, "1E-7"), (19.99, "19.99"), (-0.0, "0"), (100.0, "100.0"), (1e11, "100000000000.0"),
    (Decimal("5.00"), "5.00"), (Decimal("1E+3"), "1000"), (Decimal("-0.00"), "0"), (Decimal("0E+99"), "0"),
])
# fmt: on
def test_a_number_is_read_as_it_prints(value: Any, text: str) -> None:
    assert str(decimal(value)) == text


# fmt: off
@pytest.mark.parametrize(("value", "sentence"), [
    (True, "is not a number"), (False, "is not a number"), (None, "is not a number"), ([], "is not a number"),
    (Fraction(1, 3), "is not a number"), (b"5", "is not a number"),
    (float("nan"), "not a finite number"), (float("inf"), "not a finite number"),
    (Decimal("NaN"), "not a finite number"), (Decimal("sNaN"), "not a finite number"),
    (Decimal("-Infinity"), "not a finite number"),
    ("NaN", "plain decimal"), ("Infinity", "plain decimal"), ("1e9", "plain decimal"),
    ("1E9", "plain decimal"),
    ("", "plain decimal"), (" ", "plain decimal"), ("1 000", "plain decimal"), ("1_000", "plain decimal"),
    ("1,5", "plain decimal"), (".5", "plain decimal"), ("5.", "plain decimal"), ("--5", "plain decimal"),
    ("0x1", "plain decimal"), ("٥", "plain decimal"), ("５", "plain decimal"), ("5\x00", "plain decimal"),
    pytest.param("5" * 5000 + "x", r"'5{40}\.\.\.' is not a plain decimal", id="5000 digits and a letter"),
    pytest.param(10**5000, "at most 12 digits", id="5001 digits"),
    (10**12, "at most 12 digits"), (-(10**12), "at most 12 digits"),
    ("1000000000000", "at most 12 digits"), (1e12, "at most 12 digits"), (1e308, "at most 12 digits"),
    (Decimal("1E+999999"), "at most 12 digits"), (Decimal("1E-999999"), "at most 400 decimals"),
])
# fmt: on
def test_what_is_no_plain_number_is_refused_with_a_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        decimal(value)


@given(st.floats(min_value=-999_999_999_999, max_value=999_999_999_999))
def test_any_float_a_shop_can_hand_over_is_read_as_it_prints(value: float) -> None:
    assert float(decimal(value)) == value
    assert decimal(value) == Decimal(str(value))


# fmt: off
@pytest.mark.parametrize(("value", "text"), [
    (19, "19"), ("19.0", "19"), ("7.000", "7"), (Decimal("1E+1"), "10"), ("10.00", "10"), (20.0, "20"),
    (0, "0"), ("0.00", "0"), (1, "1"), ("8.1", "8.1"), (5.5, "5.5"), ("99.9999", "99.9999"),
    ("7.12340", "7.1234"),
])
# fmt: on
def test_a_vat_rate_has_one_spelling(value: Any, text: str) -> None:
    assert str(rate(value)) == text


# fmt: off
@pytest.mark.parametrize(("value", "sentence"), [
    (0.19, "give 19, not 0.19"), ("0.0001", "give 19, not 0.19"), ("0.9999", "give 19, not 0.19"),
    (100, "at least 0 and below 100"), (-1, "at least 0 and below 100"), ("-0.5", "at least 0 and below 100"),
    ("19.12345", "at most 4 decimals"), ("19 %", "plain decimal"), (True, "is not a number"),
])
# fmt: on
def test_what_is_no_vat_rate_is_refused_with_a_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rate(value)


def test_the_decimal_context_of_the_shop_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 2

        assert str(rate("19.1234")) == "19.1234"
        assert minor("123456.785", "EUR") == 12345679
        assert str(major(123456789, "EUR")) == "1234567.89"


# fmt: off
@pytest.mark.parametrize(("value", "whole"), [
    (Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(3, 2), 2), (Fraction(5, 2), 3),
    (Fraction(-5, 2), -3),
    (Fraction(49, 100), 0), (Fraction(-49, 100), 0), (Decimal("2.5"), 3), (Decimal("-2.5"), -3),
    (Decimal("2.4999"), 2), (Decimal("0.5"), 1), (7, 7), (-7, -7), (0, 0),
])
# fmt: on
def test_halves_are_rounded_away_from_zero(value: Fraction | Decimal | int, whole: int) -> None:
    assert half_up(value) == whole


@given(st.fractions())
def test_rounding_goes_to_the_nearest_and_the_same_way_below_zero(value: Fraction) -> None:
    assert abs(half_up(value) - value) <= Fraction(1, 2)
    assert half_up(-value) == -half_up(value)


# fmt: off
@pytest.mark.parametrize(("value", "currency", "amount"), [
    ("5", "EUR", 500), ("5.005", "EUR", 501), ("-5.005", "EUR", -501), (1.005, "EUR", 101),
    (0.1 + 0.2, "EUR", 30),
    ("0.5", "JPY", 1), ("12.3455", "KWD", 12346), ("1.00005", "CLF", 10001), (0, "EUR", 0),
    (1e-300, "EUR", 0),
])
# fmt: on
def test_major_units_become_minor_ones_rounded_half_up(value: Any, currency: str, amount: int) -> None:
    assert minor(value, currency) == amount


def test_an_amount_finer_than_its_currency_is_refused_where_it_must_be_exact() -> None:
    assert minor_exact("5.10", "EUR") == 510
    assert minor_exact("-5.1", "EUR") == -510
    assert minor_exact("5.00", "JPY") == 5
    with pytest.raises(ValueError, match=r"5\.001 has more than the 2 decimals of EUR"):
        minor_exact("5.001", "EUR")
    with pytest.raises(ValueError, match=r"5\.5 has more than the 0 decimals of JPY"):
        minor_exact(Decimal("5.5"), "JPY")


def test_minor_units_show_exactly_the_decimals_of_the_currency() -> None:
    shown = [str(major(1500, currency)) for currency in ("EUR", "JPY", "KWD", "CLF")]

    assert shown == ["15.00", "1500", "1.500", "0.1500"]
    assert [str(major(amount, "EUR")) for amount in (0, 5, -5, -500)] == ["0.00", "0.05", "-0.05", "-5.00"]


@given(st.integers(-(10**14) + 1, 10**14 - 1), st.sampled_from(["EUR", "KWD", "CLF"]))
def test_major_and_minor_are_each_other_s_way_back(amount: int, currency: str) -> None:
    assert minor(major(amount, currency), currency) == amount
    assert minor_exact(major(amount, currency), currency) == amount


# fmt: off
@pytest.mark.parametrize(("total", "weights", "parts"), [
    (500,  [1000, 1000, 1000],                  [167, 167, 166]),
    (500,  [2000, 1000],                        [333, 167]),
    (1,    [1, 1],                              [1, 0]),
    (1,    [1, 2],                              [0, 1]),
    (-500, [1000, 1000, 1000],                  [-167, -167, -166]),
    (7,    [0, 5, 0],                           [0, 7, 0]),
    (5,    [Fraction(1, 3), Fraction(2, 3), 0], [2, 3, 0]),
    (100,  [Fraction(119), 107],                [53, 47]),
    (0,    [],                                  []),
    (0,    [0, 0],                              [0, 0]),
    (0,    [3, 4],                              [0, 0]),
])
# fmt: on
def test_the_largest_remainders_get_the_rest_and_ties_go_to_the_earlier(
    total: int, weights: list[int | Fraction], parts: list[int]
) -> None:
    assert allocate(total, weights) == parts


def test_an_amount_needs_something_to_be_split_by() -> None:
    with pytest.raises(ValueError, match="needs a positive weight"):
        allocate(5, [0, 0])
    with pytest.raises(ValueError, match="needs a positive weight"):
        allocate(-5, [])
    with pytest.raises(ValueError, match="never negative"):
        allocate(5, [3, -1])
    with pytest.raises(ValueError, match="never negative"):
        allocate(0, [Fraction(-1, 2)])


WEIGHT = st.one_of(st.integers(0, 10**9), st.fractions(0, 1000))
WEIGHTS = st.lists(WEIGHT, min_size=1, max_size=20).filter(any)


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_the_parts_add_up_and_each_is_within_one_unit_of_its_share(
    total: int, weights: list[int | Fraction]
) -> None:
    parts = allocate(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total) * weight / sum(weights)) < 1
        assert part * total >= 0
        assert weight or not part


@given(st.integers(0, 10**6), WEIGHTS)
def test_who_got_one_more_had_the_larger_remainder_or_came_earlier(
    total: int, weights: list[int | Fraction]
) -> None:
    shares = [Fraction(total) * weight / sum(weights) for weight in weights]
    parts = allocate(total, weights)
    more = [part - int(share) for part, share in zip(parts, shares, strict=True)]
    ranks = [(share % 1, -place) for place, share in enumerate(shares)]

    lucky = [rank for rank, one in zip(ranks, more, strict=True) if one]
    others = [rank for rank, one in zip(ranks, more, strict=True) if not one]
    assert set(more) <= {0, 1}
    assert not lucky or not others or min(lucky) > max(others)


@given(st.integers(-500, 500), st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any))
def test_equal_weights_in_fractions_split_alike(total: int, weights: list[int]) -> None:
    assert allocate(total, weights) == allocate(total, [Fraction(weight, 7) for weight in weights])
