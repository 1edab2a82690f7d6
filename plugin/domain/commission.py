"""What partners earn on a sale: the plan per line and level, and how much of it is kept (arithmetic 7, 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .basket import Rate, vat_inside
from .money import allocate, half_up
from .terms import Step, Terms, TermsBook


@dataclass(frozen=True, kw_only=True)
class SaleLine:
    """A line as sold: `total` before and `discount` of our coupons, as priced, in minor units."""

    key: str
    product_ref: str
    quantity: Decimal
    total: int
    discount: int = 0
    vat_rate: Rate = None
    categories: tuple[str, ...] = ()
    takes_part: bool = True

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


def full_amount(terms: Terms, base: int, quantity: Decimal) -> int:
    """Give the commission of a line that is paid in full and kept."""
    if base <= 0:
        return 0
    if terms.percent is not None:
        return half_up(base * Fraction(terms.percent) / 100)
    return min(half_up((terms.fixed or 0) * Fraction(quantity)), base)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One contact of the chain above a sale, nearest first. `barred` says why a partner gets nothing."""

    contact_id: int
    is_partner: bool
    barred: str | None = None


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A level of the chain and who sits there."""

    level: int
    partner_id: int
    barred: str | None = None


def seats(
    chain: Sequence[Link], *, levels: int, buyer_id: int | None, own_first: bool = False
) -> tuple[Seat, ...]:
    """Give partners their levels: who is no partner is skipped, who is barred uses the level up.

    The buyer never earns on the own order; `own_first` says that level 1 came by the buyer's own code.
    """
    found: list[Seat] = []
    for link in chain:
        if len(found) == levels:
            break
        if not link.is_partner:
            continue
        barred = "own order" if link.contact_id == buyer_id or (own_first and not found) else link.barred
        found.append(Seat(level=len(found) + 1, partner_id=link.contact_id, barred=barred))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one partner earns on one line at one level when all is paid and kept, and why."""

    line_key: str
    level: int
    partner_id: int
    base: int
    amount: int
    step: Step
    percent: Decimal | None
    fixed: int | None
    terms_id: int | None
    cut: int = 0


def plan(
    lines: Sequence[SaleLine],
    grosses: Sequence[int],
    seating: Sequence[Seat],
    book: TermsBook,
    *,
    prices_include_vat: bool,
    campaigns: Sequence[str] = (),
    levels_cap: Decimal = Decimal(100),
) -> tuple[Share, ...]:
    """Give all shares of a sale, in the order of the lines and levels; shares of 0 are left out."""
    shares: list[Share] = []
    for line, gross in zip(lines, grosses, strict=True):
        base = line_base(line, gross, prices_include_vat=prices_include_vat)
        if base <= 0 or not line.takes_part:
            continue
        room = half_up(base * Fraction(levels_cap) / 100)
        for seat in seating:
            share = _share(line, base, seat, book, room, campaigns)
            if share is not None:
                shares.append(share)
                room -= 0 if share.percent is None else share.amount
    return tuple(shares)


def _share(
    line: SaleLine, base: int, seat: Seat, book: TermsBook, room: int, campaigns: Sequence[str]
) -> Share | None:
    """Give the share of one seat within what the cap over all levels leaves, which cuts the highest first.

    The cap is a per cent and counts what per cents give; a fixed amount is bounded by the base alone.
    """
    if seat.barred is not None:
        return None
    terms = book.find(
        level=seat.level,
        partner_id=seat.partner_id,
        product_ref=line.product_ref,
        categories=line.categories,
        campaigns=campaigns,
    )
    if terms is None:
        return None
    full = full_amount(terms, base, line.quantity)
    if full == 0:
        return None
    amount = full if terms.percent is None else min(full, room)
    return Share(
        line_key=line.key,
        level=seat.level,
        partner_id=seat.partner_id,
        base=base,
        amount=amount,
        step=terms.step,
        percent=terms.percent,
        fixed=terms.fixed,
        terms_id=terms.id,
        cut=full - amount,
    )


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a sale has come: paid `P` of `T`, given back `A` as amounts, units returned per line.

    `total`, `paid` and `given_back` are in minor units and raw: what exceeds is cut here.
    """

    total: int
    paid: int
    given_back: int = 0
    returned: Mapping[str, Fraction] | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The part of each line's commission that is earned: `common` of the sale times `units[line]`."""

    common: Fraction
    units: Mapping[str, Fraction]

    def of(self, share_amount: int, line_key: str) -> int:
        """Give what is kept of a full commission: hu(C x u/q x common)."""
        part = self.common * self.units[line_key]
        return (2 * share_amount * part.numerator + part.denominator) // (2 * part.denominator)


def kept(lines: Sequence[SaleLine], grosses: Sequence[int], progress: Progress) -> Kept:
    """Give what is earned after any calls; a function of totals, so their order does not matter."""
    units = {line.key: _units_left(line, progress) for line in lines}
    still = sum((gross * units[line.key] for line, gross in zip(lines, grosses, strict=True)), Fraction(0))
    if still <= 0:
        return Kept(common=Fraction(0), units=units)
    paid = paid_so_far(progress, len(lines))
    to_pay = progress.total - (sum(grosses) - still)
    paid_part = min(Fraction(1), paid / to_pay) if to_pay > 0 else Fraction(1)
    back = Fraction(min(progress.given_back, paid)) / still
    return Kept(common=max(Fraction(0), paid_part - back), units=units)


def paid_so_far(progress: Progress, lines: int) -> int:
    """Give `P`: at most the total, and the total where at most one minor unit per line is missing."""
    whole = progress.paid > 0 and progress.paid >= progress.total - lines
    return progress.total if whole or progress.total <= 0 else progress.paid


def _units_left(line: SaleLine, progress: Progress) -> Fraction:
    if line.quantity <= 0:
        return Fraction(0)
    back = (progress.returned or {}).get(line.key, Fraction(0))
    return max(Fraction(0), 1 - back / Fraction(line.quantity))
