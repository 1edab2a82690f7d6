"""Codes: the strings that redeem coupons."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.codes import canonical
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Code, CodeBatch, Contact, Coupon, Redemption, RedemptionState
from ..services.code_portions import is_of
from ..services.listing import AnyRow, Query
from .batches import batch_name
from .code_bulk import BULK
from .code_form import EDITOR
from .common_filters import made_between, named, person
from .edge import now
from .nouns import Column, Filter, FilterKind, Kind, Noun, Scope
from .show import contact_link, contact_name, name_of, to
from .states import code_is, code_state

_OWNER = aliased(Contact, name="Owner")
_HOLDER = aliased(Contact, name="Holder")
_USES = (
    select(func.count())
    .select_from(Redemption)
    .where(Redemption.code_id == Code.id, Redemption.state != RedemptionState.RELEASED.value)
    .correlate(Code)
    .scalar_subquery()
)


def _statement() -> Query:
    return (
        select(Code, Coupon, CodeBatch, _OWNER, _HOLDER, _USES.label("uses"))
        .join(Coupon, Coupon.id == Code.coupon_id)
        .join(CodeBatch, CodeBatch.id == Code.batch_id, isouter=True)
        .join(_OWNER, _OWNER.id == Code.owner_id, isouter=True)
        .join(_HOLDER, _HOLDER.id == Code.holder_id, isouter=True)
    )


def _limit(row: AnyRow) -> int | None:
    limits = [limit for limit in (row.Code.max_uses, row.Coupon.max_per_code) if limit is not None]
    return min(limits) if limits else None


def _search(text: str) -> ColumnElement[bool]:
    key = canonical(text)
    return Code.key.startswith(key, autoescape=True) if key else Code.id.is_(None)


def _by_owner(choice: str, now: datetime) -> ColumnElement[bool]:
    return {
        "partner": Code.owner_id.is_not(None),
        "customer": Code.holder_id.is_not(None),
        "nobody": and_(Code.owner_id.is_(None), Code.holder_id.is_(None)),
    }[choice]


def _by_flag(choice: str, now: datetime) -> ColumnElement[bool]:
    return exists().where(Redemption.code_id == Code.id, Redemption.state == RedemptionState.FLAGGED.value)


def _by_batch(text: str, now: datetime) -> ColumnElement[bool]:
    columns = (CodeBatch.occasion, CodeBatch.prefix, CodeBatch.file_name)
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _batch_label(session: Session, batch_id: int) -> str | None:
    batch = session.get(CodeBatch, batch_id)
    return _("batch %(name)s", name=batch_name(batch)) if batch is not None else None


def _coupon_label(session: Session, coupon_id: int) -> str | None:
    coupon = session.get(Coupon, coupon_id)
    return coupon.name if coupon is not None else None


def _contact_label(session: Session, contact_id: int) -> str | None:
    contact = session.get(Contact, contact_id)
    return contact_name(contact) if contact is not None else None


NOUN = Noun(
    name="codes",
    title=_l("Codes"),
    lead=_l("What buyers type. A code may come from a partner, and may be kept for one customer."),
    icon="tag",
    statement=_statement,
    keys=(Code.id.expression,),
    key=lambda row: str(row.Code.id),
    columns=(
        Column(
            name="code",
            label=_l("Code"),
            kind=Kind.CODE,
            value=lambda row: row.Code.display,
            sort=Code.key.expression,
            href=lambda row: to("code", code_id=row.Code.id),
        ),
        Column(
            name="coupon",
            label=_l("Coupon"),
            value=lambda row: row.Coupon.name,
            sort=name_of(Coupon.name.expression),
            href=lambda row: to("coupons_edit", key=row.Coupon.id),
            place="full",
        ),
        Column(
            name="owner",
            label=_l("From partner"),
            value=lambda row: contact_name(row.Owner),
            href=lambda row: contact_link(row.Owner),
            sort=name_of(_OWNER.name.expression),
        ),
        Column(
            name="holder",
            label=_l("Kept for"),
            value=lambda row: contact_name(row.Holder),
            href=lambda row: contact_link(row.Holder),
        ),
        Column(
            name="uses",
            label=_l("Redemptions"),
            kind=Kind.COUNT,
            value=lambda row: row.uses,
            href=lambda row: to("redemptions", code=row.Code.id) if row.uses else None,
            sort=_USES,
        ),
        Column(name="limit", label=_l("At most"), kind=Kind.COUNT, value=_limit),
        Column(
            name="created",
            label=_l("Made"),
            kind=Kind.DATE,
            value=lambda row: row.Code.created_at,
            sort=Code.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: code_state(row.Code, row.Coupon, now()),
            place="corner",
        ),
    ),
    sort="-created",
    search=_search,
    search_hint=_l("Beginning of the code"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=code_is,
            choices=(
                ("on", _l("on")),
                ("link", _l("with its link only")),
                ("later", _l("begins later")),
                ("ended", _l("ended")),
                ("used_up", _l("used up")),
                ("off", _l("off")),
            ),
        ),
        Filter(
            name="whose",
            label=_l("Whose"),
            where=_by_owner,
            choices=(
                ("partner", _l("from a partner")),
                ("customer", _l("kept for somebody")),
                ("nobody", _l("nobody's")),
            ),
        ),
        Filter(name="of", label=_l("Coupon"), kind=FilterKind.TEXT, where=named(Coupon.name), rare=True),
        Filter(name="by", label=_l("Partner"), kind=FilterKind.TEXT, where=person(_OWNER), rare=True),
        Filter(name="for", label=_l("Kept for"), kind=FilterKind.TEXT, where=person(_HOLDER), rare=True),
        Filter(name="occasion", label=_l("Batch"), kind=FilterKind.TEXT, where=_by_batch, rare=True),
        Filter(
            name="flagged",
            label=_l("To be checked"),
            where=_by_flag,
            choices=(("yes", _l("has redemptions to be checked")),),
            rare=True,
        ),
        *made_between(Code.created_at),
    ),
    scopes=(
        Scope(name="coupon", where=lambda wanted: Code.coupon_id == wanted, label=_coupon_label),
        Scope(name="owner", where=is_of, label=_contact_label),
        Scope(name="holder", where=lambda wanted: Code.holder_id == wanted, label=_contact_label),
        Scope(name="batch", where=lambda wanted: Code.batch_id == wanted, label=_batch_label),
    ),
    bulk=BULK,
    editor=EDITOR,
    new_label=_l("New code"),
    tool="firstline/admin/codes_tool.html",
    foot="firstline/admin/codes_foot.html",
    empty=_l("Here stand the codes that buyers type. A code redeems one coupon."),
)
