"""VAT that is contained in commissions, and lines that add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.statement import StatementKind, net_parts, number_text, totals
from flask_firstline.domain.tax import TaxStatus

RATES = st.decimals(min_value=0, max_value=99, places=2)


@pytest.mark.parametrize(
    ("gross", "rate", "net", "vat"),
    [
        (11900, "19", 10000, 1900),
        (1000, "19", 840, 160),
        (1, "19", 1, 0),
        (3, "100", 2, 1),
        (-1000, "19", -840, -160),
        (1000, "0", 1000, 0),
        (1000, "7.7", 929, 71),
    ],
)
def test_the_vat_is_taken_out_of_the_sum_rounded_once(gross: int, rate: str, net: int, vat: int) -> None:
    found = totals(gross, TaxStatus.REGULAR, Decimal(rate))

    assert (found.net, found.vat, found.gross) == (net, vat, gross)


@pytest.mark.parametrize("status", [TaxStatus.SMALL, TaxStatus.FOREIGN])
def test_only_regular_partners_charge_vat(status: TaxStatus) -> None:
    found = totals(1000, status, Decimal(19))

    assert (found.net, found.vat, found.rate) == (1000, 0, Decimal(0))


@given(st.lists(st.integers(-(10**9), 10**9)), RATES)
def test_lines_without_vat_add_up_to_the_net_sum(amounts: list[int], rate: Decimal) -> None:
    whole = totals(sum(amounts), TaxStatus.REGULAR, rate)

    assert sum(net_parts(amounts, rate)) == whole.net
    assert whole.net + whole.vat == whole.gross


@given(st.integers(0, 10**12), RATES)
def test_a_correction_is_the_mirror_of_what_it_corrects(gross: int, rate: Decimal) -> None:
    there, back = (totals(sign * gross, TaxStatus.REGULAR, rate) for sign in (1, -1))

    assert (there.net, there.vat) == (-back.net, -back.vat)


def test_below_nought_it_is_a_correction() -> None:
    kinds = [totals(gross, TaxStatus.SMALL, Decimal(0)).kind for gross in (1, 0, -1)]

    assert kinds == [StatementKind.STATEMENT, StatementKind.STATEMENT, StatementKind.CORRECTION]


def test_a_number_says_its_year_and_place() -> None:
    assert number_text("GS-", 2026, 7) == "GS-2026-00007"
    assert number_text("", 2026, 123456) == "2026-123456"
