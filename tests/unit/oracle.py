"""The rules of arithmetic a second time, written from their text alone, slowly and without the domain.

All amounts are in minor units; unit prices may be fractions of them. Rates are in per cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

Rate = Fraction | None


@dataclass(frozen=True, kw_only=True)
class Line:
    key: str
    quantity: Fraction
    price: Fraction
    rate: Rate = None
    product: str = ""
    categories: frozenset[str] = frozenset()
    allowed: bool = True
    absolute: bool = True


@dataclass(frozen=True, kw_only=True)
class Cart:
    lines: tuple[Line, ...]
    discount: int = 0
    shipping: int = 0
    shipping_rate: Rate = None
    with_vat: bool = True


@dataclass(frozen=True, kw_only=True)
class Coupon:
    code: str
    amount: int | None = None
    percent: Fraction | None = None
    cap: int | None = None
    rate: Rate = None
    priority: int = 100
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    minimum: int | None = None
    maximum: int | None = None

    @property
    def free_shipping(self) -> bool:
        return self.amount is None and self.percent is None


@dataclass(kw_only=True)
class Bill:
    """The outcome of a quote. `off` holds per coupon that counts what it takes off each line."""

    codes: list[str] = field(default_factory=list)
    useless: list[str] = field(default_factory=list)
    off: dict[str, list[int]] = field(default_factory=dict)
    discount: int = 0
    per_line: list[int] = field(default_factory=list)
    shipping_off: int = 0
    vat: dict[Fraction, int] = field(default_factory=dict)
    item_vat: dict[str, dict[Fraction, int]] = field(default_factory=dict)
    by_rate: dict[Rate, int] = field(default_factory=dict)
    total: int = 0


def hu(value: Fraction) -> int:
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def alloc(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    if total == 0:
        return [0 for _ in weights]
    exact = [Fraction(total) * weight / sum(weights) for weight in weights]
    parts = [floor(share) for share in exact]
    while sum(parts) < total:
        gaps = [share - part for share, part in zip(exact, parts, strict=True)]
        parts[gaps.index(max(gaps))] += 1
    return parts


def vat_of(amount: int, rate: Rate, *, with_vat: bool) -> int:
    if rate is None:
        return 0
    return hu(amount * rate / ((100 + rate) if with_vat else 100))


def line_totals(cart: Cart) -> list[int]:
    """Rule 1."""
    totals = [hu(line.quantity * line.price) for line in cart.lines]
    shares = alloc(min(cart.discount, sum(t for t in totals if t > 0)), [max(t, 0) for t in totals])
    return [total - share for total, share in zip(totals, shares, strict=True)]


def goods_for_minimum(cart: Cart) -> int:
    """Rule 2: all goods, gross, before coupons, without shipping."""
    totals = line_totals(cart)
    if cart.with_vat:
        return sum(totals)
    rates = {line.rate for line in cart.lines}
    gross = 0
    for rate in rates:
        subtotal = sum(t for t, line in zip(totals, cart.lines, strict=True) if line.rate == rate)
        gross += subtotal + vat_of(subtotal, rate, with_vat=False)
    return gross


def is_eligible(line: Line, total: int, coupon: Coupon) -> bool:
    """Rule 2."""
    if total <= 0 or not line.allowed or (coupon.amount is not None and not line.absolute):
        return False
    filtered = bool(coupon.products or coupon.categories)
    return not filtered or line.product in coupon.products or bool(line.categories & coupon.categories)


def vat_per_rate(cart: Cart, goods: Sequence[int], shipping: int) -> dict[Fraction, int]:
    """Rule 5: one sum per rate, shipping among them; what has no rate has no VAT inside."""
    sums: dict[Fraction, int] = {}
    for line, amount in zip(cart.lines, goods, strict=True):
        if line.rate is not None:
            sums[line.rate] = sums.get(line.rate, 0) + amount
    if cart.shipping_rate is not None and cart.shipping != 0:
        sums[cart.shipping_rate] = sums.get(cart.shipping_rate, 0) + shipping
    return {rate: vat_of(amount, rate, with_vat=cart.with_vat) for rate, amount in sums.items()}


def quote(cart: Cart, coupons: Sequence[Coupon]) -> Bill:
    """Rules 3 to 6, for coupons that pass their checks."""
    bill = Bill()
    left, shipping = line_totals(cart), cart.shipping
    counted: list[tuple[Coupon, list[int], int]] = []
    for coupon in sorted(coupons, key=lambda c: c.priority):
        open_ = [
            amount if is_eligible(line, total, coupon) else 0
            for line, total, amount in zip(cart.lines, line_totals(cart), left, strict=True)
        ]
        off, shipping_off = [0] * len(left), 0
        if coupon.free_shipping:
            shipping_off = shipping
        elif coupon.amount is not None:
            off = alloc(min(coupon.amount, sum(open_)), open_)
        else:
            part = hu(sum(open_) * Fraction(coupon.percent or 0) / 100)
            off = alloc(part if coupon.cap is None else min(part, coupon.cap), open_)
        if sum(off) + shipping_off == 0:
            bill.useless.append(coupon.code)
            continue
        left = [amount - d for amount, d in zip(left, off, strict=True)]
        shipping -= shipping_off
        counted.append((coupon, off, shipping_off))
        bill.codes.append(coupon.code)
        bill.off[coupon.code] = off
        bill.discount += sum(off) + shipping_off
    bill.shipping_off = cart.shipping - shipping
    bill.per_line = [before - after for before, after in zip(line_totals(cart), left, strict=True)]
    _tax(cart, bill, counted)
    net_or_gross = sum(left) + shipping
    bill.total = net_or_gross if cart.with_vat else net_or_gross + sum(bill.vat.values())
    return bill


def _tax(cart: Cart, bill: Bill, counted: Sequence[tuple[Coupon, list[int], int]]) -> None:
    goods, shipping = line_totals(cart), cart.shipping
    vat = vat_per_rate(cart, goods, shipping)
    spread = [entry for entry in counted if entry[0].rate is None or entry[0].free_shipping]
    fixed = [entry for entry in counted if entry not in spread]
    for coupon, off, shipping_off in spread:
        goods = [amount - d for amount, d in zip(goods, off, strict=True)]
        shipping -= shipping_off
        after = vat_per_rate(cart, goods, shipping)
        bill.item_vat[coupon.code] = {rate: vat[rate] - after[rate] for rate in vat}
        vat = after
        for line, d in zip(cart.lines, off, strict=True):
            bill.by_rate[line.rate] = bill.by_rate.get(line.rate, 0) + d
        bill.by_rate[cart.shipping_rate] = bill.by_rate.get(cart.shipping_rate, 0) + shipping_off
    goods_vat = sum(vat_per_rate(cart, goods, 0).values())
    goods_left = sum(goods)
    for coupon, off, _ in fixed:
        rate, size = Fraction(coupon.rate or 0), sum(off)
        low = goods_vat - (goods_left - size) if cart.with_vat else 0
        tax = min(max(vat_of(size, rate, with_vat=cart.with_vat), low), goods_vat)
        goods_vat, goods_left = goods_vat - tax, goods_left - size
        vat[rate] = vat.get(rate, 0) - tax
        bill.item_vat[coupon.code] = {rate: tax}
        bill.by_rate[rate] = bill.by_rate.get(rate, 0) + size
    bill.vat = vat


def line_grosses(cart: Cart, bill: Bill) -> list[int]:
    """Rule 7: what the buyer pays for each line."""
    left = [total - d for total, d in zip(line_totals(cart), bill.per_line, strict=True)]
    if cart.with_vat:
        return left
    shipping = cart.shipping - bill.shipping_off
    goods = bill.total - shipping - vat_of(shipping, cart.shipping_rate, with_vat=False)
    weights = [max(a, 0) * (100 + (line.rate or 0)) for a, line in zip(left, cart.lines, strict=True)]
    # A cart whose rebates exceed its goods owes nothing that a line could have a share of.
    return alloc(max(goods, 0), weights) if any(weights) else [0] * len(left)


def line_base(cart: Cart, bill: Bill, index: int) -> int:
    """Rule 7: net after discount; nothing for a line that costs nothing."""
    gross = line_grosses(cart, bill)[index]
    total = line_totals(cart)[index]
    if gross <= 0 or total <= 0:
        return 0
    if cart.with_vat:
        return gross - vat_of(gross, cart.lines[index].rate, with_vat=True)
    return total - bill.per_line[index]


def full_commission(
    base: int,
    quantity: Fraction,
    *,
    percent: Fraction | None = None,
    fixed: int | None = None,
    part: Fraction = Fraction(1),
) -> int:
    """Rule 7: `C`; of a shared credit the `part`, rounded once."""
    if base <= 0:
        return 0
    whole = (
        base * percent / 100 if percent is not None else min(Fraction(fixed or 0) * quantity, Fraction(base))
    )
    return hu(whole * part)


def capped(amounts: Sequence[int], base: int, cap: Fraction) -> list[int]:
    """Rule 7: what exceeds the cap over all levels is cut from the highest level down."""
    kept, over = list(amounts), sum(amounts) - hu(base * cap / 100)
    for level in reversed(range(len(kept))):
        cut = min(kept[level], max(over, 0))
        kept[level] -= cut
        over -= cut
    return kept


def kept(
    full: int,
    index: int,
    *,
    grosses: Sequence[int],
    quantities: Sequence[Fraction],
    returned: Mapping[int, Fraction],
    total: int,
    paid: int,
    given_back: int,
) -> int:
    """Rule 8: what is earned of a full commission of one line, after any calls."""
    units = [
        max(Fraction(0), 1 - returned.get(i, Fraction(0)) / q) if q > 0 else Fraction(0)
        for i, q in enumerate(quantities)
    ]
    w = sum((g * u for g, u in zip(grosses, units, strict=True)), Fraction(0))
    if w <= 0:
        return 0
    u_goods = sum(grosses) - w
    in_full = paid > 0 and paid >= total - len(grosses)
    p = Fraction(total if in_full else min(paid, total))
    part = min(Fraction(1), p / (total - u_goods)) if total > u_goods else Fraction(1)
    a = min(Fraction(given_back), p)
    return hu(full * units[index] * max(Fraction(0), part - a / w))
