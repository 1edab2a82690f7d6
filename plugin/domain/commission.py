"""What partners earn on a sale: the plan per line and level (arithmetic 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from .clauses import Base, Span
from .kept import Kept, Progress, kept, paid_so_far
from .money import allocate, half_up
from .portions import WHOLE
from .sale import SaleLine, base_of, line_base, line_grosses
from .seats import Link, Seat, seats
from .terms import Step, Terms, TermsBook

__all__ = [
    "Figure", "Frozen", "Hit", "Kept", "Limit", "Link", "Progress", "SaleLine", "Seat", "Share",
    "full_amount", "hits",
    "kept", "line_base", "line_grosses", "paid_so_far", "place_of", "plan", "seats", "shown_rate",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The per cent that tiers or a recurring payment give one line at one level, and how it came.

    `reached` is the sum that chose the tier, `step` its bounds [from, to); a slab rate is a mean of steps.
    `ended` says what has ended a recurring commission.
    """

    rate: Fraction
    by: Span | None = None
    reached: int = 0
    step: tuple[int, int | None] = (0, None)
    slab: bool = False
    payment: int | None = None
    ended: str | None = None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A commission that caps cut: `full` before and `to` after them, and which ones cut it."""

    full: int
    to: int
    by: tuple[str, ...]

    def of(self, amount: int) -> int:
        """Give what is left of an amount: of the whole exactly `to`, of a part its part, rounded down."""
        return min(amount, amount * self.to // self.full) if self.full else 0


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What was found out of a sale when it was credited, by "level|line"; `shipping` is an item too."""

    campaigns: Sequence[str] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    shipping: SaleLine | None = None


def place_of(level: int, line_key: str, portion: int = 0) -> str:
    """Name a line and level, and the portion of a shared credit: "level|line" or "level.portion|line"."""
    return f"{level}.{portion}|{line_key}" if portion else f"{level}|{line_key}"


def level_and_portion(place: str) -> tuple[int, int]:
    """Give the level and portion that a place names."""
    level, _, portion = place.partition("|")[0].partition(".")
    return int(level), int(portion or 0)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one partner earns on one line at one level when all is paid and kept, and why.

    `cut` is what the cap over all levels took, `limit` what other caps left of it. `portion` and `weight`
    are those of the seat.
    """

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
    basis: Base = Base.NET
    figure: Figure | None = None
    limit: Limit | None = None
    portion: int = 0
    weight: int = WHOLE
    terms: Terms

    @property
    def place(self) -> str:
        """The line, level and portion."""
        return place_of(self.level, self.line_key, self.portion)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Terms that won for one line and seat. `gross` is the item's gross, `net` its net after discount."""

    line: SaleLine
    gross: int
    net: int
    seat: Seat
    terms: Terms

    @property
    def place(self) -> str:
        """The line, level and portion."""
        return place_of(self.seat.level, self.line.key, self.seat.portion)


def hits(
    lines: Sequence[SaleLine],
    grosses: Sequence[int],
    seating: Sequence[Seat],
    book: TermsBook,
    *,
    prices_include_vat: bool,
    frozen: Frozen,
) -> Iterator[Hit]:
    """Give the terms that win for every line that can earn and every seat, in the order of lines and levels.

    Shipping comes last, where goods are there that can earn and only by terms that say so.
    """
    goods = False
    for line, gross in zip(lines, grosses, strict=True):
        net = line_base(line, gross, prices_include_vat=prices_include_vat)
        if net > 0 and line.takes_part:
            goods = True
            yield from _hits(line, gross, net, seating, book, frozen)
    if frozen.shipping is not None and goods:
        item = frozen.shipping
        (gross,) = line_grosses([item], prices_include_vat=True, goods_gross=item.left)
        net = line_base(item, gross, prices_include_vat=True)
        found = _hits(item, gross, net, seating, book, frozen)
        yield from (hit for hit in found if hit.terms.clauses.shipping)


def _hits(
    line: SaleLine, gross: int, net: int, seating: Sequence[Seat], book: TermsBook, frozen: Frozen
) -> Iterator[Hit]:
    for seat in seating:
        terms = (
            None
            if seat.barred is not None
            else book.find(
                level=seat.level,
                partner_id=seat.partner_id,
                product_ref=line.product_ref,
                categories=line.categories,
                campaigns=frozen.campaigns,
            )
        )
        if terms is not None:
            yield Hit(line=line, gross=gross, net=net, seat=seat, terms=terms)


def plan(
    lines: Sequence[SaleLine],
    grosses: Sequence[int],
    seating: Sequence[Seat],
    book: TermsBook,
    *,
    prices_include_vat: bool,
    levels_cap: Decimal = Decimal(100),
    frozen: Frozen = Frozen(),
) -> tuple[Share, ...]:
    """Give all shares of a sale, in the order of the lines and levels; shares of 0 are left out.

    The cap over all levels is a per cent of the line's net and counts what per cents give; it cuts the
    highest level first, all portions of a level alike. A fixed amount is bounded by the base alone.
    """
    shares: list[Share] = []
    found = hits(lines, grosses, seating, book, prices_include_vat=prices_include_vat, frozen=frozen)
    for _line, of_line in groupby(found, key=lambda hit: hit.line.key):
        room: int | None = None
        for _level, of_level in groupby(of_line, key=lambda hit: hit.seat.level):
            level = list(of_level)
            room = half_up(level[0].net * Fraction(levels_cap) / 100) if room is None else room
            made = [_share(hit, frozen, prices_include_vat=prices_include_vat) for hit in level]
            within = _within([share for share in made if share is not None], room)
            shares += within
            room -= sum(share.amount for share in within if share.fixed is None)
    return tuple(_limited(share, frozen.limits) for share in shares)


def _within(shares: Sequence[Share], room: int) -> Iterable[Share]:
    """Cut what per cents give on one level to the room that is left, spread by what each has."""
    free = [share for share in shares if share.fixed is None]
    if sum(share.amount for share in free) <= room:
        return shares
    left = dict(zip(map(id, free), allocate(room, [share.amount for share in free]), strict=True))
    return [
        replace(share, amount=left[id(share)], cut=share.amount - left[id(share)])
        if id(share) in left
        else share
        for share in shares
    ]


def _share(hit: Hit, frozen: Frozen, *, prices_include_vat: bool) -> Share | None:
    terms, figure = hit.terms, frozen.figures.get(hit.place)
    included = prices_include_vat or hit.line is frozen.shipping
    base = base_of(hit.line, hit.gross, terms.clauses.base, prices_include_vat=included)
    amount = full_amount(terms, base, hit.line.quantity, figure, hit.seat.weight)
    if amount == 0:
        return None
    return Share(
        line_key=hit.line.key,
        level=hit.seat.level,
        partner_id=hit.seat.partner_id,
        base=base,
        amount=amount,
        step=terms.step,
        percent=terms.percent if figure is None else shown_rate(figure.rate),
        fixed=terms.fixed,
        terms_id=terms.id,
        basis=terms.clauses.base,
        figure=figure,
        portion=hit.seat.portion,
        weight=hit.seat.weight,
        terms=terms,
    )


def full_amount(
    terms: Terms, base: int, quantity: Decimal, figure: Figure | None = None, weight: int = WHOLE
) -> int:
    """Give the commission of a line that is paid in full and kept, of a portion its part, rounded once."""
    if base <= 0 or (figure is not None and figure.ended is not None):
        return 0
    part = Fraction(weight, WHOLE)
    if terms.percent is not None:
        rate = Fraction(terms.percent) if figure is None else figure.rate
        return half_up(base * rate / 100 * part)
    return half_up(min((terms.fixed or 0) * Fraction(quantity), Fraction(base)) * part)


def shown_rate(rate: Fraction) -> Decimal:
    """Give a per cent to be shown, with at most 4 decimals."""
    exact = Decimal(half_up(rate * 10_000)) / 10_000
    short = exact.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def _limited(share: Share, limits: Mapping[str, Limit]) -> Share:
    limit = limits.get(share.place)
    return share if limit is None else replace(share, amount=limit.of(share.amount), limit=limit)
