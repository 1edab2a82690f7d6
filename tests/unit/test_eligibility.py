"""One rule says who takes part in the program: the table of all states and moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from flask_firstline.domain.eligibility import (
    Bar,
    Partnership,
    bar,
    eligible,
    is_partner,
    may_sponsor,
    was_partner,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(days=1), NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("partner", "reason"),
    [
        (Partnership(), Bar.NO_PARTNER),
        (Partnership(applied=True), Bar.AWAITING),
        (Partnership(since=AFTER), Bar.NO_PARTNER),
        (Partnership(since=AFTER, applied=True), Bar.AWAITING),
        (Partnership(since=NOW), None),
        (Partnership(since=BEFORE, applied=True), None),
        (Partnership(since=BEFORE, until=AFTER), None),
        (Partnership(since=BEFORE, until=NOW), Bar.LEFT),
        (Partnership(since=BEFORE, suspended_at=BEFORE), Bar.SUSPENDED),
        (Partnership(since=BEFORE, until=BEFORE, suspended_at=BEFORE), Bar.LEFT),
        (Partnership(since=BEFORE, commission_until=AFTER), None),
        (Partnership(since=BEFORE, commission_until=NOW), Bar.PARENT_ENDED),
        (Partnership(since=BEFORE, suspended_at=BEFORE, commission_until=BEFORE), Bar.SUSPENDED),
    ],
)
def test_each_state_has_one_reason(partner: Partnership, reason: Bar | None) -> None:
    assert bar(partner, NOW) is reason
    assert eligible(partner, NOW) is (reason is None)


@pytest.mark.parametrize(
    ("reason", "is_one", "was_one", "sponsors"),
    [
        (None, True, True, True),
        (Bar.NO_PARTNER, False, False, True),
        (Bar.AWAITING, False, False, True),
        (Bar.LEFT, False, True, False),
        (Bar.SUSPENDED, True, True, False),
        (Bar.PARENT_ENDED, True, True, False),
    ],
)
def test_what_follows_from_a_reason(reason: Bar | None, is_one: bool, was_one: bool, sponsors: bool) -> None:
    assert (is_partner(reason), was_partner(reason), may_sponsor(reason)) == (is_one, was_one, sponsors)


def test_whatever_the_dates_only_who_is_a_partner_is_eligible() -> None:
    moments = (None, BEFORE, NOW, AFTER)
    for since, until, suspended, ends, applied in product(moments, moments, moments, moments, (False, True)):
        partner = Partnership(
            since=since, until=until, suspended_at=suspended, commission_until=ends, applied=applied
        )
        found = bar(partner, NOW)
        assert not eligible(partner, NOW) or is_partner(found)
        assert not is_partner(found) or was_partner(found)
