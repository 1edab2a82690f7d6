"""Find what a person means by a few typed words: contacts and documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from ..domain.person import email_key
from ..models import Call, Contact, Document, LegacyRef, Merged
from .contacts import id_that_goes_on, merged
from .eligibility import is_partner

_MOST = 5


def contacts(session: Session, text: str, *, partners_at: datetime | None = None) -> Sequence[Contact]:
    """Give the contacts that are meant: by customer number, "#id" or e-mail.

    Else by the number in a system that they came from, else by the whole name.

    `partners_at` leaves out who is no partner at that time.
    """
    query = (
        select(Contact)
        .where(Contact.erased_at.is_(None), ~merged(Contact.id))
        .order_by(Contact.id)
        .limit(_MOST)
    )
    if partners_at is not None:
        query = query.where(is_partner(partners_at))
    exact = [Contact.ref == text]
    if text.startswith("#") and text[1:].isascii() and text[1:].isdecimal() and len(text) < 18:
        exact = [Contact.id == int(text[1:])]
    elif "@" in text:
        exact.append(Contact.email_key == email_key(text))
    for meant in (or_(*exact), by_old_number(text), func.lower(Contact.name) == text.lower()):
        found = session.scalars(query.where(meant)).all()
        if found:
            return found
    return ()


def by_old_number(text: str) -> ColumnElement[bool]:
    """Say as SQL that a contact, or one that was merged into it, had this number in another system."""
    known = select(id_that_goes_on(LegacyRef.__table__.c.contact_id)).where(LegacyRef.ref == text)
    return Contact.id.in_(known)


def old_numbers(session: Session, contact_id: int) -> Sequence[tuple[str, str]]:
    """Give the systems that a contact came from, or those merged into it, and its numbers there."""
    doubles = select(Merged.loser_id).where(Merged.winner_id == contact_id)
    mine = or_(LegacyRef.contact_id == contact_id, LegacyRef.contact_id.in_(doubles))
    query = select(LegacyRef.origin, LegacyRef.ref).where(mine).order_by(LegacyRef.origin, LegacyRef.ref)
    return [(row.origin, row.ref) for row in session.execute(query)]


def documents(session: Session, text: str) -> Sequence[Document]:
    """Give the orders and invoices of that ref or number, also by the ref of a payment, newest first."""
    query = select(Document).order_by(Document.id.desc()).limit(_MOST)
    found = session.scalars(query.where(or_(Document.ref == text, Document.number == text))).all()
    if found:
        return found
    paid = select(Call.document_id).where(Call.subject_ref == text, Call.document_id.is_not(None))
    return session.scalars(query.where(Document.id.in_(paid))).all()
