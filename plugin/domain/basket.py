"""A cart in minor units: what coupons are judged and priced on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from .money import half_up

Rate = Decimal | None
"""A VAT rate in per cent; None: no VAT inside."""


@dataclass(frozen=True, kw_only=True)
class BasketLine:
    """One line of goods. `total` is its price before coupons and after the shop's own discount."""

    key: str
    product_ref: str
    quantity: Decimal
    total: int
    vat_rate: Rate = None
    coupon_allowed: bool = True
    absolute_allowed: bool = True
    categories: tuple[str, ...] = ()
    cost: Decimal | None = None
    """What one unit costs the shop, net, in minor units; None: not known."""


@dataclass(frozen=True)
class Basket:
    """Goods and shipping of one cart or order, in minor units of `currency`."""

    currency: str
    lines: tuple[BasketLine, ...]
    shipping: int = 0
    shipping_vat_rate: Rate = None
    prices_include_vat: bool = True

    @cached_property
    def goods(self) -> int:
        """The sum of all goods lines as priced (gross or net)."""
        return sum(line.total for line in self.lines)

    @cached_property
    def goods_gross(self) -> int:
        """The sum of all goods lines with VAT, before coupons, without shipping (arithmetic 2)."""
        if self.prices_include_vat:
            return self.goods
        sums = sum_by_rate((line.vat_rate, line.total) for line in self.lines)
        return sum(amount + vat_on(amount, rate) for rate, amount in sums.items())

    @property
    def shipping_gross(self) -> int:
        """Shipping with its own VAT."""
        if self.prices_include_vat:
            return self.shipping
        return self.shipping + vat_on(self.shipping, self.shipping_vat_rate)


def sum_by_rate(parts: Iterable[tuple[Rate, int]]) -> dict[Rate, int]:
    """Add amounts up per VAT rate."""
    sums: dict[Rate, int] = {}
    for rate, amount in parts:
        sums[rate] = sums.get(rate, 0) + amount
    return sums


def vat_inside(gross: int, rate: Rate) -> int:
    """VAT contained in a gross amount: hu(S x r / (100 + r))."""
    if not rate:
        return 0
    share = Fraction(rate)
    return half_up(gross * share / (100 + share))


def vat_on(net: int, rate: Rate) -> int:
    """VAT that comes on top of a net amount: hu(S x r / 100)."""
    if not rate:
        return 0
    return half_up(net * Fraction(rate) / 100)
