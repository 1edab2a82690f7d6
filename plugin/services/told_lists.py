"""Orders, payments and refunds as programs list them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ..models import Call, Contact, Document, DocumentKind
from .slices import Conditions, wanted, within

_DOCUMENT = Document.__table__
_CALL = Call.__table__
_BUYER = Contact.__table__.alias("buyer")
_PARTNER = Contact.__table__.alias("partner")

ORDERS = (
    select(_DOCUMENT, _BUYER.c.ref.label("customer_ref"), _PARTNER.c.ref.label("partner_ref"))
    .outerjoin(_BUYER, _BUYER.c.id == _DOCUMENT.c.contact_id)
    .outerjoin(_PARTNER, _PARTNER.c.id == _DOCUMENT.c.partner_id)
    .where(_DOCUMENT.c.kind == DocumentKind.ORDER.value)
)
PAYMENTS = select(_CALL).where(_CALL.c.kind == "invoice_paid")
REFUNDS = select(_CALL).where(_CALL.c.kind == "invoice_refunded")


def orders_where(
    *,
    ref: str | None = None,
    customer: str | None = None,
    partner: str | None = None,
    state: str | None = None,
    paid: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows orders; `since` and `until` (no part of it) are about when they were placed."""
    found = wanted(
        (_DOCUMENT.c.ref, ref),
        (_BUYER.c.ref, customer),
        (_PARTNER.c.ref, partner),
        (_DOCUMENT.c.state, state),
    )
    if paid is not None:
        found.append(_DOCUMENT.c.paid_at.is_not(None) if paid else _DOCUMENT.c.paid_at.is_(None))
    return [*found, *within(_DOCUMENT.c.placed_at, since, until)]


def calls_where(
    *,
    invoice: str | None = None,
    refund: str | None = None,
    order: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows payments and refunds; the span is about when they were told."""
    found = wanted(
        (_CALL.c.subject_ref, invoice),
        (_CALL.c.key, refund),
        (_CALL.c.order_ref, order),
        (_CALL.c.outcome, state),
    )
    return [*found, *within(_CALL.c.at, since, until)]
