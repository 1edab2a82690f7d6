"""How many stand below contacts: first line, whole downline by address type, levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from ..models import AddressType, CommissionTerms, Contact
from ..models.base import UtcDateTime
from .desk_people import bought, type_of
from .eligibility import is_partner
from .terms_rows import in_force

FEWEST_LEVELS = 3
MOST_LEVELS = 10
_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_TOP = aliased(Contact, name="top")
_CHILD = aliased(Contact, name="child")
_there = Contact.erased_at.is_(None)


@dataclass(frozen=True, kw_only=True)
class Below:
    """How many stand below a contact: directly, and in the whole downline by address type."""

    first_line: int = 0
    prospects: int = 0
    customers: int = 0
    partners: int = 0

    @property
    def people(self) -> int:
        """The whole downline."""
        return self.prospects + self.customers + self.partners


@dataclass(frozen=True, kw_only=True)
class Level:
    """How many stand on one level of a downline. `number` is None for all that is deeper."""

    number: int | None
    below: Below


def count_below(conn: Connection, ids: Sequence[int], *, now: datetime) -> dict[int, Below]:
    """Count who stands below each of some contacts, in three statements."""
    asked = {"ids": ids, "now": now}
    first = {row.root: row.people for row in conn.execute(_first_lines(), {"ids": ids})}
    found = {row.id: [int(number) for number in row.people.split()] for row in conn.execute(_whole(), asked)}
    for row in conn.execute(_walked(), asked):
        walked = (row.prospects, row.customers, row.partners)
        found[row.root] = [one + more for one, more in zip(found[row.root], walked, strict=True)]
    return {one: _below(found.get(one, (0, 0, 0)), first.get(one, 0)) for one in ids}


def _below(kinds: Sequence[int], first_line: int = 0) -> Below:
    prospects, customers, partners = kinds
    return Below(first_line=first_line, prospects=prospects, customers=customers, partners=partners)


@cache
def _first_lines() -> Select[Any]:
    root: ColumnElement[Any] = Contact.sponsor_id.expression
    return (
        select(root.label("root"), func.count().label("people")).where(root.in_(_IDS), _there).group_by(root)
    )


def _by_type() -> list[ColumnElement[int]]:
    """Count contacts by address type, in the order of the types.

    By conditions, not by the type as a text: comparing texts would take as long as reading the index.
    """
    partner = is_partner(_NOW)
    kinds = (not_(or_(partner, bought())), and_(bought(), not_(partner)), partner)
    return [
        func.count().filter(kind).label(f"{one.value}s") for one, kind in zip(AddressType, kinds, strict=True)
    ]


@cache
def _whole() -> Select[Any]:
    """Count by path ranges, each contact by itself and all types at once.

    One text holds the counts: of a join the planner would guess a large part of the table for each
    contact, and three subqueries would read everything three times.
    """
    prospects, customers, partners = (cast(number, String) for number in _by_type())
    people = prospects + " " + customers + " " + partners
    below = select(people).where(_in_range(_TOP, Contact), _there)
    counted = below.correlate(_TOP).scalar_subquery()
    asked = [_TOP.id, func.coalesce(counted, "0 0 0").label("people")]
    return select(*asked).where(_TOP.id.in_(_IDS))


@cache
def _walked() -> Select[Any]:
    """Count those whose path has ended: they are walked to from the last one above who has a path."""
    above, found = aliased(Contact, name="above"), aliased(Contact, name="found")
    begins = (
        select(_TOP.id.label("root"), found.id.label("id"))
        .select_from(found)
        .join(above, above.id == found.sponsor_id)
        .join(_TOP, or_(_TOP.id == above.id, _in_range(_TOP, above)))
        .where(found.path.is_(None), _TOP.id.in_(_IDS))
    )
    deep = begins.cte("deep", recursive=True)
    walk = deep.union_all(select(deep.c.root, _CHILD.id).where(_CHILD.sponsor_id == deep.c.id))
    counted = select(walk.c.root, *_by_type()).join(Contact, Contact.id == walk.c.id)
    return counted.where(_there).group_by(walk.c.root)


def _in_range(top: Any, below: Any) -> ColumnElement[bool]:  # noqa: ANN401 - aliases
    """Say that a contact stands below another one, by the paths; see domain.tree.range_below."""
    prefix = top.path + cast(top.id, String)
    return and_(below.path >= prefix + "/", below.path < prefix + "0")


def levels(conn: Connection, top_id: int, whole: Below, *, now: datetime) -> tuple[Level, ...]:
    """Give the levels of a downline by address type, as deep as commissions go.

    What `whole`, the downline, has beside them is given as one more.
    """
    deepest = conn.execute(select(func.max(CommissionTerms.level)).where(in_force(now))).scalar() or 0
    depth = min(max(deepest, FEWEST_LEVELS), MOST_LEVELS)
    rows = conn.execute(_levels(), {"top": top_id, "depth": depth, "now": now})
    counted = [Level(number=row.level, below=_below(row[1:])) for row in rows]
    rest = Below(
        prospects=whole.prospects - sum(level.below.prospects for level in counted),
        customers=whole.customers - sum(level.below.customers for level in counted),
        partners=whole.partners - sum(level.below.partners for level in counted),
    )
    return (*counted, *((Level(number=None, below=rest),) if rest.people else ()))


@cache
def _levels() -> Select[Any]:
    carried = (Contact.id, type_of(_NOW).label("kind"), _there.label("there"))
    down = select(*carried, literal(1).label("level")).where(Contact.sponsor_id == bindparam("top"))
    walk = down.cte("down", recursive=True)
    step = select(*carried, walk.c.level + 1)
    walk = walk.union_all(step.where(Contact.sponsor_id == walk.c.id, walk.c.level < bindparam("depth")))
    counts = (func.count().filter(walk.c.kind == one.value, walk.c.there) for one in AddressType)
    return select(walk.c.level, *counts).group_by(walk.c.level).order_by(walk.c.level)
