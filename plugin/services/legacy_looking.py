"""Look through a whole file from another system: what would be new, changed, the same, and what is wrong."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Row

from ..domain.money import major
from ..models import UploadKind
from . import legacy_owed
from .cells import BadCell, LegacyProblem, WrongCell
from .code_importing import Told, quiet
from .context import Context
from .legacy_changes import changes
from .legacy_fields import Field
from .legacy_lines import LegacyLines, Owed, Person, Source
from .legacy_people import Mismatch, There, by_ids, name_of, named_by, there
from .legacy_tree import Above, Tree

AT_ONCE = 1000
"""Lines that are looked up together."""


@dataclass(kw_only=True)
class Found:
    """What an import would do, or has done. `notes` are cells that keep nothing out.

    `sums` are what balances come to, in minor units by currency; `sponsors` counts who gets one.
    """

    outcomes: dict[int, str] = field(default_factory=dict)
    bad: list[BadCell] = field(default_factory=list)
    notes: list[BadCell] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)
    sponsors: int = 0

    @property
    def counts(self) -> Counter[str]:
        """Give how many lines are new, changed and unchanged."""
        return Counter(self.outcomes.values())

    @property
    def print(self) -> str:
        """Give a digest of what would be done with each line: the same again where nothing has changed."""
        bad = sorted((cell.line, str(cell.problem)) for cell in self.bad)
        said = repr((sorted(self.outcomes.items()), bad, self.sponsors, sorted(self.sums.items())))
        return hashlib.sha256(said.encode()).hexdigest()


def look(ctx: Context, source: Source, progress: Told = quiet) -> Found:
    """Say what an import would do; nothing is stored."""
    looking = _Balances(ctx, source) if source.kind is UploadKind.BALANCES else _People(ctx, source)
    rows = looking.lines.read()
    while some := list(islice(rows, AT_ONCE)):
        looking.take(some)
        progress(len(some))
    looking.end()
    looking.found.bad.sort(key=lambda cell: cell.line)
    return looking.found


Read = tuple[int, Sequence[str], Person | Owed | None, list[BadCell]]


class _Looking:
    def __init__(self, ctx: Context, source: Source) -> None:
        self.found = Found()
        self.lines = LegacyLines(source)
        self._ctx = ctx
        self._source = source

    def _complain(self, number: int, row: Sequence[str], column: Field, wrong: WrongCell) -> None:
        self.found.bad.append(self.lines.bad(number, row, column, wrong))
        self.found.outcomes.pop(number, None)


class _People(_Looking):
    """Partners, or contacts with their sponsors."""

    def __init__(self, ctx: Context, source: Source) -> None:
        super().__init__(ctx, source)
        self._tree = Tree()

    def take(self, some: Sequence[Read]) -> None:
        """Look at some lines."""
        people = [person for _number, _row, person, _bad in some if isinstance(person, Person)]
        known = there(self._ctx.conn, self._source.origin, named_by(people))
        for number, row, person, bad in some:
            self.found.bad += bad
            if isinstance(person, Person):
                try:
                    self._sort(person, known)
                    continue
                except Mismatch as mismatch:
                    self._complain(number, row, mismatch.column, mismatch.why)
            self._tree.drop(number, self._names(row))

    def _names(self, row: Sequence[str]) -> Iterator[str]:
        places = self._source.mapping.columns
        for column in (Field.OLD, Field.NUMBER, Field.EMAIL):
            if column in places and places[column] < len(row):
                yield row[places[column]]

    def _sort(self, person: Person, known: There) -> None:
        same = self._tree.repeats(person)
        if same is not None:
            raise Mismatch(_said(person), WrongCell(LegacyProblem.SAME_LINE, same))
        row = known.match(person)
        sponsor_id = None if row is None else row.sponsor_id
        same = self._tree.place(person, None if row is None else row.id, sponsor_id)
        if same is not None:
            raise Mismatch(_said(person), WrongCell(LegacyProblem.SAME_LINE, same))
        self.found.outcomes[person.line] = "created" if row is None else self._known(person, row, known)

    def _known(self, person: Person, row: Row[Any], known: There) -> str:
        is_linked = person.old is None or person.old in known.by_old
        return "unchanged" if is_linked and not changes(person, row, self._source) else "changed"

    def end(self) -> None:
        """Look at who stands above whom, once all are known."""
        wrong: dict[int, WrongCell] = {}
        above = Above(self._ctx.conn, self._source.origin, self._tree, wrong.__setitem__)
        for node in above.edges:
            line = self._tree.nodes[node]
            if line not in above.bad:
                self.found.sponsors += 1
                if self.found.outcomes[line] == "unchanged":
                    self.found.outcomes[line] = "changed"
        if wrong or above.stays:
            self._tell(wrong, above.stays)

    def _tell(self, wrong: dict[int, WrongCell], stays: dict[int, int]) -> None:
        """Tell of cells that were seen to be wrong only at the end: their lines are read once more."""
        names = by_ids(self._ctx.conn, stays.values())
        for number, row in self._source.sheet.rows():
            if number in wrong:
                self._complain(number, row, Field.ABOVE, wrong[number])
            elif number in stays:
                other = names.get(stays[number])
                why = WrongCell(LegacyProblem.SPONSOR_STAYS, "" if other is None else name_of(other))
                self.found.notes.append(self.lines.bad(number, row, Field.ABOVE, why))


def _said(person: Person) -> Field:
    """Give the column that says best who a line is about."""
    return Field.OLD if person.old else Field.NUMBER if person.number else Field.EMAIL


class _Balances(_Looking):
    """Opening balances."""

    def __init__(self, ctx: Context, source: Source) -> None:
        super().__init__(ctx, source)
        self._seen: dict[tuple[int, str], int] = {}

    def take(self, some: Sequence[Read]) -> None:
        """Look at some lines."""
        owed = [one for _number, _row, one, _bad in some if isinstance(one, Owed)]
        known = there(self._ctx.conn, self._source.origin, {one.partner for one in owed})
        posted = legacy_owed.posted(self._ctx, self._source.origin, known, owed)
        for number, row, one, bad in some:
            self.found.bad += bad
            if isinstance(one, Owed):
                try:
                    self._sort(one, known, posted)
                except Mismatch as mismatch:
                    self._complain(number, row, mismatch.column, mismatch.why)

    def _sort(self, one: Owed, known: There, posted: legacy_owed.Posted) -> None:
        partner = legacy_owed.partner_of(one, known)
        place = (partner.id, one.currency)
        before = self._seen.setdefault(place, one.line)
        if before != one.line:
            raise Mismatch(Field.PARTNER, WrongCell(LegacyProblem.SAME_LINE, before))
        there_already = posted.get(place)
        if there_already is not None and there_already != one.amount:
            said = f"{major(there_already, one.currency)} {one.currency}"
            raise Mismatch(Field.AMOUNT, WrongCell(LegacyProblem.POSTED, said))
        is_new = there_already is None and one.amount != 0
        self.found.outcomes[one.line] = "created" if is_new else "unchanged"
        if is_new:
            self.found.sums[one.currency] += one.amount

    def end(self) -> None:
        """Have nothing more to look at."""
