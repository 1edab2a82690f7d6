"""A downline as a file: everybody below a contact, or one level, each with what was bought in a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, literal, null, select, true
from sqlalchemy.orm import aliased

from ..domain.tree import range_below
from ..models import AddressType, Consent, Contact
from .consents import holds
from .desk_people import initials, type_of
from .downline_sales import Period, own_sales
from .prospects import columns_let_see

_AT_ONCE = 1000
_CHILD = aliased(Contact, name="child")


@dataclass(frozen=True, kw_only=True)
class Line:
    """Somebody of a downline, once per currency of what was bought; amounts in minor units.

    For a sponsor `name`, `email` and `phone` are only what the contact lets that sponsor see.
    """

    level: int
    initials: str
    name: str | None
    email: str | None
    phone: str | None
    ref: str | None
    sponsor_ref: str | None
    type: AddressType
    since: datetime
    documents: int
    net: int | None
    currency: str | None


def lines(
    conn: Connection,
    top_id: int,
    *,
    period: Period,
    now: datetime,
    level: int | None = None,
    whole: bool = False,
    sponsor_id: int | None = None,
) -> Iterator[Line]:
    """Give those below a contact, of one level or of all.

    `whole` is for the shop's own eyes. Otherwise it is masked but for what a contact lets `sponsor_id` see;
    None: nobody, nothing is let see.
    """
    path = conn.scalar(select(Contact.path).where(Contact.id == top_id))
    for query in _queries(top_id, path, level):
        asked = _whole(query, now) if whole else _masked(query, now, sponsor_id)
        asked = asked.where(Contact.erased_at.is_(None))
        found = conn.execute(asked, execution_options={"yield_per": _AT_ONCE})
        for some in found.partitions():
            yield from _written(conn, some, period)


def consents_let_see(conn: Connection, sponsor_id: int, *, now: datetime) -> Sequence[int]:
    """Give the consents under which a file shows contact data to a sponsor."""
    query = select(Consent.id).join(Contact, holds(now)).where(Contact.sponsor_id == sponsor_id)
    return conn.execute(query).scalars().all()


def _queries(top_id: int, path: str | None, level: int | None) -> Iterator[Select[Any]]:
    """Ask by the range of paths, and by walking for those whose path has ended; each with `level`."""
    above = aliased(Contact, name="above")
    begins = select(Contact.id, literal(1).label("level")).where(Contact.sponsor_id == top_id)
    if path is not None:
        lower, upper = range_below(path, top_id)
        base = lower.count("/")
        depth = _slashes(Contact.path) - base + 1
        inside = select(depth.label("level")).where(Contact.path >= lower, Contact.path < upper)
        inside = inside.order_by(Contact.path, Contact.id)
        yield inside if level is None else inside.where(depth == level)
        begins = (
            select(Contact.id, (_slashes(above.path) - base + 2).label("level"))
            .join(above, above.id == Contact.sponsor_id)
            .where(Contact.path.is_(None))
            .where(and_(above.path >= lower, above.path < upper) | (above.id == top_id))
        )
    down = begins.cte("walked", recursive=True)
    walk = down.union_all(select(_CHILD.id, down.c.level + 1).where(_CHILD.sponsor_id == down.c.id))
    walked = select(walk.c.level).join_from(walk, Contact, Contact.id == walk.c.id)
    walked = walked.order_by(walk.c.level, Contact.id)
    yield walked if level is None else walked.where(walk.c.level == level)


def _slashes(path: Any) -> ColumnElement[int]:  # noqa: ANN401 - a column
    return func.length(path) - func.length(func.replace(path, "/", ""))


def _common(now: datetime) -> tuple[ColumnElement[Any], ...]:
    since = func.coalesce(Contact.sponsor_at, Contact.created_at).label("since")
    return Contact.id.expression, Contact.name.expression, type_of(now).label("kind"), since


def _whole(query: Select[Any], now: datetime) -> Select[Any]:
    sponsor = aliased(Contact, name="sponsor")
    sponsor_ref = select(sponsor.ref).where(sponsor.id == Contact.sponsor_id).scalar_subquery()
    told = (Contact.email, Contact.phone, Contact.ref, sponsor_ref.label("sponsor_ref"), true().label("seen"))
    return query.add_columns(*_common(now), *told)


def _masked(query: Select[Any], now: datetime, sponsor_id: int | None) -> Select[Any]:
    """Ask for what is let see; nothing else leaves the database but the name, for its initials."""
    none = (null().label("ref"), null().label("sponsor_ref"))
    told = (*columns_let_see(), *none, Consent.id.is_not(None).label("seen"))
    mine = and_(holds(now), Consent.sponsor_id == sponsor_id)
    return query.add_columns(*_common(now), *told).join(Consent, mine, isouter=True)


def _written(conn: Connection, some: Sequence[Row[Any]], period: Period) -> Iterator[Line]:
    bought: Mapping[int, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(own_sales([row.id for row in some], period)):
        bought[row.contact_id].append(row)
    for row in some:
        for sold in bought.get(row.id, [None]):
            yield _line(row, sold)


def _line(row: Row[Any], sold: Row[Any] | None) -> Line:
    return Line(
        level=row.level,
        initials=initials(row.name),
        name=row.name if row.seen else None,
        email=row.email,
        phone=row.phone,
        ref=row.ref,
        sponsor_ref=row.sponsor_ref,
        type=AddressType(row.kind),
        since=row.since,
        documents=0 if sold is None else sold.documents,
        net=None if sold is None else int(sold.net),
        currency=None if sold is None else sold.currency,
    )
