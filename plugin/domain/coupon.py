"""Coupon terms: what a coupon takes off, on what, when and how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from .basket import BasketLine
from .window import MINUTES_A_DAY, Period


class Kind(StrEnum):
    """What a coupon takes off."""

    AMOUNT = "amount"
    PERCENT = "percent"
    SHIPPING = "shipping"


class Treatment(StrEnum):
    """What a coupon is for VAT (directive (EU) 2016/1065; discounts are no vouchers in its sense).

    A multi-purpose voucher is store credit: it pays and leaves VAT alone. A single-purpose one was taxed when
    it was sold: what it covers goes off at its own rate.
    """

    PRICE_CUT = "price_cut"
    SINGLE_PURPOSE = "single_purpose"
    MULTI_PURPOSE = "multi_purpose"
    GOODWILL = "goodwill"


class OrderValue(StrEnum):
    """With what the minimum and maximum order are compared: the goods before or after coupons."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class CouponTerms:
    """The terms of a coupon. Amounts in minor units of `currency`; times aware, the period half-open.

    Empty `products` and `categories` mean all; a line is meant when it is in either, and in neither of
    `not_products` and `not_categories`. `days`, `opens` and `closes` are as in `window.is_open`. `amount` is
    the face value of each code where the coupon pays. With `minimum_again` a changed order must reach the
    minimum too; without, what it was placed with holds.
    """

    name: str
    kind: Kind
    treatment: Treatment = Treatment.PRICE_CUT
    amount: int | None = None
    percent: Decimal | None = None
    cap: int | None = None
    currency: str | None = None
    min_order: int | None = None
    max_order: int | None = None
    order_value: OrderValue = OrderValue.BEFORE
    minimum_again: bool = False
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_products: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()
    new_customers_only: bool = False
    max_uses: int | None = None
    max_per_code: int | None = None
    max_per_customer: int | None = None
    period: Period | None = None
    max_in_period: int | None = None
    max_per_customer_in_period: int | None = None
    budget: int | None = None
    order_budget: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    days: frozenset[int] = frozenset()
    opens: int | None = None
    closes: int | None = None
    vat_rate: Decimal | None = None
    priority: int = 100
    stackable: bool = False
    stack_group: str | None = None
    most_codes: int | None = None
    link_only: bool = False
    campaign: str | None = None

    def __post_init__(self) -> None:
        """Refuse terms that cannot work."""
        problem = self._problem()
        if problem:
            raise ValueError(problem)

    def _problem(self) -> str | None:
        if self.kind is Kind.AMOUNT and (self.amount is None or self.amount <= 0):
            return "the amount of a coupon must be above 0"
        if self.kind is Kind.PERCENT and (self.percent is None or not 0 < self.percent <= 100):
            return "the per cent of a coupon must be above 0 and at most 100"
        if self.cap is not None and self.cap <= 0:
            return "the cap of a coupon must be above 0"
        if self.vat_rate is not None and not 0 <= self.vat_rate < 100:
            return "the VAT rate of a coupon must be from 0 to below 100 per cent"
        return self._limit_problem() or self._order_problem() or self._window_problem() or self._tax_problem()

    def _limit_problem(self) -> str | None:
        in_period = (self.max_in_period, self.max_per_customer_in_period)
        uses = (self.max_uses, self.max_per_code, self.max_per_customer, self.most_codes, *in_period)
        if any(n is not None and n < 1 for n in uses):
            return "a limit must be at least 1; leave it out for no limit"
        if any(n is not None and n < 1 for n in (self.budget, self.order_budget)):
            return "a budget must be above 0; leave it out for none"
        if (self.period is None) != (in_period == (None, None)):
            return "a limit per period and its period (day, week, month, year) belong together"
        return None

    def _order_problem(self) -> str | None:
        if any(n is not None and n < 0 for n in (self.min_order, self.max_order)):
            return "the minimum and maximum order cannot be below 0"
        if self.min_order is not None and self.max_order is not None and self.min_order > self.max_order:
            return "the minimum order is above the maximum order"
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            return "the coupon ends before it begins"
        return None

    def _window_problem(self) -> str | None:
        if any(not 0 <= day <= 6 for day in self.days):
            return "a weekday is a number from 0 (Monday) to 6 (Sunday)"
        if self.opens is not None and not 0 <= self.opens < MINUTES_A_DAY:
            return "the hour of opening is from 00:00 to 23:59"
        if self.closes is not None and not 0 < self.closes <= MINUTES_A_DAY:
            return "the hour of closing is from 00:01 to 24:00"
        if self.opens is not None and self.opens == self.closes:
            return "the coupon closes at the hour at which it opens"
        return None

    def _tax_problem(self) -> str | None:
        if self.treatment is Treatment.SINGLE_PURPOSE and self.vat_rate is None:
            return "a single-purpose voucher needs the VAT rate at which it was sold"
        if self.treatment is Treatment.SINGLE_PURPOSE and self.kind is Kind.SHIPPING:
            return "a single-purpose voucher is for goods; free shipping is a price cut"
        if not self.pays:
            return None
        if self.kind is not Kind.AMOUNT:
            return "store credit (a multi-purpose voucher) has an amount"
        if self.vat_rate is not None:
            return "store credit leaves VAT alone: no VAT rate belongs to it"
        return None

    @property
    def pays(self) -> bool:
        """Whether this is store credit: a means of payment instead of a discount."""
        return self.treatment is Treatment.MULTI_PURPOSE

    @property
    def filters(self) -> bool:
        """Whether it is for some products only."""
        return bool(self.products or self.categories or self.not_products or self.not_categories)

    @property
    def knows_person(self) -> bool:
        """Whether it asks who buys: it is for new customers, or limited per customer."""
        limits = (self.max_per_customer, self.max_per_customer_in_period)
        return self.new_customers_only or any(limit is not None for limit in limits)

    def goes_with(self, other: CouponTerms) -> bool:
        """Whether codes of the two may stand on one order; store credit goes with everything."""
        if self.pays or other.pays:
            return True
        apart = self.stack_group is None or self.stack_group != other.stack_group
        return self.stackable and other.stackable and apart

    def means(self, line: BasketLine) -> bool:
        """Whether this coupon may take something off that line."""
        if line.total <= 0 or not line.coupon_allowed:
            return False
        if self.kind is Kind.AMOUNT and not line.absolute_allowed:
            return False
        if self.treatment is Treatment.SINGLE_PURPOSE and line.vat_rate != self.vat_rate:
            return False
        if line.product_ref in self.not_products or not self.not_categories.isdisjoint(line.categories):
            return False
        if not self.products and not self.categories:
            return True
        return line.product_ref in self.products or not self.categories.isdisjoint(line.categories)
