"""Batches: codes that were drawn together or came from one file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Code, CodeBatch, Coupon
from ..services.code_batches import redeemed_codes
from ..services.listing import Query
from .nouns import Column, Filter, Kind, Noun, Scope, State
from .show import to

HOW = {
    "generated": _l("drawn at random"),
    "imported": _l("from a file"),
    "api": _l("through the API"),
}
MADE = or_(CodeBatch.count == 0, exists().where(Code.batch_id == CodeBatch.id).correlate(CodeBatch))
"""Whether the codes are stored: a large batch may wait for the worker."""


def batch_name(batch: CodeBatch) -> str:
    """Name a batch by its occasion, its beginning or its file."""
    beginning = _("%(prefix)s…", prefix=batch.prefix) if batch.prefix else ""
    return batch.occasion or beginning or batch.file_name or _("Batch %(id)s", id=batch.id)


def batch_state(made: bool) -> State:
    """Show whether a batch is made."""
    return State("ok", _("made")) if made else State("wait", _("being made"))


def _statement() -> Query:
    return select(CodeBatch, Coupon, redeemed_codes().label("redeemed"), MADE.label("made")).join(
        Coupon, Coupon.id == CodeBatch.coupon_id
    )


def _by_how(choice: str, now: datetime) -> ColumnElement[bool]:
    return CodeBatch.how == choice


def _search(text: str) -> ColumnElement[bool]:
    columns = (CodeBatch.occasion, CodeBatch.prefix, CodeBatch.file_name)
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _coupon_label(session: Session, coupon_id: int) -> str | None:
    coupon = session.get(Coupon, coupon_id)
    return coupon.name if coupon is not None else None


NOUN = Noun(
    name="batches",
    title=_l("Batches of codes"),
    short=_l("Batches"),
    lead=_l("Codes that were made together: drawn at random for a campaign, or from a file."),
    icon="print",
    statement=_statement,
    keys=(CodeBatch.id.expression,),
    columns=(
        Column(
            name="batch",
            label=_l("Batch"),
            value=lambda row: batch_name(row.CodeBatch),
            href=lambda row: to("batch", batch_id=row.CodeBatch.id),
            sub=lambda row: HOW[row.CodeBatch.how],
        ),
        Column(
            name="coupon",
            label=_l("Coupon"),
            value=lambda row: row.Coupon.name,
            href=lambda row: to("coupons_edit", key=row.Coupon.id),
            place="full",
        ),
        Column(
            name="codes",
            label=_l("Codes"),
            kind=Kind.COUNT,
            value=lambda row: row.CodeBatch.count,
            sort=CodeBatch.count.expression,
        ),
        Column(name="redeemed", label=_l("Redeemed"), kind=Kind.COUNT, value=lambda row: row.redeemed),
        Column(
            name="created",
            label=_l("Made"),
            kind=Kind.DATE,
            value=lambda row: row.CodeBatch.created_at,
            sort=CodeBatch.created_at.expression,
        ),
        Column(name="by", label=_l("By"), value=lambda row: row.CodeBatch.made_by),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: batch_state(row.made),
            place="corner",
        ),
    ),
    sort="-created",
    search=_search,
    search_hint=_l("Occasion, beginning or file"),
    filters=(Filter(name="how", label=_l("How"), where=_by_how, choices=tuple(HOW.items())),),
    scopes=(Scope(name="coupon", where=lambda wanted: CodeBatch.coupon_id == wanted, label=_coupon_label),),
    makes=True,
    new_label=_l("Make codes"),
    empty=_l("Here stand the codes that were made together. Make some for a fair, a party, a flyer."),
)
