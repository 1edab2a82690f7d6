"""Contacts, partners, their histories and touches as programs list them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from ..domain.facts import SEGMENTS, segments_of
from ..domain.person import email_key
from ..models import Code, Contact, History, Link, Touch
from . import contacts
from .address_book import get_contact_id
from .context import Context
from .desk_people import type_of
from .eligibility import is_partner
from .mistakes import Mistake, NotThere
from .slices import Conditions, wanted, within

_CONTACT = Contact.__table__
_HISTORY = History.__table__
_TOUCH = Touch.__table__
_LINK = Link.__table__
_CODE = Code.__table__
_SPONSOR = _CONTACT.alias("sponsor")
_PARTNER = _CONTACT.alias("partner")

CONTACTS = (
    select(_CONTACT, _SPONSOR.c.ref.label("sponsor_ref"))
    .outerjoin(_SPONSOR, _SPONSOR.c.id == _CONTACT.c.sponsor_id)
    .where(_CONTACT.c.erased_at.is_(None), ~contacts.merged(_CONTACT.c.id))
)
HISTORIES = (
    select(_HISTORY, _PARTNER.c.ref.label("partner_ref"), _CODE.c.display.label("code"))
    .outerjoin(_PARTNER, _PARTNER.c.id == _HISTORY.c.partner_id)
    .outerjoin(_CODE, _CODE.c.id == _HISTORY.c.code_id)
)
TOUCHES = (
    select(
        _TOUCH, _LINK.c.tracking_id, _PARTNER.c.ref.label("partner_ref"), _CONTACT.c.ref.label("customer_ref")
    )
    .join_from(_TOUCH, _LINK, _LINK.c.id == _TOUCH.c.link_id)
    .join(_PARTNER, _PARTNER.c.id == _TOUCH.c.partner_id)
    .outerjoin(_CONTACT, _CONTACT.c.id == _TOUCH.c.contact_id)
)


def contacts_where(
    now: datetime,
    *,
    type: str | None = None,  # noqa: A002 - the name of the parameter
    sponsor: str | None = None,
    email: str | None = None,
    partner: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows contacts; `since` and `until` (no part of it) are about when they became known."""
    found: list[ColumnElement[bool]] = wanted((_SPONSOR.c.ref, sponsor), (type_of(now), type))
    if email is not None:
        found.append(_CONTACT.c.email_key == email_key(email))
    if partner is not None:
        found.append(is_partner(now, _CONTACT) if partner else ~is_partner(now, _CONTACT))
    return [*found, *within(_CONTACT.c.created_at, since, until)]


def were_partners() -> Conditions:
    """Give what narrows contacts to those who are or were partners."""
    return [_CONTACT.c.partner_since.is_not(None)]


def get_id(ctx: Context, ref: str) -> int:
    """Give the id of the contact with a ref that somebody typed into an address. Raises NotThere."""
    try:
        return get_contact_id(ctx.conn, ref)
    except NotThere:
        raise
    except Mistake as error:
        raise NotThere(f"There is no contact with the ref {ref!r}.") from error


def one(ctx: Context, contact_id: int) -> Row[Any]:
    """Give a contact, or the one that it was merged into. Raises NotThere for one who was erased."""
    head = contacts.going_on(ctx, contact_id)
    row = ctx.conn.execute(CONTACTS.where(_CONTACT.c.id == head)).one_or_none()
    if row is None:
        raise NotThere("There is no such contact.")
    return row


def shown(ctx: Context, row: Row[Any]) -> dict[str, object]:
    """Give a contact as programs see it."""
    data = row.data or {}
    same = (
        "id", "ref", "email", "email_verified", "name", "phone", "address", "country", "locale", "created_at",
        "sponsor_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        "type": contacts.address_type(row, ctx.now).value,
        "sponsor": row.sponsor_ref,
        "first_order": row.first_order_ref,
        "fields_": {name: value for name, value in data.items() if name != SEGMENTS},
        "segments": list(segments_of(data)),
        "tags": list(row.tags or ()),
    }


def history_of(contact_id: int) -> Conditions:
    """Give what narrows histories to that of one contact."""
    return [_HISTORY.c.contact_id == contact_id]


def touches_where(
    *,
    partner: str | None = None,
    link: str | None = None,
    visitor: str | None = None,
    customer: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows touches."""
    found = wanted(
        (_PARTNER.c.ref, partner),
        (_LINK.c.tracking_id, link),
        (_TOUCH.c.visitor, visitor),
        (_CONTACT.c.ref, customer),
    )
    return [*found, *within(_TOUCH.c.at, since, until)]
