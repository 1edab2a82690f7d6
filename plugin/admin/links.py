"""Links of partners with what each brought: clicks, visitors, sign-ups, orders, sales."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.tracking import tracking_id
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import (
    ClickDay,
    Contact,
    Document,
    DocumentKind,
    DocumentState,
    History,
    HistoryKind,
    Link,
    TouchSource,
)
from ..services.listing import AnyRow, Query
from .common_filters import made_between, person
from .edge import settings
from .nouns import Column, Filter, FilterKind, Kind, Money, Noun, Scope
from .show import contact_link, contact_name, name_of, to

_PARTNER = aliased(Contact, name="Partner")
_NAME = func.substr(case((Link.is_host, Link.label), else_=Link.tracking_id), 1, 64)
_BY_IT = and_(
    History.kind == HistoryKind.SPONSOR.value,
    History.how.in_([source.value for source in TouchSource]),
    History.partner_id == Link.partner_id,
    History.after == _NAME,
)


def _days(column: Any) -> Any:  # noqa: ANN401 - SQL
    query = select(func.coalesce(func.sum(column), 0)).where(ClickDay.link_id == Link.id)
    return query.correlate(Link).scalar_subquery()


def _orders(figure: Any) -> Any:  # noqa: ANN401 - SQL
    people = select(History.contact_id).where(_BY_IT).correlate(Link)
    return (
        select(figure)
        .where(
            Document.partner_id == Link.partner_id,
            Document.kind == DocumentKind.ORDER.value,
            Document.state == DocumentState.OPEN.value,
            Document.contact_id.in_(people),
        )
        .correlate(Link)
        .scalar_subquery()
    )


def _statement() -> Query:
    joined = (
        select(func.count(func.distinct(History.contact_id)))
        .join(Contact, Contact.id == History.contact_id)
        .where(_BY_IT, Contact.sponsor_id == Link.partner_id)
        .correlate(Link)
        .scalar_subquery()
    )
    own = case((Document.currency == settings().currency, Document.total), else_=0)
    return select(
        Link,
        _PARTNER,
        _days(ClickDay.clicks).label("clicks"),
        _days(ClickDay.visitors).label("visitors"),
        joined.label("joined"),
        _orders(func.count()).label("orders"),
        _orders(func.coalesce(func.sum(own), 0)).label("sales"),
    ).join(_PARTNER, _PARTNER.id == Link.partner_id)


def _page(row: AnyRow) -> str:
    if row.Link.is_host:
        return _("Own address")
    return row.Link.path or _("Start of the shop")


def _search(text: str) -> ColumnElement[bool]:
    found = [
        _PARTNER.name.icontains(text, autoescape=True),
        Link.label.icontains(text, autoescape=True),
        Link.path.startswith(text, autoescape=True),
    ]
    wanted = tracking_id(text)
    return or_(*found, Link.tracking_id == wanted) if wanted is not None else or_(*found)


def _partner_label(session: Session, contact_id: int) -> str | None:
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


NOUN = Noun(
    name="links",
    title=_l("Links"),
    lead=_l(
        "Links of partners with what each brought. Orders and sales are those of people who joined the "
        "partner's first line by the link."
    ),
    icon="link",
    statement=_statement,
    keys=(Link.id.expression,),
    key=lambda row: str(row.Link.id),
    columns=(
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Partner),
            href=lambda row: contact_link(row.Partner),
            sort=name_of(_PARTNER.name.expression),
        ),
        Column(
            name="path",
            label=_l("Leads to"),
            value=_page,
            sub=lambda row: row.Link.label or row.Link.tracking_id.lower(),
            sort=Link.path.expression,
        ),
        Column(
            name="clicks",
            label=_l("Clicks"),
            kind=Kind.COUNT,
            value=lambda row: int(row.clicks),
            href=lambda row: to("touches", link=row.Link.id),
        ),
        Column(name="visitors", label=_l("Visitors"), kind=Kind.COUNT, value=lambda row: int(row.visitors)),
        Column(name="joined", label=_l("Joined"), kind=Kind.COUNT, value=lambda row: int(row.joined)),
        Column(name="orders", label=_l("Orders"), kind=Kind.COUNT, value=lambda row: int(row.orders)),
        Column(
            name="sales",
            label=_l("Sales"),
            kind=Kind.MONEY,
            value=lambda row: Money(int(row.sales), settings().currency),
        ),
        Column(
            name="made",
            label=_l("Made"),
            kind=Kind.DATE,
            value=lambda row: row.Link.created_at,
            sort=Link.created_at.expression,
        ),
    ),
    sort="-made",
    search=_search,
    search_hint=_l("Partner, page, note or tracking id"),
    filters=(
        Filter(name="by", label=_l("Partner"), kind=FilterKind.TEXT, where=person(_PARTNER), rare=True),
        *made_between(Link.created_at),
    ),
    scopes=(Scope(name="partner", where=lambda wanted: Link.partner_id == wanted, label=_partner_label),),
    empty=_l("Here stand the links that partners make in their desk."),
)
