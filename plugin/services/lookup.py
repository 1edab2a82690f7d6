"""Find what a person means by a few typed words: contacts and documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..domain.person import email_key
from ..models import Call, Contact, Document
from .contacts import merged
from .eligibility import is_partner

_MOST = 5


def contacts(session: Session, text: str, *, partners_at: datetime | None = None) -> Sequence[Contact]:
    """Give the contacts that are meant: by customer number, "#id" or e-mail, else by the whole name.

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
    found = session.scalars(query.where(or_(*exact))).all()
    return found or session.scalars(query.where(func.lower(Contact.name) == text.lower())).all()


def documents(session: Session, text: str) -> Sequence[Document]:
    """Give the orders and invoices of that ref or number, also by the ref of a payment, newest first."""
    query = select(Document).order_by(Document.id.desc()).limit(_MOST)
    found = session.scalars(query.where(or_(Document.ref == text, Document.number == text))).all()
    if found:
        return found
    paid = select(Call.document_id).where(Call.subject_ref == text, Call.document_id.is_not(None))
    return session.scalars(query.where(Document.id.in_(paid))).all()
