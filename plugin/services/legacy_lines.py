"""The lines of a file from another system, read by a mapping of its columns to ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.sheets import Sheet
from ..models import UploadKind
from . import legacy_cells as cells
from .cells import BadCell, LegacyProblem, WrongCell, bad_cell
from .legacy_cells import DateOrder, DecimalSign, Status
from .legacy_fields import DATES, FIELDS, NEEDED, WAYS, Field

LONGEST_OLD, LONGEST_NUMBER, _LONGEST_NAME, _LONGEST_PHONE = 100, 64, 200, 64
_LOOKED_THROUGH = 100_000
"""Cells of a column that are looked at to find out how it writes dates or amounts."""
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


@dataclass(frozen=True, kw_only=True)
class Person:
    """A line about somebody. `above` is as the file names that one."""

    line: int
    old: str | None = None
    number: str | None = None
    email: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    site: str | None = None
    language: str | None = None
    status: Status = Status.ACTIVE
    bought: bool = False
    since: datetime | None = None
    above: str | None = None


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A line about an opening balance, in minor units of its currency."""

    line: int
    partner: str
    amount: int
    currency: str
    as_of: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file from the system `origin`; its dates are read in `zone` and must be over by `now`."""

    sheet: Sheet
    kind: UploadKind
    origin: str
    mapping: ColumnMapping
    file_name: str
    zone: ZoneInfo
    now: datetime
    skipped: frozenset[int] = field(default=frozenset())
    """Lines that were found bad before and are left out."""


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
        signs = cells.decimal_signs(_texts(sheet, [mapping.columns[Field.AMOUNT]]))
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


class LegacyLines:
    """Reads a file line by line."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names = numbered(source.sheet)
        wanted = FIELDS[source.kind]
        self._at = {one: place for one, place in source.mapping.columns.items() if one in wanted}
        self._readers = _readers(source)

    def read(self) -> Iterator[tuple[int, Sequence[str], Person | Owed | None, list[BadCell]]]:
        """Yield number, cells, what a line says, and its bad cells; None where there is one."""
        balances = self._source.kind is UploadKind.BALANCES
        for number, row in self._source.sheet.rows():
            if number in self._source.skipped:
                continue
            values, bad = self._values(number, row)
            if bad:
                yield number, row, None, bad
                continue
            found = _owed(number, values) if balances else _person(number, values)
            if isinstance(found, Person) and not (found.number or found.email):
                wrong = WrongCell(LegacyProblem.NO_WAY)
                yield number, row, None, [self.bad(number, row, WAYS[1], wrong)]
                continue
            yield number, row, found, []

    def _values(self, number: int, row: Sequence[str]) -> tuple[dict[Field, Any], list[BadCell]]:
        values: dict[Field, Any] = {}
        bad: list[BadCell] = []
        for one, read in self._readers.items():
            try:
                values[one] = read(self._text(row, one), values)
            except WrongCell as wrong:
                bad.append(self.bad(number, row, one, wrong))
        if any(row[len(self._names) :]):
            bad.append(bad_cell(number, "", "", WrongCell(LegacyProblem.TOO_MANY_CELLS)))
        return values, bad

    def bad(self, number: int, row: Sequence[str], one: Field, wrong: WrongCell) -> BadCell:
        """Tell of a cell of ours that is wrong; where the file has no such column, of the line."""
        place = self._at.get(one)
        return bad_cell(number, "" if place is None else self._names[place], self._text(row, one), wrong)

    def _text(self, row: Sequence[str], one: Field) -> str:
        place = self._at.get(one)
        return row[place] if place is not None and place < len(row) else ""


Reader = Callable[[str, Mapping[Field, Any]], Any]


def _readers(source: Source) -> Mapping[Field, Reader]:
    """Give what reads each column; a later one may look at what was read before."""
    mapping = source.mapping

    def text(longest: int) -> Reader:
        return lambda said, _values: cells.read_text(said, longest)

    def plain(read: Callable[[str], Any]) -> Reader:
        return lambda said, _values: read(said)

    def moment(said: str, _values: Mapping[Field, Any]) -> datetime | None:
        return cells.read_moment(said, mapping.dates, source.zone, source.now)

    def amount(said: str, values: Mapping[Field, Any]) -> int:
        return cells.read_sum(said, mapping.decimal, values.get(Field.CURRENCY, mapping.currency))

    def partner(said: str, _values: Mapping[Field, Any]) -> str:
        if not said:
            raise WrongCell(LegacyProblem.NEEDED)
        return str(cells.read_text(said, _LONGEST_NAME))

    if source.kind is UploadKind.BALANCES:
        return {
            Field.PARTNER: partner,
            Field.CURRENCY: lambda said, _values: cells.read_currency(said, mapping.currency),
            Field.AMOUNT: amount,
            Field.AS_OF: moment,
            Field.NOTE: text(_LONGEST_NAME),
        }
    readers: dict[Field, Reader] = {
        Field.OLD: text(LONGEST_OLD),
        Field.NUMBER: text(LONGEST_NUMBER),
        Field.EMAIL: plain(cells.read_email),
        **dict.fromkeys((Field.NAME, Field.FIRST_NAME, Field.LAST_NAME), text(_LONGEST_NAME)),
        Field.COMPANY: text(_LONGEST_NAME),
        Field.PHONE: text(_LONGEST_PHONE),
        Field.SITE: plain(cells.read_site),
        Field.LANGUAGE: plain(cells.read_language),
        Field.STATUS: plain(cells.read_status),
        Field.TYPE: plain(cells.read_bought),
        Field.SINCE: moment,
        Field.ABOVE: plain(cells.read_above),
    }
    return {one: read for one, read in readers.items() if one in FIELDS[source.kind]}


def _person(number: int, values: Mapping[Field, Any]) -> Person:
    both = " ".join(part for part in (values[Field.FIRST_NAME], values[Field.LAST_NAME]) if part)
    return Person(
        line=number,
        old=values[Field.OLD],
        number=values[Field.NUMBER],
        email=values[Field.EMAIL],
        name=(values[Field.NAME] or both or None),
        company=values[Field.COMPANY],
        phone=values[Field.PHONE],
        site=values.get(Field.SITE),
        language=values[Field.LANGUAGE],
        status=values.get(Field.STATUS, Status.ACTIVE),
        bought=values.get(Field.TYPE, False),
        since=values[Field.SINCE],
        above=values[Field.ABOVE],
    )


def _owed(number: int, values: Mapping[Field, Any]) -> Owed:
    return Owed(
        line=number,
        partner=values[Field.PARTNER],
        amount=values[Field.AMOUNT],
        currency=values[Field.CURRENCY],
        as_of=values[Field.AS_OF],
        note=values[Field.NOTE] or "",
    )
