"""What goes back to store credit when goods come back: first the money goes back, then the credit.

A function of totals alone, so that the same returns in any order end the same. One more return never lowers
what has gone back: the buyer may have spent it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .commission import SaleLine
from .money import half_up


@dataclass(frozen=True, kw_only=True)
class Return:
    """Units that came back per line, and what the shop paid out for them, in minor units (None: not said)."""

    units: Mapping[str, Fraction]
    paid: int | None = None


@dataclass(frozen=True)
class _Came:
    """Units of one line in one return; `unpaid` is the share of their worth that named money left."""

    units: Fraction
    unpaid: Fraction
    named: bool


def credit_back(
    lines: Sequence[SaleLine], grosses: Sequence[int], returns: Sequence[Return], *, charged: int, used: int
) -> int:
    """Give how much of the credit `used` on a sale has gone back by its returns, in minor units.

    Goods are worth their gross after discount, by units. Where a return names what was paid for its goods,
    the rest of their worth goes to the credit. Where it names nothing, money goes first: credit gets what
    exceeds all that was `charged`. Once every unit came back, all the credit has gone back.
    """
    sold = [(line, Fraction(max(0, gross))) for line, gross in zip(lines, grosses, strict=True)]
    sold = [(line, gross) for line, gross in sold if line.quantity > 0]
    came = {line.key: _came(line, sold, returns) for line, _ in sold}
    if returns and all(_units(came[line.key]) >= line.quantity for line, _ in sold):
        return used
    named = unpaid = goods = Fraction(0)
    for line, gross in sold:
        part, quantity = came[line.key], Fraction(line.quantity)
        each = gross / quantity
        named += each * _unpaid([one for one in part if one.named], quantity)
        unpaid += each * _unpaid(part, quantity)
        goods += each * min(quantity, _units(part))
    return max(0, min(used, half_up(max(named, min(unpaid, goods - charged)))))


_Sold = Sequence[tuple[SaleLine, Fraction]]


def _came(line: SaleLine, sold: _Sold, returns: Sequence[Return]) -> list[_Came]:
    """Give what came back of a line; units beyond those sold are no goods of the sale."""
    return [
        _Came(
            units=_units_of(returned, line),
            unpaid=_unpaid_share(returned, sold),
            named=returned.paid is not None,
        )
        for returned in returns
        if line.key in returned.units
    ]


def _units_of(returned: Return, line: SaleLine) -> Fraction:
    return min(Fraction(line.quantity), returned.units.get(line.key, Fraction(0)))


def _unpaid_share(returned: Return, sold: _Sold) -> Fraction:
    """Give which share of a return's goods no money was named for; what exceeds them is not for them."""
    if returned.paid is None:
        return Fraction(1)
    worth = sum(gross * _units_of(returned, line) / Fraction(line.quantity) for line, gross in sold)
    return max(Fraction(0), 1 - returned.paid / worth) if worth else Fraction(0)


def _units(part: Sequence[_Came]) -> Fraction:
    return sum((one.units for one in part), Fraction(0))


def _unpaid(part: Sequence[_Came], quantity: Fraction) -> Fraction:
    """Give the unpaid units of a line; where more came back than was sold, those best paid do not count."""
    left, found = quantity, Fraction(0)
    for one in sorted(part, key=lambda one: one.unpaid, reverse=True):
        counted = min(left, one.units)
        found += counted * one.unpaid
        left -= counted
    return found


def last_first(amounts: Sequence[int], back: int) -> list[int]:
    """Share what went back over codes in the order in which they paid: the last one gets it first."""
    shares: list[int] = []
    for amount in reversed(amounts):
        shares.append(min(amount, back - sum(shares)))
    return shares[::-1]
