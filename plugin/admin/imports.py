"""Imports: files of codes that were sent, and what came of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_, or_, select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Coupon, Upload, UploadKind
from ..services.jobs import Job
from ..services.listing import AnyRow, Query
from . import jobs
from .common_filters import made_between, named
from .legacy_words import KINDS
from .nouns import Column, Filter, FilterKind, Kind, Noun, State
from .show import to

AT_WORK = ("waiting", "running")


def upload_state(state: str, job: Job | None) -> State:
    """Show how far an import is, or that its work is given up."""
    if state in AT_WORK and job is not None and job.given_up:
        return State("bad", _("failed"))
    return {
        "mapping": State("now", _("columns to be named")),
        "looked_at": State("now", _("looked at")),
        "waiting": State("wait", _("waits for the worker")),
        "running": State("wait", _("being imported")),
        "done": State("ok", _("imported")),
    }.get(state, State("bad", _("failed")))


def progress(upload: Upload) -> dict[str, object]:
    """Give what the page of a file says of the work on it."""
    at_work = upload.state in AT_WORK
    job = jobs.of_uploads().get(upload.id) if at_work else None
    given_up = job is not None and job.given_up
    state = upload_state(upload.state, job)
    return {"state": state, "job": job, "given_up": given_up, "goes_on": at_work and not given_up}


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    at_work = Upload.state.in_(AT_WORK)
    if choice not in {"failed", "making"}:
        return Upload.state == choice
    failed = and_(at_work, Upload.id.in_(jobs.given_up(jobs.of_uploads())))
    if choice == "failed":
        return or_(failed, Upload.state == "failed")
    return and_(at_work, not_(failed))


def _statement() -> Query:
    return select(Upload, Coupon).join(Coupon, Coupon.id == Upload.coupon_id, isouter=True)


def _page(row: AnyRow) -> str:
    upload = row.Upload
    if upload.kind == UploadKind.CODES.value:
        return to("upload", upload_id=upload.id)
    return to("legacy_file", what=upload.kind, upload_id=upload.id)


def _bad(row: AnyRow) -> int:
    return len({cell[0] for cell in row.Upload.report["bad"]})


NOUN = Noun(
    name="imports",
    title=_l("Imports"),
    lead=_l(
        "Files of codes, and of people and balances from other systems. A file is looked at first; nothing "
        "is stored until you say so."
    ),
    icon="up",
    statement=_statement,
    keys=(Upload.id.expression,),
    columns=(
        Column(
            name="file",
            label=_l("File"),
            value=lambda row: row.Upload.file_name or _("Import %(id)s", id=row.Upload.id),
            href=_page,
        ),
        Column(
            name="coupon",
            label=_l("What"),
            value=lambda row: KINDS[row.Upload.kind] if row.Coupon is None else row.Coupon.name,
            sub=lambda row: row.Upload.origin,
            href=lambda row: None if row.Coupon is None else to("coupons_edit", key=row.Coupon.id),
            place="full",
        ),
        Column(name="lines", label=_l("Lines"), kind=Kind.COUNT, value=lambda row: row.Upload.all_rows),
        Column(name="new", label=_l("New"), kind=Kind.COUNT, value=lambda row: row.Upload.report["created"]),
        Column(name="bad", label=_l("With mistakes"), kind=Kind.COUNT, value=_bad),
        Column(
            name="created",
            label=_l("Sent"),
            kind=Kind.MOMENT,
            value=lambda row: row.Upload.created_at,
            sort=Upload.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: upload_state(row.Upload.state, jobs.of_uploads().get(row.Upload.id)),
            place="corner",
        ),
    ),
    sort="-created",
    search=lambda text: Upload.file_name.icontains(text, autoescape=True),
    search_hint=_l("Name of the file"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(
                ("mapping", _l("columns to be named")),
                ("looked_at", _l("looked at")),
                ("making", _l("being imported")),
                ("done", _l("imported")),
                ("failed", _l("failed")),
            ),
        ),
        Filter(
            name="kind",
            label=_l("What"),
            where=lambda choice, now: Upload.kind == choice,
            choices=(("codes", _l("Codes")), *KINDS.items()),
        ),
        Filter(name="of", label=_l("Coupon"), kind=FilterKind.TEXT, where=named(Coupon.name), rare=True),
        *made_between(Upload.created_at),
    ),
    makes=True,
    new_label=_l("Import a file"),
    tool="firstline/admin/imports_tool.html",
    open_tool=True,
    empty=_l("Here stand the files of codes. Import codes from a spreadsheet, or codes that a printer made."),
)
