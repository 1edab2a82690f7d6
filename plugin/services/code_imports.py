"""Import codes from a file: at once or some lines at a time, and again without doubling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from ..domain.sheets import Sheet
from ..models import Code, CodeBatch
from . import audit, code_batches, code_storing
from .code_cells import BadCell
from .code_lines import Line, Lines
from .code_sorting import Change, Sorted, Sorter
from .code_storing import CHUNK, SHARED, Shared
from .codes import credit_of
from .coupons import get_coupon

_CODE = Code.__table__
_BATCH = CodeBatch.__table__
_TRIES = 100
"""Each finds one more of the lines there, since somebody has made it in this very moment."""
Told = Callable[[int], object]


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


def _quiet(number: int) -> None:
    """Tell nobody."""


def look_at(conn: Connection, source: Source, *, progress: Told = _quiet) -> Imported:
    """Say what an import would do; nothing is stored."""
    importing = Importing(conn, source)
    while importing.read_on(progress):
        importing.count()
    return importing.done


def import_codes(
    conn: Connection, source: Source, act: Act, *, all_or_none: bool = False, progress: Told = _quiet
) -> Imported:
    """Import a file at once; with `all_or_none` a single bad line keeps all others out.

    Imported again it makes what is missing by now and leaves the rest as it is.
    """
    code_storing.store_alone(conn)
    with conn.begin_nested() as savepoint:
        importing = Importing(conn, source)
        while importing.read_on(progress):
            importing.store(act)
        done = importing.done
        if all_or_none and done.bad:
            savepoint.rollback()
            return replace(done, created=0, changed=0)
    log(conn, source, done, act)
    return done


def log(conn: Connection, source: Source, done: Imported, act: Act) -> None:
    """Note an import that is over in the log of acts."""
    after: dict[str, object] = {name: getattr(done, name) for name in ("created", "changed", "unchanged")}
    after |= {"bad": done.bad_lines, "file": source.file_name}
    subject = get_coupon(conn, source.coupon_id).name
    audit.record(conn, who=act.who, act="import", noun="code", subject=subject, after=after, now=act.now)


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
    """An import that was begun in an earlier transaction, up to a line, with its batches by occasion."""

    last_line: int
    batches: dict[str, int]
    done: Imported


class Importing:
    """One import, some lines at a time: read on, then count or store what was read."""

    def __init__(self, conn: Connection, source: Source, begun: Begun | None = None) -> None:
        self.batches: dict[str, int] = {} if begun is None else begun.batches
        self.lines = Lines(conn, source.sheet, get_coupon(conn, source.coupon_id), source.zone)
        self._conn = conn
        self._source = source
        self._after_line = 0 if begun is None else begun.last_line
        self._done = Imported(before=imported_before(conn, source)) if begun is None else begun.done
        self._coupon = get_coupon(conn, source.coupon_id)
        self._sorter = Sorter(conn, self._coupon, self.lines, leaves=self._done.before is not None)
        self._rest = iter(self.lines)
        self._read: list[Line] = []
        self._shared: dict[tuple[object, ...], Shared] = {}

    @property
    def done(self) -> Imported:
        """What was done or found so far, bad cells in the order of the lines."""
        return replace(self._done, bad=tuple(sorted(self._done.bad, key=lambda cell: cell.line)))

    def read_on(self, progress: Told = _quiet) -> bool:
        """Read the next lines; False at the end of the file."""
        rows, bad = self.lines.read, len(self.lines.bad)
        self._read = list(islice((line for line in self._rest if line.line > self._after_line), CHUNK))
        more = [cell for cell in self.lines.bad[bad:] if cell.line > self._after_line]
        self._done = self._done.plus(Sorted(bad=more))
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
        counts: dict[int, int] = {}
        rows = []
        for line in lines:
            shared = self._shared.get(line[3:]) or self._share(line, act)
            batch_id = int(str(shared["batch_id"]))
            counts[batch_id] = counts.get(batch_id, 0) + 1
            rows.append((line.spelling, shared))
        if rows:
            code_storing.store(self._conn, rows, now=act.now)
            self._count(counts)

    def _share(self, line: Line, act: Act) -> Shared:
        """Give what this line has in common with others that say the same."""
        values = {name: getattr(line, name, None) for name in SHARED}
        values["coupon_id"] = self._coupon.id
        values["credit"] = credit_of(self._coupon, line.credit)
        values["batch_id"] = self._batch(line.occasion, act)
        self._shared[line[3:]] = values
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

    def _count(self, counts: dict[int, int]) -> None:
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
