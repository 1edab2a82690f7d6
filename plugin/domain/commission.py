"""What partners earn on a sale: the plan per line and level (arithmetic 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from .clauses import Base, Span
from .kept import Kept, Progress, kept, paid_so_far
from .money import half_up
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


def place_of(level: int, line_key: str) -> str:
    """Name a line and level."""
    return f"{level}|{line_key}"


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one partner earns on one line at one level when all is paid and kept, and why.

    `cut` is what the cap over all levels took, `limit` what other caps left of it.
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
    terms: Terms

    @property
    def place(self) -> str:
        """The line and level."""
        return place_of(self.level, self.line_key)


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
        """The line and level."""
        return place_of(self.seat.level, self.line.key)


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
    highest level first. A fixed amount is bounded by the base alone.
    """
    shares: list[Share] = []
    rooms: dict[str, int] = {}
    for hit in hits(lines, grosses, seating, book, prices_include_vat=prices_include_vat, frozen=frozen):
        room = rooms.setdefault(hit.line.key, half_up(hit.net * Fraction(levels_cap) / 100))
        share = _share(hit, room, frozen, prices_include_vat=prices_include_vat)
        if share is not None:
            shares.append(share)
            rooms[hit.line.key] -= 0 if share.fixed is not None else share.amount
    return tuple(_limited(share, frozen.limits) for share in shares)


def _share(hit: Hit, room: int, frozen: Frozen, *, prices_include_vat: bool) -> Share | None:
    terms, figure = hit.terms, frozen.figures.get(hit.place)
    included = prices_include_vat or hit.line is frozen.shipping
    base = base_of(hit.line, hit.gross, terms.clauses.base, prices_include_vat=included)
    full = full_amount(terms, base, hit.line.quantity, figure)
    if full == 0:
        return None
    amount = full if terms.percent is None else min(full, room)
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
        cut=full - amount,
        basis=terms.clauses.base,
        figure=figure,
        terms=terms,
    )


def full_amount(terms: Terms, base: int, quantity: Decimal, figure: Figure | None = None) -> int:
    """Give the commission of a line that is paid in full and kept."""
    if base <= 0 or (figure is not None and figure.ended is not None):
        return 0
    if terms.percent is not None:
        rate = Fraction(terms.percent) if figure is None else figure.rate
        return half_up(base * rate / 100)
    return min(half_up((terms.fixed or 0) * Fraction(quantity)), base)


def shown_rate(rate: Fraction) -> Decimal:
    """Give a per cent to be shown, with at most 4 decimals."""
    exact = Decimal(half_up(rate * 10_000)) / 10_000
    short = exact.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def _limited(share: Share, limits: Mapping[str, Limit]) -> Share:
    limit = limits.get(share.place)
    return share if limit is None else replace(share, amount=limit.of(share.amount), limit=limit)
