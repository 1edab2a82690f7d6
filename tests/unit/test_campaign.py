"""Terms of campaigns and of what they give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.domain.campaign import CampaignTerms, Worth, triggers
from flask_firstline.domain.coupon import Kind, Treatment
from flask_firstline.domain.reward import RewardTerms, read

START = datetime(2026, 11, 1, tzinfo=UTC)
FIVE = Worth(amount=500)
TEN = Worth(percent=Decimal(10))


def terms(**more: Any) -> CampaignTerms:
    given = {"name": "Friends", "discount": FIVE, "kickback": FIVE, "currency": "EUR", "starts_at": START}
    return CampaignTerms(**{**given, **more})


@dataclass(frozen=True)
class Sold:
    product_ref: str
    categories: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("products", "categories", "found"),
    [
        ((), (), True),
        (("balm",), (), True),
        (("soap",), (), False),
        ((), ("care",), True),
        ((), ("food",), False),
        (("soap",), ("care",), True),
    ],
)
def test_an_order_triggers_by_one_line_of_a_product_or_category(
    products: tuple[str, ...], categories: tuple[str, ...], found: bool
) -> None:
    assert triggers([Sold("oil"), Sold("balm", ("care",))], products, categories) is found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "the name of a campaign"),
        ({"name": " Friends"}, "no blanks around it"),
        ({"kickback": None}, "a campaign has a kickback"),
        ({"share_steps": (FIVE,) * 11}, "at most 10 steps"),
        ({"hold_days": 366}, "0 to 365"),
        ({"remind_after_days": 0}, "1 to 365"),
        ({"discount": Worth()}, "per cent"),
        ({"discount": Worth(amount=0)}, "above 0"),
        ({"kickback": Worth(amount=5, percent=Decimal(5))}, "an amount or a per cent"),
        ({"share_steps": (Worth(percent=Decimal(101)),)}, "at most 100"),
        ({"currency": None}, "currency"),
        ({"ends_at": START}, "ends before it begins"),
    ],
    ids=str,
)
def test_terms_that_cannot_work_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        terms(**wrong)


def test_the_friends_coupon_says_what_the_campaign_does() -> None:
    made = terms(
        min_order=2000, max_redemptions=7, ends_at=START + timedelta(days=9), for_products=frozenset({"balm"})
    ).coupon()

    assert (made.kind, made.amount, made.currency, made.min_order) == (Kind.AMOUNT, 500, "EUR", 2000)
    assert (made.max_uses, made.new_customers_only, made.campaign) == (7, True, "Friends")
    assert (made.valid_until, made.products) == (START + timedelta(days=9), frozenset({"balm"}))


def test_a_per_cent_without_amounts_is_for_every_currency() -> None:
    assert terms(discount=TEN).coupon().currency is None


def test_what_an_admin_has_added_to_the_coupon_stays() -> None:
    before = replace(
        terms(discount=TEN).coupon(), days=frozenset({0}), stackable=True, cap=900, currency="EUR"
    )

    after = terms(discount=TEN, max_redemptions=3).coupon(before)
    amount = terms(max_redemptions=3).coupon(before)

    assert (after.days, after.stackable, after.cap, after.max_uses) == (frozenset({0}), True, 900, 3)
    assert (amount.cap, amount.amount) == (None, 500)


def test_kickbacks_are_for_the_same_products_and_hold_for_their_days() -> None:
    reward = terms(for_categories=frozenset({"care"}), kickback_days=30).reward(TEN)

    assert (reward.percent, reward.categories, reward.currency) == (Decimal(10), frozenset({"care"}), None)
    assert reward.until(START) == START + timedelta(days=30)
    assert terms().reward(FIVE).until(START) is None


def test_terms_of_rewards_are_read_as_they_were_packed() -> None:
    full = RewardTerms(
        label="Card", amount=2000, currency="EUR", min_order=5000, products=frozenset({"a", "b"}),
        valid_days=9, treatment=Treatment.MULTI_PURPOSE,
    )  # fmt: skip
    short = RewardTerms(label="Tenth", percent=Decimal("10.0"), cap=500, currency="EUR")

    assert [read(one.packed()) for one in (full, short)] == [full, short]
    assert short.packed()["percent"] == "10"


def test_equal_terms_have_one_coupon_whatever_their_days() -> None:
    one = RewardTerms(label="Five", amount=500, currency="EUR", valid_days=9)

    assert one.coupon().name == replace(one, valid_days=None).coupon().name
    assert one.coupon().name != one.less(100).coupon().name
    assert one.less(100).coupon().name.startswith("Five 4.00 EUR")
