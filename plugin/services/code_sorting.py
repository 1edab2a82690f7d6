"""Compare lines of a file with the codes that are there: what is new, what changes, what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ..models import CodeBatch, Redemption
from . import code_storing
from .cells import BadCell, Problem
from .code_cells import write_amount
from .code_lines import Line, Lines
from .counting import LIVE

_BATCH = CodeBatch.__table__
_REDEMPTION = Redemption.__table__
_CHANGED_BY = {
    "owner": "owner_id",
    "holder": "holder_id",
    "max": "max_uses",
    "from": "valid_from",
    "until": "valid_until",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A code that is there, and what its columns become."""

    code: Row[Any]
    line: Line
    values: dict[str, object]


@dataclass
class Sorted:
    """Some lines, by what is to be done with them."""

    new: list[Line] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    bad: list[BadCell] = field(default_factory=list)


class Sorter:
    """Sorts the lines of one file. With `leaves` what is there stays as it is, whatever the file says."""

    def __init__(self, conn: Connection, coupon: Row[Any], lines: Lines, *, leaves: bool) -> None:
        self._conn = conn
        self._coupon = coupon
        self._lines = lines
        self._leaves = leaves
        self._changing = [column for name, column in _CHANGED_BY.items() if name in lines.sheet.columns]
        query = select(_BATCH.c.id, _BATCH.c.occasion).where(_BATCH.c.coupon_id == coupon.id)
        self._occasions = {row.id: row.occasion for row in conn.execute(query)}

    def sort(self, lines: Sequence[Line]) -> Sorted:
        """Say what is to be done with each line."""
        found = Sorted()
        there = code_storing.alike(self._conn, [line.spelling[2] for line in lines])
        for line in lines:
            code = there.get(line.spelling[2])
            if code is not None:
                self._compare(code, line, found)
            elif self._lines.is_drawn(line):
                found.bad.append(self._bad(line, "code", Problem.DRAWN))
            else:
                found.new.append(line)
        self._count_uses(found)
        return found

    def _compare(self, code: Row[Any], line: Line, found: Sorted) -> None:
        """Say what a line does to a code that is there, or that it looks like."""
        problem = self._clash(code, line)
        if problem is not None:
            found.bad.append(problem)
            return
        values = {column: getattr(line.given, column) for column in self._changing}
        if line.given.portions is not None:
            values["portions"] = line.given.portions or None
        if self._leaves or all(getattr(code, column) == value for column, value in values.items()):
            found.unchanged += 1
        elif _ends_before(code, values):
            found.bad.append(self._bad(line, "until", Problem.ENDS_BEFORE))
        else:
            found.changes.append(Change(code=code, line=line, values=values))

    def _clash(self, code: Row[Any], line: Line) -> BadCell | None:
        if code.key != line.spelling[1]:
            return self._bad(line, "code", Problem.ALIKE, code.display)
        if code.coupon_id != self._coupon.id:
            return self._bad(line, "code", Problem.OTHER_COUPON)
        if line.given.credit is not None and line.given.credit != code.credit:
            stays = write_amount(code.credit, self._coupon.currency)
            return self._bad(line, "credit", Problem.CREDIT_STAYS, stays)
        if line.given.occasion and line.given.occasion != self._occasions.get(code.batch_id):
            return self._bad(line, "occasion", Problem.OCCASION_STAYS)
        return None

    def _count_uses(self, found: Sorted) -> None:
        """Count the uses of codes whose limit changes; one that is below them is refused."""
        limits = [(change, *self._limits(change)) for change in found.changes]
        changed = [(change, limit) for change, before, limit in limits if before != limit]
        uses = self._uses([change.code.id for change, _limit in changed])
        for change, limit in changed:
            used = uses.get(change.code.id, 0)
            if limit is None or used <= limit:
                change.values["used"] = used if limit is not None else 0
            else:
                found.bad.append(self._bad(change.line, "max", Problem.LIMIT_BELOW, str(used)))
                found.changes.remove(change)

    def _limits(self, change: Change) -> tuple[int | None, int | None]:
        """Give the narrowest limit of a code as it is, and as it would be."""
        before = change.code.max_uses
        return self._narrowest(before), self._narrowest(change.values.get("max_uses", before))

    def _narrowest(self, limit: Any) -> int | None:  # noqa: ANN401 - a column's value
        return min((one for one in (limit, self._coupon.max_per_code) if one is not None), default=None)

    def _uses(self, ids: Sequence[int]) -> dict[int, int]:
        if not ids:
            return {}
        code_id = _REDEMPTION.c.code_id
        query = select(code_id, func.count().label("uses")).where(code_id.in_(ids), LIVE).group_by(code_id)
        return {row.code_id: row.uses for row in self._conn.execute(query)}

    def _bad(self, line: Line, column: str, problem: Problem, other: str = "") -> BadCell:
        value = self._lines.text(line, column)
        return BadCell(line=line.line, column=column, value=value, problem=problem, other=other)


def _ends_before(code: Row[Any], values: dict[str, object]) -> bool:
    begins: Any = values.get("valid_from", code.valid_from)
    ends: datetime | None = values.get("valid_until", code.valid_until)  # type: ignore[assignment]  # its column
    return begins is not None and ends is not None and begins >= ends
