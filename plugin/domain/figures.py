"""The per cents that tiers and recurring payments give a sale, found once when it is credited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from .clauses import Recurring, Span, Tiers
from .commission import Figure, Hit
from .money import half_up
from .portions import WHOLE
from .sale import SaleLine, line_base


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Which payment of a subscription this is, counted from 1, and when the first one was."""

    number: int
    first_at: datetime


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stood when a sale was credited.

    `sums` are the partners' own sales of each period before this one, net, in minor units. `sellers` are
    the partners whose own sale this is, each with the weight of the portion. `payments` are by product, ""
    for all products.
    """

    at: datetime
    sellers: Mapping[int, int] = field(default_factory=dict)
    sums: Mapping[tuple[int, Span], int] = field(default_factory=dict)
    payments: Mapping[str, Payment] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Offsets:
    """Where each line begins when the sale's goods that take part are laid end to end by their net."""

    begins: Mapping[str, int]
    total: int


def offsets(lines: Sequence[SaleLine], grosses: Sequence[int], *, prices_include_vat: bool) -> Offsets:
    """Lay the goods of a sale end to end, in the order of its lines."""
    begins, total = {}, 0
    for line, gross in zip(lines, grosses, strict=True):
        begins[line.key] = total
        if line.takes_part:
            total += line_base(line, gross, prices_include_vat=prices_include_vat)
    return Offsets(begins=begins, total=total)


def figures(found: Iterable[Hit], laid: Offsets, standing: Standing) -> dict[str, Figure]:
    """Give the figures of the hits that need one, by "level|line"."""
    made = {}
    for hit in found:
        said, first = hit.terms.clauses, hit.terms.percent
        if said.tiers is not None and first is not None:
            made[hit.place] = _tier(hit, said.tiers, first, laid, standing)
        elif said.recurring is not None and standing.payments:
            payment = standing.payments.get(hit.line.product_ref) or standing.payments.get("")
            if payment is not None:
                made[hit.place] = _payment(said.recurring, payment, first or Decimal(0), standing.at)
    return made


def _tier(hit: Hit, tiers: Tiers, first: Decimal, laid: Offsets, standing: Standing) -> Figure:
    of_order = tiers.by is Span.ORDER
    before = 0 if of_order else standing.sums.get((hit.seat.partner_id, tiers.by), 0)
    own = WHOLE if of_order else standing.sellers.get(hit.seat.partner_id, 0)
    if of_order and not tiers.slab:
        before = laid.total
    if tiers.slab and own and hit.line.key in laid.begins:
        reached = before + _part(laid.begins[hit.line.key], own)
        begins, end, _percent = tiers.at(first, reached)
        rate = tiers.mixed(first, reached, max(1, _part(hit.net, own)))
        return Figure(rate=rate, by=tiers.by, reached=reached, step=(begins, end), slab=True)
    reached = before + (_part(laid.total, own) if tiers.slab else 0)
    begins, end, percent = tiers.at(first, reached)
    return Figure(rate=Fraction(percent), by=tiers.by, reached=reached, step=(begins, end))


def _part(amount: int, weight: int) -> int:
    """Give what of a sale is a partner's own, so that a sale counts once."""
    return half_up(Fraction(amount * weight, WHOLE))


def _payment(recurring: Recurring, payment: Payment, first: Decimal, at: datetime) -> Figure:
    rate = recurring.rate(payment.number)
    return Figure(
        rate=Fraction(first if rate is None else rate),
        payment=payment.number,
        ended=recurring.ended(payment.number, payment.first_at, at),
    )
