"""Statements: VAT that is contained in what a partner earns, and lines that add up to the net sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from .money import half_up
from .tax import TaxStatus

_WHOLE = Fraction(100)


class StatementKind(StrEnum):
    """A document of what was earned, or one by which more goes back than was earned."""

    STATEMENT = "statement"
    CORRECTION = "correction"


class WhyNot(StrEnum):
    """Why a partner gets no statement."""

    NO_TAX_DATA = "no_tax_data"
    NO_AGREEMENT = "no_agreement"


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums in minor units; `rate` is in per cent. `gross` is what the books say and what is paid."""

    net: int
    vat: int
    gross: int
    rate: Decimal

    @property
    def kind(self) -> StatementKind:
        """What the document is."""
        return StatementKind.CORRECTION if self.gross < 0 else StatementKind.STATEMENT


def totals(gross: int, status: TaxStatus, rate: Decimal) -> Totals:
    """Take the VAT out of a sum; only regular partners have some."""
    charged = rate if status is TaxStatus.REGULAR else Decimal(0)
    net = net_of(gross, charged)
    return Totals(net=net, vat=gross - net, gross=gross, rate=charged)


def net_of(gross: int, rate: Decimal) -> int:
    """Give what is left of an amount without its VAT, in minor units."""
    return half_up(Fraction(gross) * _WHOLE / (_WHOLE + Fraction(rate)))


def net_parts(amounts: Sequence[int], rate: Decimal) -> list[int]:
    """Give the lines without VAT, in minor units; they add up to what is left of their sum."""
    parts, so_far, given = [], 0, 0
    for amount in amounts:
        so_far += amount
        parts.append(net_of(so_far, rate) - given)
        given += parts[-1]
    return parts


def number_text(prefix: str, year: int, place: int) -> str:
    """Write the number of a statement."""
    return f"{prefix}{year}-{place:05}"
