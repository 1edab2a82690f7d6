"""How much of a commission is earned: what was paid, less what came back (arithmetic 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .sale import SaleLine


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
        """Give what is kept of a full commission: hu(C x u/q x common); shipping is one unit that stays."""
        part = self.common * self.units.get(line_key, Fraction(1))
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
