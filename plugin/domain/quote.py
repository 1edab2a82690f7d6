"""Price a basket with coupons: discount per line, VAT per rate, totals (arithmetic 3 to 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from .basket import Basket, Rate, sum_by_rate, vat_inside, vat_on
from .coupon import CouponTerms, Kind, Treatment
from .money import allocate, half_up


@dataclass(frozen=True, kw_only=True)
class Item:
    """What one code takes off: `discount` as priced, its VAT per rate, net and gross, in minor units."""

    code: str
    label: str
    discount: int
    net: int
    gross: int
    vat: dict[Decimal, int]
    allocation: tuple[int, ...]
    shipping: int
    vat_rate: Rate
    treatment: Treatment = Treatment.PRICE_CUT


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What one code of store credit pays, in minor units."""

    code: str
    label: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A basket with its coupons, in minor units. `useless` are codes that would take off or pay nothing.

    `goods_gross` are the goods with VAT after all coupons.
    """

    basket: Basket
    items: tuple[Item, ...]
    useless: tuple[str, ...]
    line_discounts: tuple[int, ...]
    shipping_discount: int
    vat: dict[Decimal, int]
    by_rate: dict[Rate, int]
    total: int
    goods_gross: int
    credits: tuple[Credit, ...] = ()

    @property
    def credit(self) -> int:
        """What store credit pays."""
        return sum(credit.amount for credit in self.credits)

    @property
    def to_pay(self) -> int:
        """What is left to be paid."""
        return self.total - self.credit

    @property
    def discount(self) -> int:
        """The sum of all items, as priced: gross where prices include VAT, net where not."""
        return sum(item.discount for item in self.items)


@dataclass
class _Left:
    """What earlier coupons left of each line and of shipping."""

    basket: Basket
    lines: list[int] = field(init=False)
    shipping: int = field(init=False)

    def __post_init__(self) -> None:
        self.lines = [line.total for line in self.basket.lines]
        self.shipping = self.basket.shipping

    def take(self, terms: CouponTerms) -> tuple[list[int], int]:
        """Take off what the coupon takes off: per line, and of shipping."""
        none = [0] * len(self.lines)
        if terms.kind is Kind.SHIPPING:
            off, self.shipping = max(self.shipping, 0), min(self.shipping, 0)
            return none, off
        open_ = [
            left if terms.means(line) else 0 for line, left in zip(self.basket.lines, self.lines, strict=True)
        ]
        taken = allocate(_amount_off(terms, sum(open_)), open_)
        self.lines = [left - off for left, off in zip(self.lines, taken, strict=True)]
        return taken, 0


def _amount_off(terms: CouponTerms, left: int) -> int:
    if terms.kind is Kind.AMOUNT:
        return min(terms.amount or 0, left)
    off = half_up(left * Fraction(terms.percent or 0) / 100)
    return off if terms.cap is None else min(off, terms.cap)


@dataclass(frozen=True)
class _Taken:
    code: str
    terms: CouponTerms
    lines: list[int]
    shipping: int

    @property
    def discount(self) -> int:
        return sum(self.lines) + self.shipping

    @property
    def fixed_rate(self) -> Rate:
        return None if self.terms.kind is Kind.SHIPPING else self.terms.vat_rate


def price(
    basket: Basket, coupons: Sequence[tuple[str, CouponTerms]], credit_left: Mapping[str, int] | None = None
) -> Priced:
    """Apply coupons, given as (code, terms) in the order in which their codes were applied.

    `credit_left` is what codes of store credit can still pay; by default the coupon's amount.
    """
    left = _Left(basket)
    taken: list[_Taken] = []
    useless: list[str] = []
    in_turn = sorted(coupons, key=lambda coupon: coupon[1].priority)
    for code, terms in ((code, terms) for code, terms in in_turn if not terms.pays):
        lines, shipping = left.take(terms)
        part = _Taken(code, terms, lines, shipping)
        if part.discount:
            taken.append(part)
        else:
            useless.append(code)
    vats, vat = _vat_of_items(basket, taken)
    items = tuple(_item(basket, part, vats[i]) for i, part in enumerate(taken))
    discounts = tuple(sum(column) for column in zip(*(part.lines for part in taken), strict=True))
    total = _total(basket, sum(left.lines) + left.shipping, vat)
    credits = _credits(in_turn, credit_left or {}, total)
    useless += [credit.code for credit in credits if not credit.amount]
    return Priced(
        basket=basket,
        items=items,
        useless=tuple(useless),
        line_discounts=discounts or (0,) * len(basket.lines),
        shipping_discount=sum(part.shipping for part in taken),
        vat=vat,
        by_rate=_by_rate(basket, taken),
        total=total,
        goods_gross=total - _shipping_gross(basket, left.shipping),
        credits=tuple(credit for credit in credits if credit.amount),
    )


def _credits(
    coupons: Sequence[tuple[str, CouponTerms]], credit_left: Mapping[str, int], total: int
) -> list[Credit]:
    """Pay with store credit, one code after the other, until nothing is open."""
    found: list[Credit] = []
    for code, terms in coupons:
        if terms.pays:
            open_ = total - sum(credit.amount for credit in found)
            amount = max(0, min(credit_left.get(code, terms.amount or 0), open_))
            found.append(Credit(code=code, label=terms.name, amount=amount))
    return found


def _shipping_gross(basket: Basket, left: int) -> int:
    return left if basket.prices_include_vat else left + vat_on(left, basket.shipping_vat_rate)


def _total(basket: Basket, left: int, vat: dict[Decimal, int]) -> int:
    return left if basket.prices_include_vat else left + sum(vat.values())


def _item(basket: Basket, part: _Taken, vat: dict[Decimal, int]) -> Item:
    tax, discount = sum(vat.values()), part.discount
    gross, net = (discount, discount - tax) if basket.prices_include_vat else (discount + tax, discount)
    return Item(
        code=part.code,
        label=part.terms.name,
        discount=discount,
        net=net,
        gross=gross,
        vat=vat,
        allocation=tuple(part.lines),
        shipping=part.shipping,
        vat_rate=part.fixed_rate,
        treatment=part.terms.treatment,
    )


def _vat_of_items(
    basket: Basket, taken: Sequence[_Taken]
) -> tuple[dict[int, dict[Decimal, int]], dict[Decimal, int]]:
    """Give each item's VAT and the VAT that is left. Spread coupons count first, whatever their priority."""
    lines, shipping = [line.total for line in basket.lines], basket.shipping
    vat = _vat_per_rate(basket, lines, shipping)
    items: dict[int, dict[Decimal, int]] = {}
    for i, part in enumerate(taken):
        if part.fixed_rate is not None:
            continue
        lines = [left - off for left, off in zip(lines, part.lines, strict=True)]
        shipping -= part.shipping
        after = _vat_per_rate(basket, lines, shipping)
        items[i] = {rate: vat[rate] - after[rate] for rate in vat if vat[rate] != after[rate]}
        vat = after
    goods_vat, goods = sum(_vat_per_rate(basket, lines, 0).values()), sum(lines)
    for i, part in enumerate(taken):
        rate = part.fixed_rate
        if rate is None:
            continue
        tax = _fixed_vat(basket, part.discount, rate, goods_vat, goods)
        goods_vat, goods = goods_vat - tax, goods - part.discount
        vat[rate] = vat.get(rate, 0) - tax
        items[i] = {rate: tax}
    return items, vat


def _vat_per_rate(basket: Basket, lines: Sequence[int], shipping: int) -> dict[Decimal, int]:
    parts = [(line.vat_rate, left) for line, left in zip(basket.lines, lines, strict=True)]
    if basket.shipping:
        parts.append((basket.shipping_vat_rate, shipping))
    tax = vat_inside if basket.prices_include_vat else vat_on
    return {rate: tax(amount, rate) for rate, amount in sum_by_rate(parts).items() if rate is not None}


def _fixed_vat(basket: Basket, discount: int, rate: Decimal, goods_vat: int, goods: int) -> int:
    """VAT of a coupon with a fixed rate, held so that neither VAT nor net goes below zero (arithmetic 5b)."""
    if basket.prices_include_vat:
        lowest = goods_vat - (goods - discount)
        return min(max(vat_inside(discount, rate), lowest), goods_vat)
    return min(max(vat_on(discount, rate), 0), goods_vat)


def _by_rate(basket: Basket, taken: Sequence[_Taken]) -> dict[Rate, int]:
    parts: list[tuple[Rate, int]] = []
    for part in taken:
        if part.fixed_rate is not None:
            parts.append((part.fixed_rate, part.discount))
            continue
        parts += [(line.vat_rate, off) for line, off in zip(basket.lines, part.lines, strict=True) if off]
        if part.shipping:
            parts.append((basket.shipping_vat_rate, part.shipping))
    return sum_by_rate(parts)
