"""Touches: the evidence that people came through partners: clicks, codes, sign-ups, acts of admins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from ..domain.tracking import tracking_id
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Code, Contact, History, HistoryKind, Link, Touch, TouchSource
from ..services.listing import AnyRow, Query
from .common_filters import made_between, person
from .nouns import Column, Filter, FilterKind, Kind, Noun, Scope, State
from .reason_words import reason_name
from .show import contact_link, contact_name, name_of

_PARTNER = aliased(Contact, name="Partner")
_SOURCES = {
    TouchSource.LINK.value: _l("link"),
    TouchSource.HOST.value: _l("partner's own address"),
    TouchSource.COUNTER.value: _l("counter"),
    "code": _l("code redeemed"),
    "sign-up": _l("sign-up with a code"),
    "admin": _l("named by an admin"),
}
"""What stands in the tables for each source."""
_CLICKS = select(
    Touch.id.label("number"), Touch.source.label("source"), Touch.partner_id, Touch.contact_id, Touch.link_id,
    cast(null(), BigInteger).label("code_id"), cast(null(), String).label("order_ref"),
    cast(null(), String).label("by"), Touch.path.label("why"), Touch.referrer_host, Touch.utm, Touch.network,
    case((Touch.once.is_(None), "repeat"), (Touch.visitor.is_(None), "somebody"), else_="agreed")
    .label("counted"), Touch.at,
)  # fmt: skip
_KEPT = select(
    (-History.id).label("number"), History.how.label("source"), History.partner_id, History.contact_id,
    cast(null(), BigInteger).label("link_id"), History.code_id, History.order_ref,
    case((History.how == "admin", History.by), else_=History.after).label("by"), History.why,
    cast(null(), String).label("referrer_host"), cast(null(), String).label("utm"),
    cast(null(), String).label("network"), literal("kept").label("counted"), History.at,
).where(and_(History.kind == HistoryKind.TOUCH.value, History.partner_id.is_not(None)))  # fmt: skip
_ALL = union_all(_CLICKS, _KEPT).subquery("touch")
T = _ALL.c


def _statement() -> Query:
    return (
        select(_ALL, Link, Code, _PARTNER, Contact)
        .join(Link, Link.id == T.link_id, isouter=True)
        .join(Code, Code.id == T.code_id, isouter=True)
        .join(_PARTNER, _PARTNER.id == T.partner_id)
        .join(Contact, Contact.id == T.contact_id, isouter=True)
    )


def _who(row: AnyRow) -> str:
    """Name who came, as far as that is known."""
    if row.Contact is not None:
        return contact_name(row.Contact)
    return str(_l("a visitor who agreed") if row.counted == "agreed" else _l("somebody"))


def _by_what(row: AnyRow) -> str:
    if row.Link is not None:
        return row.Link.label or str(row.Link.tracking_id.lower())
    if row.Code is not None:
        return str(row.Code.display)
    return str(row.by or "") if row.source == "admin" else str(row.by or "").lower()


def _place(row: AnyRow) -> str:
    """Say where it was: the page that was clicked to, the order, or why an admin did so."""
    if row.counted != "kept":
        return str(row.why)
    return _("order %(ref)s", ref=row.order_ref) if row.order_ref else _reason(row)


def _reason(row: AnyRow) -> str:
    return reason_name(row.why) if row.source == "admin" else ""


def _problem(row: AnyRow) -> str:
    """Say why a touch that was kept did not put anybody into a first line."""
    return reason_name(row.why) if row.counted == "kept" and row.source != "admin" else ""


def _campaign(row: AnyRow) -> str:
    return " · ".join((row.utm or {}).values())


def _counted(row: AnyRow) -> State:
    if row.counted == "repeat":
        return State("off", str(_l("repeat, not counted")))
    if row.counted == "kept":
        problem = _problem(row)
        return State("off", problem) if problem else State("ok", str(_l("kept")))
    return State("ok", str(_l("counted")))


_COUNTED = {
    "yes": T.counted.in_(["somebody", "agreed"]),
    "no": T.counted == "repeat",
    "kept": T.counted == "kept",
}


def _by_source(choice: str, now: datetime) -> ColumnElement[bool]:
    return T.source == choice


def _by_counted(choice: str, now: datetime) -> ColumnElement[bool]:
    return _COUNTED[choice]


def _search(text: str) -> ColumnElement[bool]:
    found = [
        _PARTNER.name.icontains(text, autoescape=True),
        Contact.name.icontains(text, autoescape=True),
        T.why.startswith(text, autoescape=True),
        Link.label.icontains(text, autoescape=True),
        Code.display.icontains(text, autoescape=True),
        T.order_ref == text,
    ]
    wanted = tracking_id(text)
    return or_(*found, Link.tracking_id == wanted, T.by == wanted) if wanted is not None else or_(*found)


def _contact_label(session: Session, contact_id: int) -> str | None:
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


def _link_label(session: Session, link_id: int) -> str | None:
    found = session.get(Link, link_id)
    return None if found is None else found.label or found.tracking_id.lower()


NOUN = Noun(
    name="touches",
    title=_l("Touches"),
    lead=_l(
        "By what people came to a partner, with the evidence: clicks, codes, sign-ups, acts of admins. Of "
        "clicks only the figures per day stay after some time, the rest stays."
    ),
    icon="share",
    statement=_statement,
    keys=(T.number,),
    key=lambda row: str(row.number),
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
            value=lambda row: str(_SOURCES.get(row.source, row.source)),
            sub=_by_what,
        ),
        Column(name="path", label=_l("Page, order or reason"), value=_place, sub=_campaign),
        Column(name="from", label=_l("From"), value=lambda row: row.referrer_host or ""),
        Column(
            name="who",
            label=_l("Who"),
            value=_who,
            href=lambda row: contact_link(row.Contact),
            sub=lambda row: row.network or "",
        ),
        Column(name="at", label=_l("When"), kind=Kind.MOMENT, value=lambda row: row.at, sort=T.at),
        Column(name="counted", label=_l("Counted"), kind=Kind.STATE, value=_counted, place="corner"),
    ),
    sort="-at",
    search=_search,
    search_hint=_l("Partner, person, page, link, code or order"),
    filters=(
        Filter(name="source", label=_l("Came by"), where=_by_source, choices=tuple(_SOURCES.items())),
        Filter(
            name="counted",
            label=_l("Counted"),
            where=_by_counted,
            choices=(
                ("yes", _l("counted")),
                ("no", _l("repeat, not counted")),
                ("kept", _l("kept for good")),
            ),
        ),
        Filter(name="by", label=_l("Partner"), kind=FilterKind.TEXT, where=person(_PARTNER), rare=True),
        *made_between(T.at),
    ),
    scopes=(
        Scope(name="of", where=lambda wanted: T.contact_id == wanted, label=_contact_label),
        Scope(name="partner", where=lambda wanted: T.partner_id == wanted, label=_contact_label),
        Scope(name="link", where=lambda wanted: T.link_id == wanted, label=_link_label),
    ),
    empty=_l("Here stands by what people came to partners, as soon as the first one has come."),
)
