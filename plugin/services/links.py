"""Links of partners: made, found by their tracking ids or hosts, listed with their figures."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, func, or_, select

from ..domain import tracking
from ..domain.codes import ALPHABET, canonical
from ..models import (
    ClickDay,
    Code,
    Contact,
    Document,
    DocumentKind,
    DocumentState,
    History,
    HistoryKind,
    LandingPage,
    Link,
    Product,
    TouchSource,
)
from ..models.base import insert_for_id
from . import audit, contacts, counter_hosts, eligibility
from .mistakes import BadLink, NoPartner, TooManyLinks

MOST_LINKS = 200
"""So many links one partner may have."""
LONGEST_LABEL = 100
_LINK = Link.__table__
_CONTACT = Contact.__table__
_PAGE = LandingPage.__table__
_DAY = ClickDay.__table__


@dataclass(frozen=True, kw_only=True)
class Way:
    """A link that was found: whose it is, and where it leads; `path` is "" for the start of the shop."""

    link_id: int
    partner_id: int
    path: str
    is_host: bool = False
    tracking_id: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnLink:
    """A link of a partner with what it brought: clicks, visitors, who joined the first line by it.

    `orders` and `sales` (minor units per currency, as charged) are those of whoever joined by it.
    """

    id: int
    tracking_id: str
    path: str
    label: str
    is_host: bool
    title: str
    clicks: int
    visitors: int
    lately: int
    joined: int
    orders: int
    sales: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that partners may link to; `product` names its product, "" for one of the whole shop."""

    id: int
    path: str
    title: str
    product: str


def pages(conn: Connection) -> tuple[Page, ...]:
    """Give the landing pages of the shop and of products shown in the desk, in the order of their names."""
    rows = conn.execute(
        select(
            LandingPage.id, LandingPage.path, LandingPage.title, Product.title.label("product"), Product.ref
        )
        .join(Product, Product.ref == LandingPage.product_ref, isouter=True)
        .where(LandingPage.listed, or_(LandingPage.product_ref.is_(None), Product.shown_in_desk))
        .order_by(Product.title, LandingPage.title, LandingPage.id)
    )
    return tuple(
        Page(id=row.id, path=row.path, title=row.title, product=row.product or row.ref or "") for row in rows
    )


def checked_path(conn: Connection, text: str) -> str:
    """Give the path of a page of the shop, or the address of one on a host with the counter; else BadLink."""
    path = text.strip()
    if path and not (path.isprintable() and len(path) <= tracking.LONGEST_PATH and _is_ours(conn, path)):
        raise BadLink("A link leads to a page of this shop: give its path, such as /balm.")
    return "" if path == "/" else path


def _is_ours(conn: Connection, path: str) -> bool:
    if "\\" in path or path.startswith("//"):
        return False
    return path.startswith("/") or counter_hosts.is_listed(conn, tracking.origin_of(path))


def make_link(
    conn: Connection, partner_id: int, *, path: str, label: str = "", who: str, now: datetime
) -> int:
    """Give the id of the partner's link to a page with a label, made now where there is none."""
    _check_partner(conn, partner_id, now)
    path, label = checked_path(conn, path), label.strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise BadLink(f"A note has at most {LONGEST_LABEL} characters.")
    known = _find(conn, partner_id, path, label, is_host=False)
    if known is not None:
        return known
    count = select(func.count()).where(_LINK.c.partner_id == partner_id, ~_LINK.c.is_host)
    if conn.execute(count).scalar_one() >= MOST_LINKS:
        raise TooManyLinks(f"A partner has at most {MOST_LINKS} links.")
    made = _insert(conn, partner_id, path, label, is_host=False, now=now)
    values = {"partner_id": partner_id, "path": path, "label": label}
    audit.record(conn, who=who, act="create", noun="link", subject=str(made), after=values, now=now)
    return made


def _check_partner(conn: Connection, partner_id: int, now: datetime) -> None:
    # Locked, so that two links made at once do not pass the limit together.
    query = select(*eligibility.columns()).where(_CONTACT.c.id == partner_id)
    row = conn.execute(query.with_for_update(key_share=True)).first()
    if row is None or eligibility.bar_of(row, now) is not None:
        raise NoPartner("Only an active partner makes links.")


def _find(conn: Connection, partner_id: int, path: str, label: str, *, is_host: bool) -> int | None:
    same = (_LINK.c.partner_id == partner_id, _LINK.c.path == path, _LINK.c.label == label)
    return conn.execute(select(_LINK.c.id).where(*same, _LINK.c.is_host.is_(is_host))).scalar()


def _insert(conn: Connection, partner_id: int, path: str, label: str, *, is_host: bool, now: datetime) -> int:
    values: dict[str, object] = {
        "partner_id": partner_id, "path": path, "label": label, "is_host": is_host, "created_at": now,
    }  # fmt: skip
    statement = insert_for_id(_LINK, conn.dialect.name)
    while True:
        made: int | None = conn.execute(statement, {**values, "tracking_id": _draw()}).scalar()
        # Nothing: the id is taken, by chance, or another process has made the same link just now.
        found = made or _find(conn, partner_id, path, label, is_host=is_host)
        if found is not None:
            return found


def _draw() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(tracking.ID_LENGTH))


def by_tracking_id(conn: Connection, text: str, *, now: datetime) -> Way | None:
    """Give the link of an active partner with this tracking id, or None."""
    tracking_id = tracking.tracking_id(text)
    if tracking_id is None:
        return None
    query = select(_LINK, *eligibility.columns()).join(_CONTACT, _CONTACT.c.id == _LINK.c.partner_id)
    row = conn.execute(query.where(_LINK.c.tracking_id == tracking_id)).one_or_none()
    return None if row is None or eligibility.bar_of(row, now) is not None else _way(row)


def by_host(conn: Connection, host: str, hosts: Mapping[str, str], *, now: datetime) -> Way | None:
    """Give the link that stands for a host of an active partner, made at the first visit; None: nobody's."""
    owner = tracking.owner_by_host(host, hosts)
    if owner is None:
        return None
    partner_id = _owner(conn, *owner, now)
    if partner_id is None:
        return None
    label = _host_label(host)
    link_id = _find(conn, partner_id, "", label, is_host=True)
    if link_id is None:
        link_id = _insert(conn, partner_id, "", label, is_host=True, now=now)
    return Way(link_id=link_id, partner_id=partner_id, path="", is_host=True)


def of_host(conn: Connection, host: str, hosts: Mapping[str, str], *, now: datetime) -> int | None:
    """Give the id of the link that stands for a host, where it was visited before; writes nothing."""
    owner = tracking.owner_by_host(host, hosts)
    partner_id = None if owner is None else _owner(conn, *owner, now)
    return None if partner_id is None else _find(conn, partner_id, "", _host_label(host), is_host=True)


def by_id(conn: Connection, link_id: int, *, now: datetime) -> Way | None:
    """Give a link of an active partner, or None."""
    query = select(_LINK).join(_CONTACT, _CONTACT.c.id == _LINK.c.partner_id)
    row = conn.execute(query.where(_LINK.c.id == link_id).add_columns(*eligibility.columns())).one_or_none()
    return None if row is None or eligibility.bar_of(row, now) is not None else _way(row)


def _host_label(host: str) -> str:
    return host.lower().rstrip(".")[:255]


def _owner(conn: Connection, name: str, is_code: bool, now: datetime) -> int | None:
    query = select(_CONTACT.c.id, *eligibility.columns())
    if is_code:
        code = Code.__table__
        query = query.join(code, code.c.owner_id == _CONTACT.c.id).where(code.c.key == canonical(name))
    else:
        query = query.where(_CONTACT.c.id == contacts.id_of_ref(name))
    row = conn.execute(query).first()
    return None if row is None or eligibility.bar_of(row, now) is not None else int(row.id)


def _way(row: Row[Any]) -> Way:
    return Way(
        link_id=row.id,
        partner_id=row.partner_id,
        path=row.path,
        is_host=row.is_host,
        tracking_id=row.tracking_id,
    )


def own_links(conn: Connection, partner_id: int, *, today: date, days: int = 30) -> Sequence[OwnLink]:
    """Give all links of a partner with their figures, the newest first; `lately` are clicks of some days."""
    late = case((_DAY.c.day > today - timedelta(days=days), _DAY.c.clicks), else_=0)
    rows = conn.execute(
        select(
            _LINK,
            func.max(func.coalesce(_PAGE.c.title, "")).label("title"),
            func.coalesce(func.sum(_DAY.c.clicks), 0).label("clicks"),
            func.coalesce(func.sum(_DAY.c.visitors), 0).label("visitors"),
            func.coalesce(func.sum(late), 0).label("lately"),
        )
        .outerjoin_from(_LINK, _DAY, _DAY.c.link_id == _LINK.c.id)
        .outerjoin(_PAGE, _PAGE.c.path == _LINK.c.path)
        .where(_LINK.c.partner_id == partner_id)
        .group_by(_LINK.c.id)
        .order_by(_LINK.c.id.desc())
    )
    joined, brought = _joined(conn, partner_id), _brought(conn, partner_id)
    return tuple(
        OwnLink(
            joined=joined.get(_how_named(row), 0),
            orders=brought.get(_how_named(row), _NOTHING)[0],
            sales=brought.get(_how_named(row), _NOTHING)[1],
            id=row.id,
            tracking_id=row.tracking_id,
            path=row.path,
            label=row.label,
            is_host=row.is_host,
            title=row.title,
            clicks=int(row.clicks),
            visitors=int(row.visitors),
            lately=int(row.lately),
        )
        for row in rows
    )


_NOTHING: tuple[int, Mapping[str, int]] = (0, {})


def _how_named(row: Row[Any]) -> str:
    """Name a link as the history of those who joined by it does."""
    return str(row.label if row.is_host else row.tracking_id)[:64]


def _brought(conn: Connection, partner_id: int) -> dict[str, tuple[int, Mapping[str, int]]]:
    """Give orders and sales of those who joined a partner's first line by each link or host."""
    joined = (
        select(History.contact_id, History.after)
        .where(
            History.partner_id == partner_id,
            History.kind == HistoryKind.SPONSOR.value,
            History.how.in_([source.value for source in TouchSource]),
        )
        .distinct()
        .subquery()
    )
    query = (
        select(joined.c.after, Document.currency, func.count(), func.sum(Document.total))
        .join_from(joined, Document, Document.contact_id == joined.c.contact_id)
        .where(
            Document.partner_id == partner_id,
            Document.kind == DocumentKind.ORDER.value,
            Document.state == DocumentState.OPEN.value,
        )
        .group_by(joined.c.after, Document.currency)
    )
    found: dict[str, tuple[int, Mapping[str, int]]] = {}
    for by, currency, count, total in conn.execute(query):
        orders, sales = found.get(str(by), _NOTHING)
        found[str(by)] = (orders + int(count), {**sales, currency: int(total)})
    return found


def _joined(conn: Connection, partner_id: int) -> dict[str, int]:
    """Count who stands in a partner's first line by each link or host."""
    query = (
        select(History.after, func.count(func.distinct(History.contact_id)))
        .join(Contact, Contact.id == History.contact_id)
        .where(
            Contact.sponsor_id == partner_id,
            History.partner_id == partner_id,
            History.kind == HistoryKind.SPONSOR.value,
            History.how.in_([source.value for source in TouchSource]),
        )
        .group_by(History.after)
    )
    return {str(by): int(count) for by, count in conn.execute(query)}
