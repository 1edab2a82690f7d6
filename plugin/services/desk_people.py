"""A partner's first line, as far as a sponsor may see it: initials, address type, since when, by what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)

from ..domain.eligibility import Bar, was_partner
from ..models import AddressType, Code, Contact, History, HistoryKind
from . import eligibility
from .consents import holds
from .contacts import id_of_ref, id_that_goes_on
from .eligibility import is_partner

PAGE = 25
_since: ColumnElement[datetime] = func.coalesce(Contact.sponsor_at, Contact.created_at)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A contact of the first line. `how` and `code` say by what it came."""

    id: int
    initials: str
    type: AddressType
    since: datetime
    how: str
    code: str | None
    released: bool
    """Whether it lets the sponsor see contact data."""


@dataclass(frozen=True, kw_only=True)
class People:
    """A page of a first line; `after` is the place from which the next page goes on."""

    rows: tuple[Person, ...]
    after: tuple[datetime, int] | None


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Whose desk it is; `ref` is None for one without an account in the shop.

    One who is suspended or has left may look, and makes no new codes.
    """

    id: int
    ref: str | None
    name: str
    locale: str | None
    active: bool

    @property
    def signature(self) -> str:
        """How the audit log names the partner's own acts."""
        return f"partner:{self.ref or self.id}"


def find_partner(conn: Connection, ref: str, *, now: datetime) -> Partner | None:
    """Give who is or was a partner under that customer ref."""
    return _find(conn, Contact.id == id_of_ref(ref), now)


def partner_by_id(conn: Connection, contact_id: int, *, now: datetime) -> Partner | None:
    """Give who is or was a partner, by the contact's id."""
    return _find(conn, Contact.id == id_that_goes_on(contact_id), now)


def _find(conn: Connection, who: ColumnElement[bool], now: datetime) -> Partner | None:
    shown = (Contact.id, Contact.ref, Contact.name, Contact.email, Contact.locale)
    query = select(*shown, *eligibility.columns()).where(who, Contact.erased_at.is_(None))
    row = conn.execute(query).first()
    barred = Bar.NO_PARTNER if row is None else eligibility.bar_of(row, now)
    if row is None or not was_partner(barred):
        return None
    return Partner(
        id=row.id,
        ref=row.ref,
        name=row.name or row.email or row.ref or f"#{row.id}",
        locale=row.locale,
        active=barred is None,
    )


def type_of(now: datetime | BindParameter[datetime]) -> ColumnElement[str]:
    """Give the address type of a contact as SQL."""
    return case((is_partner(now), AddressType.PARTNER.value), (bought(), AddressType.CUSTOMER.value),
                else_=AddressType.PROSPECT.value)  # fmt: skip


def bought() -> ColumnElement[bool]:
    """Say as SQL that a contact has bought."""
    return or_(Contact.first_order_ref.is_not(None), Contact.has_bought)


def count_by_type(conn: Connection, partner: int, *, now: datetime) -> dict[AddressType, int]:
    """Count a first line by address type."""
    kind = type_of(now).label("kind")
    rows = conn.execute(
        select(kind, func.count())
        .where(Contact.sponsor_id == partner, Contact.erased_at.is_(None))
        .group_by(kind)
    )
    counted = {row[0]: row[1] for row in rows}
    return {item: counted.get(item.value, 0) for item in AddressType}


def people(
    conn: Connection,
    partner: int,
    *,
    now: datetime,
    only: AddressType | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> People:
    """Give one page of a first line, the newest first."""
    kind = type_of(now)
    query = (
        select(
            Contact.id,
            Contact.name,
            kind.label("kind"),
            _since.label("since"),
            exists().where(holds(now)).correlate(Contact).label("released"),
        )
        .where(Contact.sponsor_id == partner, Contact.erased_at.is_(None))
        .order_by(_since.desc(), Contact.id.desc())
        .limit(limit + 1)
    )
    if only is not None:
        query = query.where(kind == only.value)
    if after is not None:
        query = query.where(or_(_since < after[0], and_(_since == after[0], Contact.id < after[1])))
    found = conn.execute(query).mappings().all()
    rows = tuple(_persons(conn, found[:limit]))
    more = len(found) > limit
    return People(rows=rows, after=(rows[-1].since, rows[-1].id) if more else None)


def all_people(conn: Connection, partner: int, *, now: datetime) -> Iterator[Person]:
    """Give the whole first line in pages, for a file."""
    after: tuple[datetime, int] | None = None
    while True:
        page = people(conn, partner, now=now, after=after, limit=500)
        yield from page.rows
        after = page.after
        if after is None:
            return


def _persons(conn: Connection, rows: Sequence[RowMapping]) -> Iterator[Person]:
    came = _came_by(conn, [row["id"] for row in rows])
    for row in rows:
        how, code = came.get(row["id"], ("", None))
        yield Person(
            id=row["id"],
            initials=initials(row["name"]),
            type=AddressType(row["kind"]),
            since=row["since"],
            how=how,
            code=code,
            released=bool(row["released"]),
        )


def _came_by(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """Give by what each contact got its sponsor: the last entry counts."""
    if not ids:
        return {}
    rows = conn.execute(
        select(History.contact_id, History.how, Code.display)
        .join(Code, Code.id == History.code_id, isouter=True)
        .where(History.contact_id.in_(ids), History.kind == HistoryKind.SPONSOR.value)
        .order_by(History.id)
    )
    return {row.contact_id: (row.how, row.display) for row in rows}


def initials(name: str | None) -> str:
    """Give the initials of a name ("K. S."); none where there is no name."""
    return " ".join(f"{part[0].upper()}." for part in (name or "").split() if part[0].isalpha())
