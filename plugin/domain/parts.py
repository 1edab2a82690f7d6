"""An order and the invoices that stand for parts of it: what each has of lines, money and returns.

All functions are ones of totals, so that the same calls in any order end the same. Lists name the rest of the
order first, then its invoices in the order of their refs. Amounts are in minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .commission import SaleLine
from .money import half_up


@dataclass(frozen=True, kw_only=True)
class LinePart:
    """What a document has of one line of an order: units, price before and discount of our coupons."""

    quantity: Decimal
    total: int
    discount: int


def share_line(line: SaleLine, wanted: Sequence[Decimal]) -> list[LinePart]:
    """Share a line over invoices that want so many units each, never more than there are; the rest stays.

    Invoices together have hu(amount x invoiced so far / ordered); each gets that less what earlier ones got.
    """
    parts: list[LinePart] = []
    so_far, total, discount = Decimal(0), 0, 0
    for quantity in wanted:
        taken = max(Decimal(0), min(quantity, line.quantity - so_far))
        so_far += taken
        share = Fraction(so_far) / Fraction(line.quantity) if line.quantity else Fraction(0)
        part = LinePart(
            quantity=taken,
            total=half_up(line.total * share) - total,
            discount=half_up(line.discount * share) - discount,
        )
        total, discount = total + part.total, discount + part.discount
        parts.append(part)
    rest = LinePart(
        quantity=line.quantity - so_far, total=line.total - total, discount=line.discount - discount
    )
    return [rest, *parts]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An invoice with lines: their gross after discount, the total that the shop said, and what was paid."""

    worth: int
    said: int | None = None
    paid: int = 0


@dataclass(frozen=True, kw_only=True)
class MoneyPart:
    """What a document comes to, and what of it money covers that was paid for the order as a whole."""

    total: int
    covered: int = 0


def share_money(charged: int, credit: int, paid: int, claims: Sequence[Claim]) -> list[MoneyPart]:
    """Share what an order comes to, after the store `credit` that it uses, over its rest and its invoices.

    Together they come to `charged`. Credit is shared by worth; where an invoice is paid with more money than
    that leaves of it, its credit serves what is still to pay elsewhere. What is `paid` for the order beyond
    its rest covers its invoices.
    """
    totals = _totals(charged, credit, claims)
    money = [paid, *(claim.paid for claim in claims)]
    needs = [max(0, total - had) for total, had in zip(totals, money, strict=True)]
    covered = _take(needs[1:], paid - totals[0])
    money = [had + more for had, more in zip(money, [0, *covered], strict=True)]
    totals = _moved(totals, money, credit, claims)
    return [MoneyPart(total=total, covered=more) for total, more in zip(totals, [0, *covered], strict=True)]


def _totals(charged: int, credit: int, claims: Sequence[Claim]) -> list[int]:
    """Give totals that never add up to more than the order; what the shop said of an invoice is its total."""
    said = [claim for claim in claims if claim.said is not None]
    credit -= min(credit, sum(max(0, claim.worth - (claim.said or 0)) for claim in said))
    worth = charged + credit - sum(claim.said or 0 for claim in said)
    left, so_far, shared = charged, 0, 0
    totals: list[int] = []
    for claim in claims:
        wanted = claim.said
        if wanted is None:
            so_far += claim.worth
            share = half_up(Fraction(credit * min(so_far, worth), worth)) if worth > 0 else credit
            wanted, shared = claim.worth - (share - shared), share
        totals.append(max(0, min(wanted, left)))
        left -= totals[-1]
    return [left, *totals]


def _moved(totals: Sequence[int], money: Sequence[int], credit: int, claims: Sequence[Claim]) -> list[int]:
    """Let money that was paid in the place of credit set that credit free for what is still to pay."""
    spare = [
        max(0, min(had, claim.worth) - total)
        for claim, total, had in zip(claims, totals[1:], money[1:], strict=True)
    ]
    needs = [max(0, total - had) for total, had in zip(totals, money, strict=True)]
    freed = min(sum(spare), sum(needs), credit)
    more, less = [0, *_take(spare, freed)], _take(needs, freed)
    return [total + up - down for total, up, down in zip(totals, more, less, strict=True)]


def _take(places: Sequence[int], amount: int) -> list[int]:
    """Fill places with an amount, the first one first."""
    left, found = max(0, amount), []
    for place in places:
        found.append(min(place, left))
        left -= found[-1]
    return found


def share_units(
    sold: Sequence[Fraction], of_order: Fraction, of_invoices: Sequence[Fraction]
) -> list[Fraction]:
    """Share returned units of one line: those told of an invoice are its own.

    Those told of the order are the units still on the order first, then those of its invoices.
    """
    back = [Fraction(0), *(min(own, units) for own, units in zip(of_invoices, sold[1:], strict=True))]
    for place, units in enumerate(sold):
        more = min(of_order, units - back[place])
        back[place] += more
        of_order -= more
    return back


def share_amounts(rooms: Sequence[int], of_order: int, of_invoices: Sequence[int]) -> list[int]:
    """Share amounts given back: those told of an invoice are its own.

    Those told of the order go against the `rooms`, paid goods that are still with the buyer: those on the
    order first, then those of its invoices. What exceeds them stays with the order, for shipping.
    """
    open_ = [max(0, room - own) for room, own in zip(rooms, [0, *of_invoices], strict=True)]
    more = _take(open_, of_order)
    more[0] += of_order - sum(more)
    return [own + part for own, part in zip([0, *of_invoices], more, strict=True)]
