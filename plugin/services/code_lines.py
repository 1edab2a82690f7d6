"""The lines of a file of codes, read one after the other: good ones, and bad cells with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from ..domain.sheets import Sheet
from ..models import Contact
from . import code_forms
from .code_cells import (
    BadCell,
    Problem,
    WrongCell,
    read_amount,
    read_code,
    read_limit,
    read_moment,
    read_occasion,
)
from .code_storing import Spelling, listed, parameter
from .codes import credit_of
from .mistakes import BadTerms

_CONTACT = Contact.__table__
_LONGEST_REF = 64
_LONGEST_SHOWN = 200
_AT_ONCE = 5_000
Value = TypeVar("Value")


class Line(NamedTuple):
    """A line as it would be imported. What the file has no column for is None, or empty."""

    line: int
    spelling: Spelling
    cells: Sequence[str]
    owner_id: int | None = None
    holder_id: int | None = None
    max_uses: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    credit: int | None = None
    occasion: str = ""


class _Cell(Generic[Value]):
    """Reads the cells of one column; most of them say the same."""

    def __init__(self, name: str, at: int | None, read: Callable[[str], Value], absent: Value) -> None:
        self.name = name
        self.at = at
        self._read = read
        self._absent = absent
        self._seen: dict[str, Value | WrongCell] = {}

    def of(self, cells: Sequence[str]) -> Value | WrongCell:
        if self.at is None or self.at >= len(cells):
            return self._absent
        text = cells[self.at]
        if text not in self._seen:
            self._seen[text] = self._try(text)
        return self._seen[text]

    def _try(self, text: str) -> Value | WrongCell:
        try:
            return self._read(text)
        except WrongCell as wrong:
            return wrong


class Lines:
    """The good lines of a file for one coupon. `bad` fills while they are read, in their order."""

    def __init__(self, conn: Connection, sheet: Sheet, coupon: Row[Any], zone: ZoneInfo) -> None:
        self.sheet = sheet
        self.bad: list[BadCell] = []
        self.read = 0
        self.last_line = 0
        self._at = {name: place for place, name in enumerate(sheet.columns) if name}
        self._forms = code_forms.of_batches(conn)
        self._seen: dict[str, tuple[int, str]] = {}
        self._contacts = self._known(conn)
        self._cells = self._readers(coupon, zone)

    def _readers(self, coupon: Row[Any], zone: ZoneInfo) -> tuple[_Cell[Any], ...]:
        def credit(text: str) -> int | None:
            amount = read_amount(text, coupon.currency or "EUR")
            try:
                credit_of(coupon, amount)
            except BadTerms as bad:
                raise WrongCell(Problem.NO_CREDIT) from bad
            return amount

        readers: dict[str, Callable[[str], Any]] = {
            "owner": self._contact,
            "holder": self._contact,
            "max": read_limit,
            "from": read_moment(zone, closes=False),
            "until": read_moment(zone, closes=True),
            "credit": credit,
            "occasion": read_occasion,
        }
        return tuple(
            _Cell(name, self._at.get(name), read, "" if name == "occasion" else None)
            for name, read in readers.items()
        )

    def _contact(self, ref: str) -> int | None:
        if not ref:
            return None
        found = self._contacts.get(ref)
        if found is None:
            raise WrongCell(Problem.NO_CONTACT)
        return found

    def _known(self, conn: Connection) -> dict[str, int]:
        """Give the contacts that the file names by their refs."""
        places = [self._at[name] for name in ("owner", "holder") if name in self._at]
        refs = {
            cells[place]
            for _line, cells in (self.sheet.rows() if places else ())
            for place in places
            if place < len(cells) and 0 < len(cells[place]) <= _LONGEST_REF
        }
        wanted = listed(conn, "refs")
        query = select(_CONTACT.c.ref, _CONTACT.c.id).join(wanted, wanted.c.value == _CONTACT.c.ref)
        found: dict[str, int] = {}
        ordered = sorted(refs)
        for start in range(0, len(ordered), _AT_ONCE):
            some = parameter(conn, ordered[start : start + _AT_ONCE])
            found.update({row.ref: row.id for row in conn.execute(query, {"refs": some})})
        return found

    def __iter__(self) -> Iterator[Line]:
        """Read on; a line with a bad cell is left out."""
        columns = len(self.sheet.columns)
        code_at = self._at["code"]
        for number, cells in self.sheet.rows():
            self.read += 1
            self.last_line = number
            values = [cell.of(cells) for cell in self._cells]
            code = cells[code_at] if code_at < len(cells) else ""
            spelling = self._spelled(code, number)
            wrong = isinstance(spelling, WrongCell) or any(isinstance(v, WrongCell) for v in values)
            if wrong or any(cells[columns:]) or _ends_before(values):
                self._complain(number, cells, spelling, values)
            else:
                yield Line._make((number, spelling, cells, *values))

    def _spelled(self, code: str, number: int) -> Any:  # noqa: ANN401 - a spelling or what is wrong
        try:
            spelling = read_code(code)
        except WrongCell as wrong:
            return wrong
        line, key = self._seen.setdefault(spelling[2], (number, spelling[1]))
        if line != number:
            return WrongCell(Problem.REPEATED if key == spelling[1] else Problem.ALIKE_LINE, line)
        return spelling

    def _complain(
        self, number: int, cells: Sequence[str], spelling: object, values: Sequence[object]
    ) -> None:
        found: list[tuple[str, int | None, object]] = [("code", self._at["code"], spelling)]
        found += [(cell.name, cell.at, value) for cell, value in zip(self._cells, values, strict=True)]
        if _ends_before(values):
            found.append(("until", self._at.get("until"), WrongCell(Problem.ENDS_BEFORE)))
        extra = len(self.sheet.columns)
        if any(cells[extra:]):
            found.append(("", extra, WrongCell(Problem.TOO_MANY_CELLS)))
        for name, place, wrong in found:
            if isinstance(wrong, WrongCell):
                text = cells[place] if place is not None and place < len(cells) else ""
                self.bad.append(_bad(number, name, text, wrong))

    def text(self, line: Line, column: str) -> str:
        """Give what a cell of a line says."""
        place = self._at.get(column)
        return line.cells[place][:_LONGEST_SHOWN] if place is not None and place < len(line.cells) else ""

    def is_drawn(self, line: Line) -> bool:
        """Tell whether a code that is not there yet has the form of codes with a check sign."""
        return bool(self._forms.match(line.spelling[1]))


def _bad(line: int, column: str, value: str, wrong: WrongCell) -> BadCell:
    shown = value[:_LONGEST_SHOWN]
    return BadCell(line=line, column=column, value=shown, problem=wrong.problem, other=wrong.other)


_FROM, _UNTIL = 3, 4


def _ends_before(values: Sequence[object]) -> bool:
    begins, ends = values[_FROM], values[_UNTIL]
    return isinstance(begins, datetime) and isinstance(ends, datetime) and begins >= ends
