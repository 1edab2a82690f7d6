"""Touches: each click on a partner's link with its evidence, as long as it is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.tracking import tracking_id
from ..i18n import lazy_gettext as _l
from ..models import Contact, Link, Touch, TouchSource
from ..services.listing import AnyRow, Query
from .common_filters import made_between, person
from .nouns import Column, Filter, FilterKind, Kind, Noun, Scope, State
from .show import contact_link, contact_name, name_of

_PARTNER = aliased(Contact, name="Partner")
_SOURCES = {
    TouchSource.LINK.value: _l("link"),
    TouchSource.HOST.value: _l("partner's own address"),
    TouchSource.COUNTER.value: _l("counter"),
}


def _statement() -> Query:
    return (
        select(Touch, Link, _PARTNER, Contact)
        .join(Link, Link.id == Touch.link_id)
        .join(_PARTNER, _PARTNER.id == Touch.partner_id)
        .join(Contact, Contact.id == Touch.contact_id, isouter=True)
    )


def _who(row: AnyRow) -> str:
    """Name who clicked, as far as that is known."""
    if row.Contact is not None:
        return contact_name(row.Contact)
    return str(_l("a visitor who agreed") if row.Touch.visitor is not None else _l("somebody"))


def _campaign(row: AnyRow) -> str:
    return " · ".join(row.Touch.utm.values())


def _counted(row: AnyRow) -> State:
    if row.Touch.once is None:
        return State("off", str(_l("repeat, not counted")))
    return State("ok", str(_l("counted")))


def _by_source(choice: str, now: datetime) -> ColumnElement[bool]:
    return Touch.source == choice


def _by_counted(choice: str, now: datetime) -> ColumnElement[bool]:
    return Touch.once.is_not(None) if choice == "yes" else Touch.once.is_(None)


def _search(text: str) -> ColumnElement[bool]:
    found = [
        _PARTNER.name.icontains(text, autoescape=True),
        Contact.name.icontains(text, autoescape=True),
        Touch.path.startswith(text, autoescape=True),
        Link.label.icontains(text, autoescape=True),
    ]
    wanted = tracking_id(text)
    return or_(*found, Link.tracking_id == wanted) if wanted is not None else or_(*found)


def _contact_label(session: Session, contact_id: int) -> str | None:
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


NOUN = Noun(
    name="touches",
    title=_l("Touches"),
    lead=_l(
        "Clicks on the links of partners, with their evidence. After some time only the figures per day stay."
    ),
    icon="share",
    statement=_statement,
    keys=(Touch.id.expression,),
    key=lambda row: str(row.Touch.id),
    columns=(
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Partner),
            href=lambda row: contact_link(row.Partner),
            sort=name_of(_PARTNER.name.expression),
        ),
        Column(
            name="source",
            label=_l("Came by"),
            value=lambda row: str(_SOURCES[row.Touch.source]),
            sub=lambda row: row.Link.label or row.Link.tracking_id.lower(),
        ),
        Column(name="path", label=_l("Page"), value=lambda row: row.Touch.path, sub=_campaign),
        Column(name="from", label=_l("From"), value=lambda row: row.Touch.referrer_host or ""),
        Column(
            name="who",
            label=_l("Who"),
            value=_who,
            href=lambda row: contact_link(row.Contact),
            sub=lambda row: row.Touch.network or "",
        ),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Touch.at,
            sort=Touch.at.expression,
        ),
        Column(name="counted", label=_l("Counted"), kind=Kind.STATE, value=_counted, place="corner"),
    ),
    sort="-at",
    search=_search,
    search_hint=_l("Partner, person, page or link"),
    filters=(
        Filter(name="source", label=_l("Came by"), where=_by_source, choices=tuple(_SOURCES.items())),
        Filter(
            name="counted",
            label=_l("Counted"),
            where=_by_counted,
            choices=(("yes", _l("counted")), ("no", _l("repeat, not counted"))),
        ),
        Filter(name="by", label=_l("Partner"), kind=FilterKind.TEXT, where=person(_PARTNER), rare=True),
        *made_between(Touch.at),
    ),
    scopes=(
        Scope(name="of", where=lambda wanted: Touch.contact_id == wanted, label=_contact_label),
        Scope(name="partner", where=lambda wanted: Touch.partner_id == wanted, label=_contact_label),
    ),
    empty=_l("Here stands each click on a partner's link, as soon as the first one is followed."),
)
