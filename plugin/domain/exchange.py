"""Amounts turned from one currency into another by a stored rate, never one to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .money import exponent, half_up


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one unit of `base` comes to in `quote`, from a day on, and who says so."""

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str = ""

    def turn(self, amount: int) -> int:
        """Give an amount in minor units of `base` in those of `quote`, rounded once."""
        scale = Fraction(10) ** (exponent(self.quote) - exponent(self.base))
        return half_up(amount * Fraction(self.rate) * scale)


def reversed_part(amount: int, original: int, original_reversed: int) -> int:
    """Give what of a turned amount is reversed when so much of its original is; all of it at the end."""
    return half_up(Fraction(amount * original_reversed, original)) if original else 0
