"""Campaigns of customers for customers: what a friend saves, what the sharer gets, when and for what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from .coupon import CouponTerms, Kind
from .reward import LONGEST_LABEL, RewardTerms

MOST_STEPS = 10
MOST_DAYS = 365
CHANNELS = ("whatsapp", "email", "sms", "telegram", "facebook", "x", "copy", "qr")
"""The ways by which a promoter shares; each has a link of its own."""


class Sold(Protocol):
    """A line of an order."""

    @property
    def product_ref(self) -> str:
        """The product."""

    @property
    def categories(self) -> Iterable[str]:
        """Its categories."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """An amount in minor units, or a per cent."""

    amount: int | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignTerms:
    """The terms of a campaign. Amounts in minor units of `currency`; times aware, the period half-open.

    Empty `products` and `categories` mean that every order triggers it; empty `for_products` and
    `for_categories` that its codes, the friend's and the kickback's, are for all. `kickback` is for each
    redemption, `share_steps` for the first, second, ... proven way of sharing. `landing` is the path of the
    shop's page to which friends are led, "" its start.
    """

    name: str
    discount: Worth
    starts_at: datetime
    ends_at: datetime | None = None
    kickback: Worth | None = None
    share_steps: tuple[Worth, ...] = ()
    currency: str | None = None
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    for_products: frozenset[str] = frozenset()
    for_categories: frozenset[str] = frozenset()
    min_order: int | None = None
    new_customers_only: bool = True
    max_redemptions: int | None = None
    kickback_days: int | None = None
    remind_after_days: int | None = None
    hold_days: int = 30
    landing: str = ""

    def __post_init__(self) -> None:
        """Refuse terms that cannot work."""
        problem = self._problem()
        if problem:
            raise ValueError(problem)
        self.coupon()
        for worth in (self.kickback, *self.share_steps):
            if worth is not None:
                self.reward(worth)

    def _problem(self) -> str | None:
        if not self.name.strip() or len(self.name) > LONGEST_LABEL or self.name != self.name.strip():
            return f"the name of a campaign has 1 to {LONGEST_LABEL} characters and no blanks around it"
        if self.kickback is None and not self.share_steps:
            return "a campaign has a kickback for each redemption, for sharing, or both"
        if len(self.share_steps) > MOST_STEPS:
            return f"a ladder has at most {MOST_STEPS} steps"
        if not 0 <= self.hold_days <= MOST_DAYS:
            return f"the days in which a friend may return are 0 to {MOST_DAYS}"
        if self.remind_after_days is not None and not 1 <= self.remind_after_days <= MOST_DAYS:
            return f"the reminder goes out after 1 to {MOST_DAYS} days"
        return None

    def coupon(self, before: CouponTerms | None = None) -> CouponTerms:
        """Give the coupon of the friends' codes; of one that is there, what a campaign leaves alone stays."""
        mine = {
            "name": self.name,
            "kind": Kind.PERCENT if self.discount.amount is None else Kind.AMOUNT,
            "amount": self.discount.amount,
            "percent": self.discount.percent,
            "currency": self._currency_of(self.discount),
            "min_order": self.min_order,
            "products": self.for_products,
            "categories": self.for_categories,
            "new_customers_only": self.new_customers_only,
            "max_uses": self.max_redemptions,
            "valid_from": self.starts_at,
            "valid_until": self.ends_at,
            "campaign": self.name,
        }
        if before is None:
            return CouponTerms(**mine)  # type: ignore[arg-type]  # as named
        cap = before.cap if mine["kind"] is Kind.PERCENT else None
        currency = before.currency if cap is not None else mine["currency"]
        return replace(before, **{**mine, "cap": cap, "currency": currency})  # type: ignore[arg-type]

    def reward(self, worth: Worth) -> RewardTerms:
        """Give the terms of one kickback."""
        return RewardTerms(
            label=self.name,
            amount=worth.amount,
            percent=worth.percent,
            currency=self.currency if worth.amount is not None else None,
            products=self.for_products,
            categories=self.for_categories,
            valid_days=self.kickback_days,
        )

    def _currency_of(self, worth: Worth) -> str | None:
        return self.currency if worth.amount is not None or self.min_order is not None else None


def triggers(lines: Iterable[Sold], products: Iterable[str], categories: Iterable[str]) -> bool:
    """Say whether an order of these lines triggers a campaign for these products and categories."""
    wanted, kinds = frozenset(products), frozenset(categories)
    if not wanted and not kinds:
        return True
    return any(line.product_ref in wanted or not kinds.isdisjoint(line.categories) for line in lines)
