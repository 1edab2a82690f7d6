"""Terms of rewards: what a coupon code that somebody gets for a cause takes off."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .coupon import CouponTerms, Kind, Treatment
from .money import exponent, half_up, major
from .sale import SaleLine, net_before

LONGEST_LABEL = 60
_MOST_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class RewardTerms:
    """An amount in minor units of `currency` or a per cent, on these products (none: all).

    `valid_days` counts from the day on which the code is there; None: it has no end. A multi-purpose
    treatment makes it store credit, such as a gift card.
    """

    label: str
    amount: int | None = None
    percent: Decimal | None = None
    currency: str | None = None
    cap: int | None = None
    min_order: int | None = None
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    valid_days: int | None = None
    treatment: Treatment = Treatment.PRICE_CUT

    def __post_init__(self) -> None:
        """Refuse terms that cannot work."""
        if not self.label.strip() or len(self.label) > LONGEST_LABEL or not self.label.isprintable():
            raise ValueError(f"the name of a reward has 1 to {LONGEST_LABEL} characters")
        if (self.amount is None) == (self.percent is None):
            raise ValueError("a reward is an amount or a per cent")
        if self.valid_days is not None and not 1 <= self.valid_days <= _MOST_DAYS:
            raise ValueError(f"a reward is valid for 1 to {_MOST_DAYS} days")
        if self.currency is None and any(n is not None for n in (self.amount, self.cap, self.min_order)):
            raise ValueError("a reward with an amount, a cap or a minimum order needs a currency")
        self.coupon()

    def less(self, amount: int) -> RewardTerms:
        """Give what is left of an amount when so much of it was taken."""
        return replace(self, amount=(self.amount or 0) - amount)

    def promised_by(self, lines: Sequence[SaleLine], *, prices_include_vat: bool) -> int:
        """Give what counts as promised by a sale, in minor units: the amount, or the per cent of these goods.

        A per cent is one of another order: it counts as if that were this one, of the goods' net before
        discount, on what it is for, at most its cap.
        """
        if self.percent is None:
            return self.amount or 0
        nets = (
            net_before(line, prices_include_vat=prices_include_vat)
            for line in lines
            if line.total > 0 and self._is_for(line)
        )
        worth = half_up(sum(nets) * Fraction(self.percent) / 100)
        return worth if self.cap is None else min(worth, self.cap)

    def _is_for(self, line: SaleLine) -> bool:
        if not self.products and not self.categories:
            return True
        return line.product_ref in self.products or not self.categories.isdisjoint(line.categories)

    def until(self, now: datetime) -> datetime | None:
        """Give until when a code that is made now holds."""
        return None if self.valid_days is None else now + timedelta(days=self.valid_days)

    def coupon(self) -> CouponTerms:
        """Give the terms of the coupon that its codes redeem; equal terms have equal names."""
        return CouponTerms(
            name=f"{self.label} {self._worth} ({self._digest})",
            kind=Kind.PERCENT if self.amount is None else Kind.AMOUNT,
            treatment=self.treatment,
            amount=self.amount,
            percent=self.percent,
            currency=self.currency,
            cap=self.cap,
            min_order=self.min_order,
            products=self.products,
            categories=self.categories,
        )

    @property
    def _worth(self) -> str:
        if self.amount is None or self.currency is None:
            return f"{_plain(self.percent)}%"
        return f"{major(self.amount, self.currency):.{exponent(self.currency)}f} {self.currency}"

    @property
    def _digest(self) -> str:
        told = {name: value for name, value in self.packed().items() if name != "valid_days"}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:6]

    def packed(self) -> dict[str, Any]:
        """Give what `read` reads; what is not set is left out."""
        values: dict[str, Any] = {
            "label": self.label,
            "amount": self.amount,
            "percent": _plain(self.percent),
            "currency": self.currency,
            "cap": self.cap,
            "min_order": self.min_order,
            "products": sorted(self.products),
            "categories": sorted(self.categories),
            "valid_days": self.valid_days,
            "treatment": self.treatment.value,
        }
        return {name: value for name, value in values.items() if value not in (None, [])}


def _plain(number: Decimal | None) -> str | None:
    """Write a number in its one spelling: 10, never 10.0 or 1E+1."""
    return None if number is None else f"{number.normalize():f}"


def read(packed: Mapping[str, Any]) -> RewardTerms:
    """Give terms as they were packed."""
    values = dict(packed)
    if "percent" in values:
        values["percent"] = Decimal(values["percent"])
    values["treatment"] = Treatment(values["treatment"])
    values |= {name: frozenset(values.get(name, ())) for name in ("products", "categories")}
    return RewardTerms(**values)
