"""Find people of a downline by name, e-mail or customer number, as far as the one who asks may see these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select

from ..domain.person import email_key
from ..domain.tree import range_below
from ..models import AddressType, Consent, Contact
from .consents import holds
from .desk_people import type_of
from .prospects import columns_let_see
from .sponsors import upline_ids

PAGE = 25
LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Somebody who was found; to a sponsor only what the contact lets see, by `consent_id`."""

    id: int
    name: str | None
    email: str | None
    phone: str | None
    ref: str | None
    type: AddressType
    consent_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hits:
    """A page of those found, the newest first; `after` begins the next one."""

    rows: tuple[Hit, ...]
    after: int | None


def by_sponsor(
    conn: Connection,
    sponsor_id: int,
    text: str,
    *,
    now: datetime,
    after: int | None = None,
    limit: int = PAGE,
) -> Hits:
    """Find those of the own first line who let the sponsor see what was typed: the name, or the e-mail.

    What is not let see is not compared, so that a search cannot be used to guess it. Customer numbers are
    never let see, and whoever stands deeper lets only the own sponsor see anything.
    """
    if not text:
        return Hits(rows=(), after=None)
    email = and_(Consent.email, Contact.email.icontains(text, autoescape=True))
    seen = (Contact.name, *columns_let_see(), Consent.id.label("consent_id"))
    query = (
        select(Contact.id, *seen, type_of(now).label("kind"))
        .join(Consent, holds(now))
        .where(Contact.sponsor_id == sponsor_id)
        .where(or_(Contact.name.icontains(text, autoescape=True), email))
    )
    found = conn.execute(_page(query, after, limit)).all()
    return _hits([_let_see(row) for row in found], limit)


def _let_see(row: Row[Any]) -> Hit:
    return Hit(
        id=row.id, name=row.name, email=row.email, phone=row.phone, ref=None,
        type=AddressType(row.kind), consent_id=row.consent_id,
    )  # fmt: skip


def by_shop(
    conn: Connection,
    text: str,
    *,
    now: datetime,
    top_id: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> Hits:
    """Find contacts by customer number or e-mail, else by a part of the name; `top_id`: those below it."""
    if not text:
        return Hits(rows=(), after=None)
    exact = [Contact.ref == text, *([Contact.email_key == email_key(text)] if "@" in text else [])]
    named = Contact.name.icontains(text, autoescape=True)
    for wanted in (or_(*exact), named):
        hits = _found(conn, wanted, now, top_id, after, limit)
        if hits.rows:
            return hits
    return Hits(rows=(), after=None)


def _found(
    conn: Connection,
    wanted: ColumnElement[bool],
    now: datetime,
    top_id: int | None,
    after: int | None,
    limit: int,
) -> Hits:
    known = (Contact.id, Contact.name, Contact.email, Contact.phone, Contact.ref, Contact.path)
    shown: list[ColumnElement[Any]] = [*(one.expression for one in known), type_of(now).label("kind")]
    query = select(*shown).where(wanted, Contact.erased_at.is_(None))
    if top_id is not None:
        query = query.where(_below(conn, top_id))
    rows = conn.execute(_page(query, after, limit)).all()
    hits = _hits([_whole(row) for row in rows], limit)
    apart = {row.id for row in rows if row.path is None and top_id is not None}
    kept = tuple(one for one in hits.rows if one.id not in apart or top_id in upline_ids(conn, one.id)[1:])
    return Hits(rows=kept, after=hits.after)


def _below(conn: Connection, top_id: int) -> ColumnElement[bool]:
    """Say that somebody may stand below; of those without a path only the way up can say it."""
    path = conn.scalar(select(Contact.path).where(Contact.id == top_id))
    ended = Contact.path.is_(None)
    if path is None:
        return ended
    lower, upper = range_below(path, top_id)
    return or_(and_(Contact.path >= lower, Contact.path < upper), ended)


def _page(query: Select[Any], after: int | None, limit: int) -> Select[Any]:
    if after is not None:
        query = query.where(Contact.id < after)
    return query.order_by(Contact.id.desc()).limit(limit + 1)


def _whole(row: Row[Any]) -> Hit:
    return Hit(
        id=row.id, name=row.name, email=row.email, phone=row.phone, ref=row.ref, type=AddressType(row.kind)
    )


def _hits(found: Sequence[Hit], limit: int) -> Hits:
    return Hits(rows=tuple(found[:limit]), after=found[limit - 1].id if len(found) > limit else None)
