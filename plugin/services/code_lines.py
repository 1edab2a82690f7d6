"""The lines of a file of codes, read one after the other: good ones, and bad cells with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from ..domain import portions
from ..domain.portions import BETWEEN, EQUALS, Portion
from ..domain.sheets import Sheet
from ..models import Contact
from . import code_forms
from .cells import LONGEST_SHOWN, BadCell, Problem, WrongCell, bad_cell
from .code_cells import read_amount, read_codes, read_limit, read_moment, read_occasion
from .code_storing import Spelling, listed, parameter
from .codes import credit_of
from .mistakes import BadTerms

_CONTACT = Contact.__table__
_LONGEST_REF = 64
_AT_ONCE = 5_000


class Given(NamedTuple):
    """What a line says of its code. What the file has no column for is None, or empty.

    `portions` are partners with their weights: of a code that is shared, empty where its owner has all again.
    """

    owner_id: int | None = None
    holder_id: int | None = None
    max_uses: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    credit: int | None = None
    occasion: str = ""
    portions: Sequence[Sequence[int]] | None = None


class Line(NamedTuple):
    """A line as it would be imported. Lines that say the same have the same `given`."""

    line: int
    spelling: Spelling
    given: Given
    cells: Sequence[str]


class _Owner(NamedTuple):
    """Whose a code is, and who shares it."""

    id: int | None
    portions: Sequence[Sequence[int]] | None = None


class _Wrong(NamedTuple):
    """A cell that cannot be read: its column, its place in the line, and why."""

    column: str
    place: int | None
    why: WrongCell


class Lines:
    """The good lines of a file for one coupon. `bad` fills while they are read, in their order."""

    def __init__(self, conn: Connection, sheet: Sheet, coupon: Row[Any], zone: ZoneInfo) -> None:
        self.sheet = sheet
        self.bad: list[BadCell] = []
        self.read = 0
        self._rows = sheet.rows()
        self._at = {name: place for place, name in enumerate(sheet.columns) if name}
        self._forms = code_forms.of_batches(conn)
        self._seen: dict[str, tuple[int, str]] = {}
        self._partners: set[int] = set()
        self._contacts = self._known(conn)
        self._readers = self._readers_of(coupon, zone)
        self._said: dict[tuple[str, ...], Given | list[_Wrong]] = {}

    def _readers_of(self, coupon: Row[Any], zone: ZoneInfo) -> tuple[tuple[str, Callable[[str], Any]], ...]:
        """Give what reads each column, in the order of `Given`."""

        def credit(text: str) -> int | None:
            amount = read_amount(text, coupon.currency or "EUR")
            try:
                credit_of(coupon, amount)
            except BadTerms as bad:
                raise WrongCell(Problem.NO_CREDIT) from bad
            return amount

        return (
            ("owner", self._owner),
            ("holder", self._contact),
            ("max", read_limit),
            ("from", read_moment(zone, closes=False)),
            ("until", read_moment(zone, closes=True)),
            ("credit", credit),
            ("occasion", read_occasion),
        )

    def _owner(self, text: str) -> _Owner:
        """Read whose a code is: one customer number, or several with their shares, the main partner first."""
        if EQUALS not in text or text in self._contacts:
            return _Owner(self._contact(text))
        try:
            shares = portions.read(text)
            found = [Portion(partner_id=self._contact(ref) or 0, weight=weight) for ref, weight in shares]
            portions.check(found)
        except WrongCell:
            raise
        except ValueError as error:
            raise WrongCell(Problem.SHARES) from error
        if any(one.partner_id not in self._partners for one in found):
            raise WrongCell(Problem.NO_PARTNER)
        packed = [[one.partner_id, one.weight] for one in found]
        return _Owner(found[0].partner_id, packed if len(packed) > 1 else [])

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
        texts = {
            cells[place]
            for _line, cells in (self.sheet.rows() if places else ())
            for place in places
            if place < len(cells)
        }
        refs = {ref for text in texts for ref in _refs(text) if 0 < len(ref) <= _LONGEST_REF}
        wanted = listed(conn, "refs")
        columns = (_CONTACT.c.ref, _CONTACT.c.id, _CONTACT.c.partner_since, _CONTACT.c.erased_at)
        query = select(*columns).join(wanted, wanted.c.value == _CONTACT.c.ref)
        found: dict[str, int] = {}
        ordered = sorted(refs)
        for start in range(0, len(ordered), _AT_ONCE):
            some = parameter(conn, ordered[start : start + _AT_ONCE])
            for row in conn.execute(query, {"refs": some}):
                found[row.ref] = row.id
                if row.partner_since is not None and row.erased_at is None:
                    self._partners.add(row.id)
        return found

    def read_on(self, count: int) -> list[Line]:
        """Read so many further lines; those with a bad cell are left out."""
        code_at = self._at["code"]
        rows = list(islice(self._rows, count))
        codes = read_codes([cells[code_at] if code_at < len(cells) else "" for _number, cells in rows])
        good = []
        for (number, cells), code in zip(rows, codes, strict=True):
            spelling = self._once(code, number)
            # Most lines say the same of their codes: what they say is read once.
            rest = (*cells[:code_at], *cells[code_at + 1 :])
            given = self._said.get(rest)
            if given is None:
                given = self._said[rest] = self._given(cells)
            if isinstance(given, Given) and not isinstance(spelling, WrongCell):
                good.append(Line(number, spelling, given, cells))
            else:
                self._complain(number, cells, spelling, given)
        self.read += len(rows)
        return good

    def _once(self, spelling: Spelling | WrongCell, number: int) -> Spelling | WrongCell:
        if isinstance(spelling, WrongCell):
            return spelling
        line, key = self._seen.setdefault(spelling[2], (number, spelling[1]))
        if line != number:
            return WrongCell(Problem.REPEATED if key == spelling[1] else Problem.ALIKE_LINE, line)
        return spelling

    def _given(self, cells: Sequence[str]) -> Given | list[_Wrong]:
        """Give what a line says beside its code, or the cells that cannot be read."""
        values: list[Any] = []
        wrong: list[_Wrong] = []
        for name, read in self._readers:
            place = self._at.get(name)
            try:
                values.append(read(cells[place] if place is not None and place < len(cells) else ""))
            except WrongCell as why:
                values.append(None)
                wrong.append(_Wrong(name, place, why))
        owner = values[0] or _Owner(None)
        given = Given._make([owner.id, *values[1:], owner.portions])
        columns = len(self.sheet.columns)
        if given.valid_from and given.valid_until and given.valid_from >= given.valid_until:
            wrong.append(_Wrong("until", self._at["until"], WrongCell(Problem.ENDS_BEFORE)))
        if any(cells[columns:]):
            wrong.append(_Wrong("", columns, WrongCell(Problem.TOO_MANY_CELLS)))
        return wrong or given

    def _complain(
        self,
        number: int,
        cells: Sequence[str],
        spelling: Spelling | WrongCell,
        given: Given | list[_Wrong],
    ) -> None:
        found = [] if isinstance(given, Given) else list(given)
        if isinstance(spelling, WrongCell):
            found.insert(0, _Wrong("code", self._at["code"], spelling))
        for column, place, why in found:
            text = cells[place] if place is not None and place < len(cells) else ""
            self.bad.append(bad_cell(number, column, text, why))

    def text(self, line: Line, column: str) -> str:
        """Give what a cell of a line says."""
        place = self._at.get(column)
        return line.cells[place][:LONGEST_SHOWN] if place is not None and place < len(line.cells) else ""

    def is_drawn(self, line: Line) -> bool:
        """Tell whether a code that is not there yet has the form of codes with a check sign."""
        return bool(self._forms.match(line.spelling[1]))


def _refs(text: str) -> list[str]:
    """Give what may be customer numbers in a cell: it alone, or several with their shares."""
    parts = text.split(BETWEEN) if EQUALS in text else []
    return [text, *(part.rpartition(EQUALS)[0].strip() for part in parts)]
