"""Accruals: every commission with one sentence why, and when it can be paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ..accrual_words import why
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Accrual, Contact, Document
from ..services.listing import AnyRow, Query
from ..services.payout_of_accrual import payout_of
from .edge import now
from .nouns import Column, Filter, Kind, Money, Noun, Scope, State
from .show import contact_link, contact_name, document_name, name_of, to, why_link


def _statement() -> Query:
    return (
        select(Accrual, Contact, Document, payout_of().label("payout"))
        .join(Contact, Contact.id == Accrual.partner_id)
        .join(Document, Document.id == Accrual.document_id, isouter=True)
    )


def _released(now: datetime) -> ColumnElement[bool]:
    due = and_(Accrual.payable_at.is_not(None), Accrual.payable_at <= now, Accrual.held.is_(False))
    return or_(Accrual.released_at.is_not(None), due)


def _accrual_state(row: AnyRow) -> State:
    accrual: Accrual = row.Accrual
    if accrual.reversed == accrual.amount:
        return State("off", str(_l("taken back")))
    if row.payout is not None:
        return State("ok", _("in payout %(number)s", number=row.payout))
    if accrual.held:
        return _held(row)
    if accrual.released_at is not None or (accrual.payable_at is not None and accrual.payable_at <= now()):
        return State("ok", str(_l("set off")) if accrual.amount < 0 else str(_l("payable")))
    return State("wait", str(_l("on hold")))


def _held(row: AnyRow) -> State:
    if row.Document is not None and row.Document.disputed_at is not None:
        return State("bad", _("held by a dispute"))
    return State("bad", _("held by a suspicion"))


def _document(row: AnyRow) -> str:
    if row.Document is not None:
        return document_name(row.Document)
    return _("by hand")


def _document_link(row: AnyRow) -> str | None:
    if row.Accrual.level is None:
        return to("by_hand", call_id=row.Accrual.call_id, seq=row.Accrual.seq)
    return why_link(row.Document)


def _by_accrual_state(choice: str, now: datetime) -> ColumnElement[bool]:
    left = Accrual.amount != Accrual.reversed
    if choice == "back":
        return Accrual.amount == Accrual.reversed
    if choice == "held":
        return and_(left, Accrual.held)
    if choice == "paid":
        return payout_of().is_not(None)
    if choice == "payable":
        return and_(left, _released(now), payout_of().is_(None))
    return and_(left, ~_released(now))


def partner_label(session: Session, contact_id: int) -> str | None:
    """Name a partner by its id."""
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


def order_label(session: Session, document_id: int) -> str | None:
    """Name an order by its id."""
    document = session.get(Document, document_id)
    return document_name(document) if document is not None else None


NOUN = Noun(
    name="accruals",
    title=_l("Accruals"),
    lead=_l("Every commission, with one sentence why, and when it can be paid."),
    icon="list",
    statement=_statement,
    keys=(Accrual.call_id.expression, Accrual.seq.expression),
    columns=(
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sort=name_of(Contact.name.expression),
        ),
        Column(
            name="order",
            label=_l("Order"),
            value=_document,
            href=_document_link,
            sub=lambda row: _("by hand") if row.Accrual.level is None and row.Document is not None else "",
        ),
        Column(name="why", label=_l("Why"), value=lambda row: why(row.Accrual), place="full"),
        Column(
            name="level",
            label=_l("Level"),
            kind=Kind.COUNT,
            value=lambda row: row.Accrual.level,
            sort=func.coalesce(Accrual.level, 0),
        ),
        Column(
            name="amount",
            label=_l("Commission"),
            kind=Kind.MONEY,
            sort=Accrual.amount.expression,
            value=lambda row: Money(row.Accrual.amount, row.Accrual.currency),
        ),
        Column(
            name="reversed",
            label=_l("Taken back"),
            kind=Kind.MONEY,
            value=lambda row: (
                Money(-row.Accrual.reversed, row.Accrual.currency) if row.Accrual.reversed else None
            ),
        ),
        Column(
            name="payable",
            label=_l("Payable from"),
            kind=Kind.DATE,
            value=lambda row: row.Accrual.payable_at,
        ),
        Column(
            name="at",
            label=_l("Posted"),
            kind=Kind.DATE,
            value=lambda row: row.Accrual.at,
            sort=Accrual.at.expression,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_accrual_state, place="corner"),
    ),
    sort="-at",
    search=lambda text: or_(
        Contact.name.icontains(text, autoescape=True),
        Contact.email == text.lower(),
        Contact.ref == text,
        Document.ref == text,
        Document.number == text,
    ),
    search_hint=_l("Partner or order"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_accrual_state,
            choices=(
                ("hold", _l("on hold")),
                ("held", _l("held back")),
                ("payable", _l("payable")),
                ("paid", _l("paid out")),
                ("back", _l("taken back")),
            ),
        ),
        Filter(
            name="level",
            label=_l("Level"),
            where=lambda choice, now: Accrual.level == int(choice),
            choices=tuple((str(n), str(n)) for n in range(1, 6)),
        ),
    ),
    makes=True,
    new_label=_l("Post by hand"),
    scopes=(
        Scope(name="partner", where=lambda wanted: Accrual.partner_id == wanted, label=partner_label),
        Scope(name="order", where=lambda wanted: Accrual.document_id == wanted, label=order_label),
    ),
    empty=_l("Here stand the commissions, as soon as the first order of a partner is paid."),
)
