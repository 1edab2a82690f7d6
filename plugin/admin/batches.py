"""Batches: codes that were drawn together or came from one file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Code, CodeBatch, Coupon
from ..services.code_batches import redeemed_codes
from ..services.jobs import Job
from ..services.listing import Query
from . import jobs
from .common_filters import made_between, named
from .nouns import Column, Filter, FilterKind, Kind, Noun, Scope, State
from .show import to, who_text

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


def batch_state(made: bool, job: Job | None) -> State:
    """Show whether a batch is made, or its work given up."""
    if made:
        return State("ok", _("made"))
    failed = job is not None and job.given_up
    return State("bad", _("failed")) if failed else State("wait", _("being made"))


def _statement() -> Query:
    return select(CodeBatch, Coupon, redeemed_codes().label("redeemed"), MADE.label("made")).join(
        Coupon, Coupon.id == CodeBatch.coupon_id
    )


def _by_how(choice: str, now: datetime) -> ColumnElement[bool]:
    return CodeBatch.how == choice


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    if choice == "made":
        return MADE
    failed = CodeBatch.id.in_(jobs.given_up(jobs.of_batches()))
    return and_(not_(MADE), failed if choice == "failed" else not_(failed))


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
        Column(name="by", label=_l("By"), value=lambda row: who_text(row.CodeBatch.made_by)),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: batch_state(row.made, jobs.of_batches().get(row.CodeBatch.id)),
            place="corner",
        ),
    ),
    sort="-created",
    search=_search,
    search_hint=_l("Occasion, beginning or file"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(("made", _l("made")), ("making", _l("being made")), ("failed", _l("failed"))),
        ),
        Filter(name="how", label=_l("How"), where=_by_how, choices=tuple(HOW.items())),
        Filter(name="of", label=_l("Coupon"), kind=FilterKind.TEXT, where=named(Coupon.name), rare=True),
        *made_between(CodeBatch.created_at),
    ),
    scopes=(Scope(name="coupon", where=lambda wanted: CodeBatch.coupon_id == wanted, label=_coupon_label),),
    makes=True,
    new_label=_l("Make codes"),
    empty=_l("Here stand the codes that were made together. Make some for a fair, a party, a flyer."),
)
