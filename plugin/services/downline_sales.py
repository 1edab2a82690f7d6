"""What the lines of a downline bought in a period, and what a partner earned from each of them.

A sale counts once commissions were taken of it: its net is what takes part, as far as it is paid and kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ..domain.tree import range_below
from ..models import Accrual, Contact, Document
from ..models.base import Path, UtcDateTime

_FIND = {"postgresql": "strpos"}
"""What finds a sign in a text, where it is not called instr."""
_CHILD = aliased(Contact, name="child")


def _inline(value: object, type_: Any) -> BindParameter[Any]:  # noqa: ANN401 - a type of a column
    """Let a bound stand in the statement itself.

    Of a parameter a stored plan guesses a few rows, and looks each of a hundred thousand up by itself.
    """
    return bindparam(None, value, type_, literal_execute=True)


@dataclass(frozen=True, kw_only=True)
class Period:
    """From `begins` to before `ends`; None: no bound. A sale falls into the moment its terms were frozen."""

    begins: datetime | None = None
    ends: datetime | None = None

    def holds(self) -> list[ColumnElement[bool]]:
        """Say as SQL that a document counts in the period."""
        at = Document.credited_at
        begun = [] if self.begins is None else [at >= _inline(self.begins, UtcDateTime)]
        ended = [] if self.ends is None else [at < _inline(self.ends, UtcDateTime)]
        return [Document.own_sales > 0, *begun, *ended]


@dataclass(frozen=True, kw_only=True)
class Sales:
    """Orders and independent invoices, and their net per currency in minor units."""

    documents: int = 0
    net: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LineSales:
    """What a contact bought itself, what all below it bought, and what was earned of both, per currency."""

    own: Sales
    below: Sales
    earned: Mapping[str, int] = field(default_factory=dict)


class _Sum:
    """Sales and earnings of one line while they are added up."""

    def __init__(self) -> None:
        self.documents = {True: 0, False: 0}
        self.net: dict[bool, dict[str, int]] = {True: defaultdict(int), False: defaultdict(int)}
        self.earned: dict[str, int] = defaultdict(int)

    def sold(self, row: Row[Any]) -> None:
        self.documents[bool(row.own)] += row.documents
        self.net[bool(row.own)][row.currency] += int(row.net)

    def take_in(self, line: _Sum) -> None:
        """Add a whole line to what stands below."""
        for own in (True, False):
            self.documents[False] += line.documents[own]
            for currency, amount in line.net[own].items():
                self.net[False][currency] += amount
        for currency, amount in line.earned.items():
            self.earned[currency] += amount

    def done(self) -> LineSales:
        own, below = (Sales(documents=self.documents[one], net=dict(self.net[one])) for one in (True, False))
        return LineSales(own=own, below=below, earned=dict(self.earned))


@dataclass(frozen=True, kw_only=True)
class _Line:
    """Contacts by the shown one they are, or stand below: `key` is NULL for those of others."""

    contact_id: ColumnElement[int]
    key: ColumnElement[int]
    own: ColumnElement[Any]
    where: ColumnElement[bool]


def line_sales(
    conn: Connection, shown: Sequence[int], period: Period, *, opened: int | None, earner: int | None
) -> dict[int, LineSales]:
    """Give what the lines of `shown` sold in a period, in a bounded number of statements.

    They stand directly below `opened`, whose whole downline is given too; None: they have nobody above.
    `earner` is whose earnings are given; None: of each line those of the one on its top.
    """
    sums: dict[int | None, _Sum] = defaultdict(_Sum)
    for line in _lines(conn, shown, opened):
        for row in conn.execute(_sold(line, period)):
            sums[row.key].sold(row)
        for row in conn.execute(_earned(line, period, earner)):
            sums[row.key].earned[row.currency] += int(row.earned)
    found = {one: sums[one].done() for one in shown}
    return found if opened is None else found | {opened: _whole(conn, opened, sums, period)}


def _whole(conn: Connection, opened: int, sums: Mapping[int | None, _Sum], period: Period) -> LineSales:
    whole = _Sum()
    for one in sums.values():
        whole.take_in(one)
    for row in conn.execute(own_sales([opened], period)):
        whole.sold(row)
    return whole.done()


def own_sales(ids: Sequence[int], period: Period) -> Select[Any]:
    """Ask what contacts bought themselves, by contact and currency."""
    asked: list[ColumnElement[Any]] = [Document.contact_id.label("contact_id"), literal(1).label("own")]
    asked.append(Document.currency.expression)
    return (
        select(*asked, *_summed())
        .where(Document.contact_id.in_(ids), *period.holds())
        .group_by(Document.contact_id, Document.currency)
    )


def _summed() -> tuple[ColumnElement[Any], ...]:
    return func.count().label("documents"), func.sum(Document.own_sales).label("net")


def _sold(line: _Line, period: Period) -> Select[Any]:
    asked = (line.key.label("key"), line.own.label("own"))
    return (
        select(*asked, Document.currency, *_summed())
        .where(Document.contact_id == line.contact_id, line.where, *period.holds())
        .group_by("key", "own", Document.currency)
    )


def _earned(line: _Line, period: Period, earner: int | None) -> Select[Any]:
    amount = func.sum(Accrual.amount - Accrual.reversed)
    asked: list[ColumnElement[Any]] = [line.key.label("key"), Accrual.currency.expression]
    return (
        select(*asked, amount.label("earned"))
        .join(Document, Document.id == Accrual.document_id)
        .where(Document.contact_id == line.contact_id, line.where, *period.holds())
        .where(Accrual.partner_id == (line.key if earner is None else earner))
        .group_by("key", Accrual.currency)
    )


def _lines(conn: Connection, shown: Sequence[int], opened: int | None) -> Iterator[_Line]:
    """Give the downline by paths, and beside it those whose path has ended, where there are any."""
    path = "" if opened is None else conn.scalar(select(Contact.path).where(Contact.id == opened))
    if path is not None:
        prefix = "" if opened is None else range_below(path, opened)[0]
        yield _by_path(conn, shown, prefix)
    if conn.scalar(select(exists().where(Contact.path.is_(None)))):
        yield _walked(conn, shown, opened, path)


def _by_path(conn: Connection, shown: Sequence[int], prefix: str) -> _Line:
    own = Contact.path == prefix
    key = case((own, Contact.id), else_=_next_step(conn, Contact.path, prefix))
    return _Line(
        contact_id=Contact.id.expression,
        key=case((key.in_(shown), key)),
        own=case((own, 1), else_=0),
        where=_within(Contact.path, prefix),
    )


def _within(path: InstrumentedAttribute[str | None], prefix: str) -> ColumnElement[bool]:
    """Say that a path is one of those below a contact; see domain.tree.range_below."""
    if not prefix:
        return path.is_not(None)
    return and_(path >= _inline(prefix, Path), path < _inline(f"{prefix[:-1]}0", Path))


def _next_step(conn: Connection, path: Any, prefix: str) -> ColumnElement[int]:  # noqa: ANN401 - a column
    """Give the id that stands in a path right behind its beginning."""
    rest = func.substr(path, len(prefix) + 1)
    found = getattr(func, _FIND.get(conn.dialect.name, "instr"))(rest, "/")
    return cast(func.substr(rest, 1, found - 1), BigInteger)


def _walked(conn: Connection, shown: Sequence[int], opened: int | None, path: str | None) -> _Line:
    """Walk to those whose path has ended, from the last one above who has a path."""
    found, above = aliased(Contact, name="found"), aliased(Contact, name="above")
    if path is None:
        begins = select(found.id.label("key"), found.id.label("id")).where(found.sponsor_id == opened)
    else:
        prefix = "" if opened is None else range_below(path, opened)[0]
        step = _next_step(conn, above.path, prefix)
        key = case((above.id == opened, found.id), (above.path == prefix, above.id), else_=step)
        begins = (
            select(key.label("key"), found.id.label("id"))
            .join_from(found, above, above.id == found.sponsor_id)
            .where(found.path.is_(None), _within(above.path, prefix) | (above.id == opened))
        )
    down = begins.cte("walked", recursive=True)
    walk = down.union_all(select(down.c.key, _CHILD.id).where(_CHILD.sponsor_id == down.c.id))
    return _Line(
        contact_id=walk.c.id,
        key=case((walk.c.key.in_(shown), walk.c.key)),
        own=case((walk.c.key == walk.c.id, 1), else_=0),
        where=true(),
    )
