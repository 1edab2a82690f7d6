"""Who is paid in a run, and why not: one rule for every balance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flask_firstline.domain.payout import Claimant, Method, Skip, judge

DAY = datetime(2026, 11, 24, tzinfo=UTC)
PAYS = {"partner_id": 1, "currency": "EUR", "payable": 1000, "method": Method.SEPA}
MINIMUMS = {"EUR": 500}


@pytest.mark.parametrize(
    ("given", "skip"),
    [
        ({}, None),
        ({"payable": 500}, None),
        ({"payable": 499}, Skip.MINIMUM),
        ({"payable": 499, "left": True}, None),
        ({"payable": -1, "blocked": "dispute"}, Skip.NEGATIVE),
        ({"payable": 0, "on_hold": 5}, Skip.ON_HOLD),
        ({"blocked": "dispute", "suspended": True}, Skip.BLOCKED),
        ({"suspended": True, "cooling_until": DAY}, Skip.SUSPENDED),
        ({"cooling_until": DAY, "method": None}, Skip.COOLING),
        ({"method": None, "payable": 1}, Skip.NO_METHOD),
        ({"currency": "USD"}, Skip.CURRENCY),
        ({"currency": "USD", "method": Method.PAYPAL}, None),
    ],
)
def test_one_reason_is_named_the_gravest_first(given: dict[str, object], skip: Skip | None) -> None:
    claimant = Claimant(**{**PAYS, **given})  # type: ignore[arg-type]

    verdict = judge(claimant, MINIMUMS)

    assert verdict is not None
    assert verdict.skip is skip
    assert verdict.amount == (claimant.payable if skip is None else 0)


def test_who_has_nothing_is_not_named() -> None:
    assert judge(Claimant(partner_id=1, currency="EUR", payable=0), MINIMUMS) is None
