"""Orders, and invoices that stand alone: what the shop told, which partner earns, how far it is paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..i18n import lazy_gettext as _l
from ..models import Accrual, Contact, Document, DocumentKind
from ..services.listing import AnyRow, Query
from .nouns import Column, Filter, Kind, Money, Noun, Scope
from .show import contact_link, contact_name, document_name, document_state, to, why_link

_BUYER = aliased(Contact, name="Buyer")
_PARTNER = aliased(Contact, name="Partner")
_EARNED = (
    select(
        func.coalesce(
            func.sum(
                func.coalesce(
                    Accrual.original_amount - Accrual.original_reversed, Accrual.amount - Accrual.reversed
                )
            ),
            0,
        )
    )
    .where(Accrual.document_id == Document.id, Accrual.level.is_not(None))
    .correlate(Document)
    .scalar_subquery()
)


def _statement() -> Query:
    return (
        select(Document, _BUYER, _PARTNER, _EARNED.label("earned"))
        .join(_BUYER, _BUYER.id == Document.contact_id, isouter=True)
        .join(_PARTNER, _PARTNER.id == Document.partner_id, isouter=True)
    )


def _search(text: str) -> ColumnElement[bool]:
    return or_(Document.ref == text, Document.number == text, _BUYER.name.icontains(text, autoescape=True))


def _by_star(choice: str, now: datetime) -> ColumnElement[bool]:
    return Document.partner_id.is_not(None) if choice == "yes" else Document.partner_id.is_(None)


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    if choice == "paid":
        return and_(Document.state == "open", Document.paid_at.is_not(None))
    if choice == "open":
        return and_(Document.state == "open", Document.paid_at.is_(None))
    return Document.state == choice


def _kind(row: AnyRow) -> str:
    return str(_l("Invoice without an order")) if row.Document.kind == DocumentKind.INVOICE.value else ""


def _contact_label(session: Session, contact_id: int) -> str | None:
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


NOUN = Noun(
    name="orders",
    title=_l("Orders and partner invoices"),
    short=_l("Orders"),
    lead=_l("What the shop told us. A star marks those on which a partner earns."),
    icon="star",
    statement=_statement,
    keys=(Document.id.expression,),
    columns=(
        Column(
            name="order",
            label=_l("Order"),
            kind=Kind.STAR,
            value=lambda row: document_name(row.Document),
            href=lambda row: why_link(row.Document),
            sub=_kind,
        ),
        Column(
            name="buyer",
            label=_l("Buyer"),
            value=lambda row: contact_name(row.Buyer),
            href=lambda row: contact_link(row.Buyer),
        ),
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Partner),
            href=lambda row: contact_link(row.Partner),
        ),
        Column(
            name="total",
            label=_l("Total"),
            kind=Kind.MONEY,
            sort=Document.total.expression,
            value=lambda row: Money(row.Document.total, row.Document.currency),
        ),
        Column(
            name="paid",
            label=_l("Paid"),
            kind=Kind.MONEY,
            value=lambda row: Money(row.Document.paid, row.Document.currency),
        ),
        Column(
            name="earned",
            label=_l("Commission"),
            kind=Kind.MONEY,
            sort=_EARNED,
            value=lambda row: Money(int(row.earned), row.Document.currency),
            href=lambda row: to("accruals", order=row.Document.id) if row.earned else None,
        ),
        Column(
            name="placed",
            label=_l("Ordered"),
            kind=Kind.MOMENT,
            value=lambda row: row.Document.placed_at,
            sort=Document.placed_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: document_state(row.Document),
        ),
    ),
    sort="-placed",
    search=_search,
    search_hint=_l("Number or buyer"),
    filters=(
        Filter(
            name="star",
            label=_l("Partner invoice"),
            where=_by_star,
            choices=(("yes", _l("with a partner")), ("no", _l("without"))),
        ),
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(
                ("open", _l("open")),
                ("paid", _l("paid")),
                ("cancelled", _l("cancelled")),
                ("failed", _l("payment failed")),
            ),
        ),
    ),
    scopes=(
        Scope(name="buyer", where=lambda wanted: Document.contact_id == wanted, label=_contact_label),
        Scope(name="partner", where=lambda wanted: Document.partner_id == wanted, label=_contact_label),
    ),
    empty=_l("Here stand the orders, as soon as the shop tells us of the first one."),
)
