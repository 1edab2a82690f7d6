"""Which column of a file is which of ours, and how the file writes dates and amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ..domain.sheets import Sheet
from ..models import UploadKind
from . import legacy_cells as cells
from .legacy_cells import DateOrder
from .legacy_fields import DATES, NEEDED, WAYS, Field
from .legacy_sums import DecimalSign, decimal_signs

_LOOKED_THROUGH = 100_000
"""Lines that are looked at to find out how a file writes dates or amounts."""
_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Which column of the file is which of ours, by its place, and how to read it.

    `overwrite`: what the file says of known people replaces what is there; else it fills what is empty.
    """

    columns: Mapping[Field, int]
    dates: DateOrder | None = None
    decimal: DecimalSign | None = None
    currency: str = ""
    reason: str = ""
    overwrite: bool = False

    @property
    def packed(self) -> dict[str, object]:
        """Give it as JSON."""
        return {
            "columns": {one.value: place for one, place in self.columns.items()},
            "dates": self.dates.value if self.dates else None,
            "decimal": self.decimal.value if self.decimal else None,
            "currency": self.currency,
            "reason": self.reason,
            "overwrite": self.overwrite,
        }

    @classmethod
    def unpacked(cls, packed: Mapping[str, Any]) -> ColumnMapping:
        """Read it from JSON."""
        return cls(
            columns={Field(name): place for name, place in packed["columns"].items()},
            dates=DateOrder(packed["dates"]) if packed["dates"] else None,
            decimal=DecimalSign(packed["decimal"]) if packed["decimal"] else None,
            currency=packed["currency"],
            reason=packed["reason"],
            overwrite=packed["overwrite"],
        )


def numbered(sheet: Sheet) -> tuple[str, ...]:
    """Give the names of the columns; one without a name by its number."""
    return tuple(name or f"#{place + 1}" for place, name in enumerate(sheet.columns))


def samples(sheet: Sheet) -> list[list[str]]:
    """Give the first few values of each column that say something."""
    found: list[list[str]] = [[] for _name in sheet.columns]
    for _line, row in islice(sheet.rows(), 200):
        for place, text in enumerate(row[: len(found)]):
            if text and text not in found[place] and len(found[place]) < _SAMPLES:
                found[place].append(text[:60])
    return found


def missing(kind: UploadKind, mapping: ColumnMapping) -> list[Field]:
    """Give the columns without which the file cannot be read."""
    if kind is not UploadKind.BALANCES:
        return [] if any(way in mapping.columns for way in WAYS) else [Field.EMAIL]
    return [one for one in NEEDED[kind] if one not in mapping.columns]


def with_signs(sheet: Sheet, mapping: ColumnMapping) -> ColumnMapping:
    """Add the order of dates and the decimal sign where nobody chose and the file leaves no doubt."""
    dates, decimal = mapping.dates, mapping.decimal
    if dates is None and any(one in mapping.columns for one in DATES):
        orders = cells.date_orders(_texts(sheet, [mapping.columns.get(one) for one in DATES]))
        dates = orders.pop() if len(orders) == 1 else _any_if_all(orders, DateOrder.YEAR_FIRST)
    if decimal is None and Field.AMOUNT in mapping.columns:
        signs = decimal_signs(_texts(sheet, [mapping.columns[Field.AMOUNT]]))
        decimal = signs.pop() if len(signs) == 1 else None
        if decimal is None and signs and not _has_signs(sheet, mapping.columns[Field.AMOUNT]):
            decimal = DecimalSign.POINT
    return replace(mapping, dates=dates, decimal=decimal)


def _any_if_all(orders: set[DateOrder], usual: DateOrder) -> DateOrder | None:
    """Give the usual order where the file has no date at all; None where it is in doubt."""
    return usual if orders == set(DateOrder) else None


def _has_signs(sheet: Sheet, place: int) -> bool:
    return any(sign.value in text for text in _texts(sheet, [place]) for sign in DecimalSign)


def _texts(sheet: Sheet, places: Sequence[int | None]) -> Iterator[str]:
    wanted = [place for place in places if place is not None]
    for _line, row in islice(sheet.rows(), _LOOKED_THROUGH):
        yield from (row[place] for place in wanted if place < len(row) and row[place])


def undecided(sheet: Sheet, mapping: ColumnMapping) -> list[str]:
    """Say what must be chosen before the file can be read: "dates", "decimal"."""
    found = with_signs(sheet, mapping)
    has_dates = any(one in mapping.columns for one in DATES)
    has_amount = Field.AMOUNT in mapping.columns
    asked = [("dates", has_dates and found.dates is None), ("decimal", has_amount and found.decimal is None)]
    return [name for name, is_open in asked if is_open]
