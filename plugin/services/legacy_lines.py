"""The lines of a file from another system, read by a mapping of its columns to ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.sheets import Sheet
from ..models import UploadKind
from . import legacy_cells as cells
from .cells import BadCell, LegacyProblem, WrongCell, bad_cell
from .legacy_cells import Status
from .legacy_fields import FIELDS, WAYS, Field
from .legacy_mapping import ColumnMapping, numbered
from .legacy_sums import read_currency, read_sum

LONGEST_OLD, LONGEST_NUMBER, _LONGEST_NAME, _LONGEST_PHONE = 100, 64, 200, 64


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


class LegacyLines:
    """Reads a file line by line."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names = numbered(source.sheet)
        wanted = FIELDS[source.kind]
        self._at = {one: place for one, place in source.mapping.columns.items() if one in wanted}
        self._readers = _readers(source)

    def read(
        self, begin: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, Sequence[str], Person | Owed | None, list[BadCell]]]:
        """Yield number, cells, what a line says, and its bad cells; None where there is one.

        Only the lines from `begin` to `end`, counted without those that are skipped.
        """
        balances = self._source.kind is UploadKind.BALANCES
        skipped = self._source.skipped
        rows = (row for row in self._source.sheet.rows() if row[0] not in skipped)
        for number, row in islice(rows, begin, end):
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
        return read_sum(said, mapping.decimal, values.get(Field.CURRENCY, mapping.currency))

    def partner(said: str, _values: Mapping[Field, Any]) -> str:
        if not said:
            raise WrongCell(LegacyProblem.NEEDED)
        return str(cells.read_text(said, _LONGEST_NAME))

    if source.kind is UploadKind.BALANCES:
        return {
            Field.PARTNER: partner,
            Field.CURRENCY: lambda said, _values: read_currency(said, mapping.currency),
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
