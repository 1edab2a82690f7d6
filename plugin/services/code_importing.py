"""One import of codes from a file, some lines at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from ..domain.sheets import Sheet
from ..models import Code, CodeBatch
from . import audit, code_batches, code_storing
from .cells import BadCell
from .code_lines import Given, Line, Lines
from .code_sorting import Change, Sorted, Sorter
from .code_storing import CHUNK, SHARED, Shared, Spelling
from .codes import credit_of
from .coupons import get_coupon

_CODE = Code.__table__
_BATCH = CodeBatch.__table__
_TRIES = 100
"""Each finds one more of the lines there, since somebody has made it in this very moment."""
_LOOKED_THROUGH = 5_000
"""Codes of files up to here stay in their order; more are stored in that of their keys, which is faster."""
Told = Callable[[int], object]


def quiet(number: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file of codes for one coupon; dates are read in `zone`."""

    sheet: Sheet
    coupon_id: int
    file_name: str
    digest: str
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Act:
    """Who imports, and when."""

    who: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import has done, or would do. `before` is when this very file was imported, and by whom."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: tuple[BadCell, ...] = ()
    before: tuple[datetime, str] | None = None

    @property
    def bad_lines(self) -> int:
        """The number of lines that are left out; one may have several bad cells."""
        return len({cell.line for cell in self.bad})

    def plus(self, found: Sorted) -> Imported:
        """Add further lines."""
        return replace(
            self,
            created=self.created + len(found.new),
            changed=self.changed + len(found.changes),
            unchanged=self.unchanged + found.unchanged,
            bad=self.bad + tuple(found.bad),
        )


def imported_before(conn: Connection, source: Source) -> tuple[datetime, str] | None:
    """Give when this very file was imported for this coupon, and by whom."""
    query = (
        select(_BATCH.c.created_at, _BATCH.c.made_by)
        .where(_BATCH.c.coupon_id == source.coupon_id, _BATCH.c.file_digest == source.digest)
        .order_by(_BATCH.c.id)
        .limit(1)
    )
    found = conn.execute(query).one_or_none()
    return None if found is None else (found.created_at, found.made_by)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An import that was begun in an earlier transaction: so many rows, and its batches by occasion."""

    rows: int
    batches: dict[str, int]
    done: Imported


class Importing:
    """One import, some lines at a time: read on, then count or store what was read."""

    def __init__(self, conn: Connection, source: Source, begun: Begun | None = None) -> None:
        self.batches: dict[str, int] = {} if begun is None else begun.batches
        self.lines = Lines(conn, source.sheet, get_coupon(conn, source.coupon_id), source.zone)
        self._conn = conn
        self._source = source
        self._done = Imported(before=imported_before(conn, source)) if begun is None else begun.done
        self._coupon = get_coupon(conn, source.coupon_id)
        self._sorter = Sorter(conn, self._coupon, self.lines, leaves=self._done.before is not None)
        self._read: list[Line] = []
        while begun is not None and self.lines.read < begun.rows:
            self.lines.read_on(min(CHUNK, begun.rows - self.lines.read))
        self._shared: dict[int, Shared] = {}

    @property
    def done(self) -> Imported:
        """What was done or found so far, bad cells in the order of the lines."""
        return replace(self._done, bad=tuple(sorted(self._done.bad, key=lambda cell: cell.line)))

    def read_on(self, progress: Told = quiet) -> bool:
        """Read the next lines; False at the end of the file."""
        rows, bad = self.lines.read, len(self.lines.bad)
        self._read = self.lines.read_on(CHUNK)
        self._done = self._done.plus(Sorted(bad=self.lines.bad[bad:]))
        progress(self.lines.read - rows)
        return self.lines.read > rows

    def count(self) -> None:
        """Count what would be done with the lines that were read."""
        self._done = self._done.plus(self._sorter.sort(self._read))

    def store(self, act: Act) -> None:
        """Import the lines that were read; what somebody makes in this moment is there then.

        The caller stores alone since before the import was begun.
        """
        for _ in range(_TRIES):
            found = self._sorter.sort(self._read)
            if found.changes:
                self._lock(found.changes)
                found = self._sorter.sort(self._read)
            try:
                self._make(found.new, act)
            except IntegrityError:
                continue
            self._change(found.changes, act)
            self._done = self._done.plus(found)
            return
        raise RuntimeError(f"an import was overtaken {_TRIES} times")

    def _lock(self, changes: Sequence[Change]) -> None:
        """Keep uses from being counted while limits change."""
        get_coupon(self._conn, self._coupon.id, lock=True)
        ids = sorted(change.code.id for change in changes)
        codes = select(_CODE.c.id).where(_CODE.c.id.in_(ids)).order_by(_CODE.c.id)
        self._conn.execute(codes.with_for_update()).all()

    def _make(self, lines: Sequence[Line], act: Act) -> None:
        rows = [
            (line.spelling, self._shared.get(id(line.given)) or self._share(line.given, act))
            for line in lines
        ]
        if len(rows) > _LOOKED_THROUGH:
            rows.sort(key=_key_of)
        if rows:
            code_storing.store(self._conn, rows, now=act.now)
            self._count(Counter(map(_batch_of, rows)))

    def _share(self, given: Given, act: Act) -> Shared:
        """Give what all lines that say the same have in common."""
        values = {name: getattr(given, name, None) for name in SHARED}
        values["portions"] = given.portions or None
        values["coupon_id"] = self._coupon.id
        values["credit"] = credit_of(self._coupon, given.credit)
        values["batch_id"] = self._batch(given.occasion, act)
        self._shared[id(given)] = values
        return values

    def _batch(self, occasion: str, act: Act) -> int:
        found = self.batches.get(occasion)
        if found is None:
            found = self.batches[occasion] = code_batches.add_imported(
                self._conn,
                self._coupon.id,
                occasion=occasion,
                file_name=self._source.file_name,
                file_digest=self._source.digest,
                who=act.who,
                now=act.now,
            )
        return found

    def _count(self, counts: Mapping[object, int]) -> None:
        more = update(_BATCH).where(_BATCH.c.id == bindparam("of_id"))
        rows = [{"of_id": batch_id, "more": number} for batch_id, number in counts.items()]
        self._conn.execute(more.values(count=_BATCH.c.count + bindparam("more")), rows)

    def _change(self, changes: Sequence[Change], act: Act) -> None:
        if not changes:
            return
        names = sorted({name for change in changes for name in change.values} | {"used"})
        rows = [
            {"of_id": change.code.id, **{f"new_{name}": _value(change, name) for name in names}}
            for change in sorted(changes, key=lambda change: int(change.code.id))
        ]
        columns = {name: bindparam(f"new_{name}", type_=_CODE.c[name].type) for name in names}
        self._conn.execute(update(_CODE).where(_CODE.c.id == bindparam("of_id")).values(**columns), rows)
        audit.record_all(self._conn, [_logged(change, act) for change in changes])


def _key_of(row: tuple[Spelling, Shared]) -> str:
    return row[0][1]


def _batch_of(row: tuple[Spelling, Shared]) -> object:
    return row[1]["batch_id"]


def _value(change: Change, name: str) -> object:
    return change.values.get(name, getattr(change.code, name))


def _logged(change: Change, act: Act) -> dict[str, object]:
    after = {name: value for name, value in change.values.items() if name != "used"}
    before = {name: getattr(change.code, name) for name in after}
    return audit.entry(
        who=act.who,
        act="change",
        noun="code",
        subject=change.code.display,
        before=before,
        after=after,
        now=act.now,
    )
