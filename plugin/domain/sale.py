"""The lines of a sale as sold, and the bases that a commission can be taken of (arithmetic 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .basket import Rate, vat_inside, vat_on
from .clauses import Base
from .money import allocate, half_up


@dataclass(frozen=True, kw_only=True)
class SaleLine:
    """A line as sold: `total` before and `discount` of our coupons, as priced, in minor units.

    `cost` is what one unit costs the shop, net, in minor units; None: not known.
    """

    key: str
    product_ref: str
    quantity: Decimal
    total: int
    discount: int = 0
    vat_rate: Rate = None
    categories: tuple[str, ...] = ()
    takes_part: bool = True
    cost: Decimal | None = None

    @property
    def left(self) -> int:
        """What is left of the line after discount, as priced."""
        return self.total - self.discount


def line_grosses(lines: Sequence[SaleLine], *, prices_include_vat: bool, goods_gross: int) -> tuple[int, ...]:
    """Give each line's gross `g`. `goods_gross` is the sale's total less shipping with its VAT."""
    if prices_include_vat:
        return tuple(line.left for line in lines)
    weights = [max(line.left, 0) * (100 + Fraction(line.vat_rate or 0)) for line in lines]
    if not any(weights):
        return (0,) * len(lines)
    return tuple(allocate(max(goods_gross, 0), weights))


def line_base(line: SaleLine, gross: int, *, prices_include_vat: bool) -> int:
    """Give the commission base: net after discount, without shipping. 0 where nothing can be earned."""
    if gross <= 0 or line.total <= 0:
        return 0
    return gross - vat_inside(gross, line.vat_rate) if prices_include_vat else line.left


def net_before(line: SaleLine, *, prices_include_vat: bool) -> int:
    """Give what a line comes to before our discount, without VAT."""
    return line.total - vat_inside(line.total, line.vat_rate) if prices_include_vat else line.total


def base_of(line: SaleLine, gross: int, base: Base, *, prices_include_vat: bool) -> int:
    """Give what a per cent of a line is taken of; a margin is 0 where the cost is not known."""
    net = line_base(line, gross, prices_include_vat=prices_include_vat)
    if net <= 0 or base is Base.NET:
        return net
    if base is Base.MARGIN:
        return (
            0 if line.cost is None else max(0, net - half_up(Fraction(line.cost) * Fraction(line.quantity)))
        )
    if base is Base.GROSS:
        return gross
    if base is Base.NET_BEFORE:
        return net_before(line, prices_include_vat=prices_include_vat)
    return line.total if prices_include_vat else line.total + vat_on(line.total, line.vat_rate)
