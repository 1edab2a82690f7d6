"""Redemptions: each use of a code on an order; what was taken as a fact stands out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from ..domain.codes import canonical
from ..i18n import lazy_gettext as _l
from ..models import Code, Contact, Coupon, Document, DocumentKind, Redemption, RedemptionState
from ..services.listing import AnyRow, Query
from .nouns import Column, Filter, Kind, Money, Noun, Scope
from .show import contact_link, contact_name, redemption_state, to, why_link


def _statement() -> Query:
    order = and_(
        Document.kind == DocumentKind.ORDER.value,
        Document.source == Redemption.source,
        Document.ref == Redemption.order_ref,
    )
    return (
        select(Redemption, Code, Coupon, Contact, Document)
        .join(Code, Code.id == Redemption.code_id)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .join(Contact, Contact.id == Redemption.contact_id, isouter=True)
        .join(Document, order, isouter=True)
    )


def _order(row: AnyRow) -> str:
    if row.Document is not None:
        return str(row.Document.number or row.Document.ref)
    return str(row.Redemption.order_ref or _l("in a cart"))


def _search(text: str) -> ColumnElement[bool]:
    found = [
        Redemption.order_ref == text,
        Document.number == text,
        Contact.name.icontains(text, autoescape=True),
    ]
    if canonical(text):
        found.append(Code.key.startswith(canonical(text), autoescape=True))
    return or_(*found)


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Redemption.state == choice


def _code_label(session: Session, code_id: int) -> str | None:
    code = session.get(Code, code_id)
    return code.display if code is not None else None


NOUN = Noun(
    name="redemptions",
    title=_l("Redemptions"),
    lead=_l("Each use of a code. To be checked are those charged although the code did not hold."),
    icon="check",
    statement=_statement,
    keys=(Redemption.id.expression,),
    columns=(
        Column(
            name="order",
            label=_l("Order"),
            value=_order,
            href=lambda row: why_link(row.Document),
            sub=lambda row: row.Redemption.note,
        ),
        Column(
            name="code",
            label=_l("Code"),
            kind=Kind.CODE,
            value=lambda row: row.Code.display,
            href=lambda row: to("codes_edit", key=row.Code.id),
        ),
        Column(name="coupon", label=_l("Coupon"), value=lambda row: row.Coupon.name),
        Column(
            name="buyer",
            label=_l("Buyer"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(
            name="discount",
            label=_l("Discount"),
            kind=Kind.MONEY,
            sort=Redemption.discount.expression,
            value=lambda row: Money(-row.Redemption.discount, row.Redemption.currency),
        ),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Redemption.created_at,
            sort=Redemption.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: redemption_state(row.Redemption.state),
        ),
    ),
    sort="-at",
    search=_search,
    search_hint=_l("Order, code or buyer"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(
                (RedemptionState.REDEEMED.value, _l("redeemed")),
                (RedemptionState.FLAGGED.value, _l("to be checked")),
                (RedemptionState.RESERVED.value, _l("reserved")),
                (RedemptionState.RELEASED.value, _l("given back")),
            ),
        ),
    ),
    scopes=(Scope(name="code", where=lambda wanted: Redemption.code_id == wanted, label=_code_label),),
    empty=_l("Here stands each use of a code, as soon as the first buyer redeems one."),
)
