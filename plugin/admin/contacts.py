"""Contacts: the address book with address types and sponsors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.person import email_key
from ..i18n import lazy_gettext as _l
from ..models import AddressType, Contact
from ..services.contacts import merged
from ..services.listing import AnyRow, Query
from ..services.lookup import by_old_number
from . import contact_work, mailings
from .edge import now
from .nouns import Column, Filter, FilterKind, Kind, Noun, Scope
from .show import contact_link, contact_name, is_type, name_of, type_of

SPONSOR = aliased(Contact, name="Sponsor")
TYPES = (
    (AddressType.PROSPECT.value, _l("Prospect")),
    (AddressType.CUSTOMER.value, _l("Customer")),
    (AddressType.PARTNER.value, _l("Partner")),
)


def _statement() -> Query:
    return (
        select(Contact, SPONSOR)
        .join(SPONSOR, SPONSOR.id == Contact.sponsor_id, isouter=True)
        .where(Contact.erased_at.is_(None))
    )


def _by_double(choice: str, at: datetime) -> ColumnElement[bool]:
    return merged(Contact.id) if choice == "yes" else ~merged(Contact.id)


def search(text: str) -> ColumnElement[bool]:
    """Look for a contact by a part of its name, by its e-mail, its customer number or an old number."""
    found = [Contact.name.icontains(text, autoescape=True), Contact.ref == text, by_old_number(text)]
    if "@" in text:
        found.append(Contact.email_key == email_key(text))
    return or_(*found)


def _by_type(choice: str, at: datetime) -> ColumnElement[bool]:
    return is_type(choice, at)


def _by_sponsor(choice: str, at: datetime) -> ColumnElement[bool]:
    return Contact.sponsor_id.is_not(None) if choice == "yes" else Contact.sponsor_id.is_(None)


def _by_purchase(choice: str, at: datetime) -> ColumnElement[bool]:
    bought = or_(Contact.first_order_ref.is_not(None), Contact.has_bought)
    return bought if choice == "yes" else not_(bought) & Contact.ref.is_not(None)


def contact_label(session: Session, contact_id: int) -> str | None:
    """Name a contact by its id."""
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


def _mail(row: AnyRow) -> str:
    return row.Contact.email if row.Contact.email and row.Contact.name else ""


NOUN = Noun(
    name="contacts",
    title=_l("Contacts"),
    lead=_l("Everybody the shop told us of, with address type and sponsor."),
    icon="people",
    statement=_statement,
    keys=(Contact.id.expression,),
    columns=(
        Column(
            name="name",
            label=_l("Contact"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sub=_mail,
            sort=name_of(Contact.name.expression),
        ),
        Column(name="ref", label=_l("Customer number"), value=lambda row: row.Contact.ref or _l("guest")),
        Column(
            name="sponsor",
            label=_l("Sponsor"),
            value=lambda row: contact_name(row.Sponsor),
            href=lambda row: contact_link(row.Sponsor),
            sort=name_of(SPONSOR.name.expression),
        ),
        Column(
            name="first_order",
            label=_l("First order"),
            kind=Kind.DATE,
            value=lambda row: row.Contact.first_order_at,
        ),
        Column(
            name="created",
            label=_l("Known since"),
            kind=Kind.DATE,
            value=lambda row: row.Contact.created_at,
            sort=Contact.created_at.expression,
        ),
        Column(
            name="type",
            label=_l("Address type"),
            kind=Kind.BADGE,
            place="corner",
            value=lambda row: type_of(row.Contact, now()).value,
        ),
    ),
    sort="-created",
    search=search,
    search_hint=_l("Name, e-mail or customer number"),
    filters=(
        Filter(name="type", label=_l("Address type"), where=_by_type, choices=TYPES),
        Filter(
            name="sponsored",
            label=_l("Sponsor"),
            where=_by_sponsor,
            choices=(("yes", _l("has a sponsor")), ("no", _l("has none"))),
        ),
        Filter(
            name="bought",
            label=_l("Purchases"),
            where=_by_purchase,
            choices=(("never", _l("signed up, never bought")), ("yes", _l("has bought"))),
        ),
        Filter(name="tag", label=_l("Tag"), where=contact_work.by_tag, kind=FilterKind.TEXT, rare=True),
        Filter(
            name="double",
            label=_l("Doubles"),
            where=_by_double,
            choices=(("no", _l("without merged ones")), ("yes", _l("merged ones only"))),
            first="no",
            rare=True,
        ),
    ),
    file_columns=(
        Column(name="email", label=_l("E-mail"), value=lambda row: row.Contact.email),
        Column(name="phone", label=_l("Phone"), value=lambda row: row.Contact.phone),
        Column(name="tags", label=_l("Tags"), value=lambda row: ", ".join(row.Contact.tags)),
        Column(name="language", label=_l("Language"), value=lambda row: row.Contact.locale),
    ),
    bulk=(mailings.BULK, *contact_work.BULK),
    scopes=(Scope(name="sponsor", where=lambda wanted: Contact.sponsor_id == wanted, label=contact_label),),
    empty=_l("Here stand all people and firms that the shop tells us of: who signs up, who orders."),
)
