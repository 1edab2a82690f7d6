"""Find contacts by what an admin names: an id, a ref, an e-mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from ..domain.person import email_key
from ..models import Balance, Contact
from ..models.base import dialect_insert
from ..shop import Customer
from .contacts import details, id_of_ref, merged
from .mistakes import Mistake, NotThere

_CONTACT = Contact.__table__
_BELOW = _CONTACT.alias("below")


def get_contact(conn: Connection, contact_id: int, *, lock: bool = False) -> Row[Any]:
    """Give a contact's row or raise NotThere."""
    query = select(_CONTACT).where(_CONTACT.c.id == contact_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no contact with the id {contact_id}.")
    return row


def get_contact_id(conn: Connection, ref: str) -> int:
    """Give the id of the contact with that ref or raise NotThere."""
    wanted = named(ref).ref
    found = conn.execute(select(id_of_ref(str(wanted)))).scalar()
    if found is None:
        raise NotThere(f"There is no contact with the ref {ref!r}.")
    return int(found)


def contact_for(conn: Connection, customer: Customer, now: datetime) -> int:
    """Find the contact by ref, else the guest with this e-mail, else make one."""
    if customer.ref is None and not customer.email:
        raise Mistake("Give a customer number or an e-mail address.")
    by_ref = (
        select(id_of_ref(customer.ref))
        if customer.ref is not None
        else select(_CONTACT.c.id).where(_CONTACT.c.guest_key == email_key(customer.email or ""))
    )
    found = conn.execute(by_ref).scalar() or _guest(conn, customer)
    if found is not None:
        return int(found)
    blank = {
        "email_verified": False,
        "has_bought": False,
        "data": {},
        "tags": [],
        "path": "",
        "created_at": now,
    }
    statement = dialect_insert(_CONTACT, conn.dialect.name).on_conflict_do_nothing()
    conn.execute(statement, {**blank, **details(customer, None)})
    return int(conn.execute(by_ref).scalar_one())


def _guest(conn: Connection, customer: Customer) -> int | None:
    """Find a guest by e-mail; one with money or people below is bound to a log-in only with proof."""
    if not customer.email:
        return None
    guarded = exists().where(_BELOW.c.sponsor_id == _CONTACT.c.id) | exists().where(
        Balance.partner_id == _CONTACT.c.id
    )
    query = select(_CONTACT.c.id).where(
        _CONTACT.c.guest_key == email_key(customer.email),
        _CONTACT.c.partner_since.is_(None),
        ~guarded,
        ~merged(_CONTACT.c.id),
    )
    return conn.execute(query).scalar()


def named(
    ref: str | None,
    email: str | None = None,
    name: str | None = None,
    *,
    phone: str | None = None,
    locale: str | None = None,
) -> Customer:
    """Give a person as named by an admin, or raise Mistake."""
    try:
        found = Customer(ref=ref, email=email, name=name, phone=phone, locale=locale)
    except ValueError as error:
        raise Mistake(str(error).replace("Customer.", "")) from error
    texts = (found.email, found.name, found.phone)
    wrong = next((text for text in texts if text and not text.isprintable()), None)
    if wrong is not None:
        raise Mistake(f"{wrong!r} has control characters")
    return found
