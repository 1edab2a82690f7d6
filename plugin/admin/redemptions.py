"""Redemptions: each use of a code on an order; what was taken as a fact stands out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.codes import canonical
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import CameBy, Code, Contact, Coupon, Document, DocumentKind, Redemption, RedemptionState
from ..services import redemption_acts
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from ..state import current_state
from .acting import Acting
from .acts import ids_of
from .common_filters import made_between, named, person
from .fields import NounForm
from .nouns import Bulk, Column, Filter, FilterKind, Kind, Money, Noun, Scope
from .reason_words import reason_words
from .show import contact_link, contact_name, redemption_state, to, why_link

_OWNER = aliased(Contact, name="Owner")
_WAYS: Mapping[str, str] = {
    CameBy.TYPED.value: _l("typed"),
    CameBy.LINK.value: _l("by its link"),
    CameBy.SIGN_UP.value: _l("at sign-up"),
    CameBy.ORDER.value: _l("named by the order"),
}


def _statement() -> Query:
    order = and_(
        Document.kind == DocumentKind.ORDER.value,
        Document.source == Redemption.source,
        Document.ref == Redemption.order_ref,
    )
    return (
        select(Redemption, Code, Coupon, Contact, Document, _OWNER)
        .join(Code, Code.id == Redemption.code_id)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .join(_OWNER, _OWNER.id == Code.owner_id, isouter=True)
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


def _way(row: AnyRow) -> str:
    return str(_WAYS.get(row.Redemption.came_by, row.Redemption.came_by))


def _met(row: AnyRow) -> str:
    """Say of typed codes of a partner whether the buyer had met that partner before."""
    if row.Redemption.came_by != CameBy.TYPED.value or row.Code.owner_id is None:
        return ""
    return str(_l("had met the partner") if row.Redemption.touched else _l("had not met the partner"))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Redemption.state == choice


def _by_way(choice: str, now: datetime) -> ColumnElement[bool]:
    return Redemption.came_by == choice


def _code_label(session: Session, code_id: int) -> str | None:
    code = session.get(Code, code_id)
    return code.display if code is not None else None


def _coupon_label(session: Session, coupon_id: int) -> str | None:
    coupon = session.get(Coupon, coupon_id)
    return coupon.name if coupon is not None else None


def _contact_label(session: Session, contact_id: int) -> str | None:
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


def _by_service(service: Callable[..., Tally]) -> Callable[..., Tally]:
    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        ctx = current_state().context(acting.conn, now=acting.now)
        return service(ctx, ids_of(keys), who=acting.who)

    return act


_BULK = (
    Bulk(
        name="release",
        label=_l("Free what is reserved"),
        apply=_by_service(redemption_acts.release_reserved),
        preview=lambda n: ngettext(
            "%(num)s reservation is freed; its cart must win the code anew.",
            "%(num)s reservations are freed; their carts must win the codes anew.",
            n,
        ),
        done=lambda n: ngettext("%(num)s reservation is freed.", "%(num)s reservations are freed.", n),
    ),
    Bulk(
        name="checked",
        label=_l("Checked"),
        apply=_by_service(redemption_acts.clear_flags),
        preview=lambda n: ngettext(
            "%(num)s redemption counts as checked and is no more on the list of those to be checked.",
            "%(num)s redemptions count as checked and are no more on the list of those to be checked.",
            n,
        ),
        done=lambda n: ngettext("%(num)s redemption is checked.", "%(num)s redemptions are checked.", n),
    ),
)
NOUN = Noun(
    name="redemptions",
    title=_l("Redemptions"),
    lead=_l("Each use of a code. To be checked are those charged although the code did not hold."),
    icon="check",
    statement=_statement,
    keys=(Redemption.id.expression,),
    key=lambda row: str(row.Redemption.id),
    columns=(
        Column(
            name="order",
            label=_l("Order"),
            value=_order,
            href=lambda row: why_link(row.Document),
            sub=lambda row: reason_words(row.Redemption.note),
        ),
        Column(
            name="code",
            label=_l("Code"),
            kind=Kind.CODE,
            value=lambda row: row.Code.display,
            href=lambda row: to("code", code_id=row.Code.id),
        ),
        Column(name="coupon", label=_l("Coupon"), value=lambda row: row.Coupon.name),
        Column(
            name="buyer",
            label=_l("Buyer"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(name="way", label=_l("Came"), value=_way, sub=_met),
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
        Filter(name="way", label=_l("Came"), where=_by_way, choices=tuple(_WAYS.items())),
        Filter(name="of", label=_l("Coupon"), kind=FilterKind.TEXT, where=named(Coupon.name), rare=True),
        Filter(name="by", label=_l("Partner"), kind=FilterKind.TEXT, where=person(_OWNER), rare=True),
        *made_between(Redemption.created_at),
    ),
    scopes=(
        Scope(name="code", where=lambda wanted: Redemption.code_id == wanted, label=_code_label),
        Scope(name="coupon", where=lambda wanted: Redemption.coupon_id == wanted, label=_coupon_label),
        Scope(name="buyer", where=lambda wanted: Redemption.contact_id == wanted, label=_contact_label),
    ),
    bulk=_BULK,
    empty=_l("Here stands each use of a code, as soon as the first buyer redeems one."),
)
