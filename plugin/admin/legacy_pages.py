"""Bring people and balances from another system: send a file, say what is what, look, import, and see."""

from __future__ import annotations

from collections import defaultdict

from flask import Response, abort, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from ..csv_file import csv_response
from ..domain.sheets import BadSheet
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Upload, UploadKind
from ..models.upload import BEFORE_IMPORT
from ..services import legacy_reports, legacy_saved, legacy_uploads
from ..services.cells import BadCell
from ..services.context import Context
from ..services.legacy_reports import Looked
from ..services.mistakes import Mistake, SeenOtherwise
from . import jobs
from .batch_pages import refreshed
from .edge import blueprint, can, done, session, settings
from .fields import NounForm, TextField
from .import_pages import ShownLine, problem_text, sent_file, sheet_problem
from .imports import progress
from .legacy_form import MappingForm, MappingPage
from .legacy_words import KINDS, LEADS, OUTCOMES
from .payout_acting import actor, do
from .sayings import said
from .show import to

_WHAT = "/imports/<any(partners,contacts,balances):what>"


class OriginForm(NounForm):
    """From which system a file comes."""

    origin = TextField(
        _l("Other system"),
        needed=True,
        longest=legacy_uploads.LONGEST_ORIGIN,
        hint=_l("Always under the same name: numbers of one system are told from those of another by it."),
    )


@blueprint.route(f"{_WHAT}/new", methods=["GET", "POST"])
def legacy_new(what: str) -> str | BaseResponse | tuple[str, int]:
    """Take a file of another system and lead to its columns."""
    given = request.form if request.method == "POST" else None
    form = OriginForm(given, data={"origin": _origins()[0] if _origins() else ""})
    if given is None:
        return _new_page(what, form, "")
    sound = form.validate()
    name, data, problem = sent_file()
    if sound and not problem:
        try:
            upload_id = do(lambda ctx: _add(ctx, what, form, name, data))
            return done(to("legacy_columns", what=what, upload_id=upload_id), _("Nothing is stored yet."))
        except BadSheet as bad:
            problem = sheet_problem(bad)
        except Mistake as mistake:
            form.complain(*said(mistake))
    return _new_page(what, form, problem), 422


def _add(ctx: Context, what: str, form: OriginForm, name: str, data: bytes) -> int:
    kind, origin = UploadKind(what), form.origin.data
    return legacy_uploads.add(ctx, data, kind=kind, origin=origin, file_name=name, who=actor().name)


def _origins() -> list[str]:
    query = select(Upload.origin).where(Upload.origin.is_not(None)).order_by(Upload.id.desc()).limit(100)
    return [str(name) for name in dict.fromkeys(session().scalars(query))]


def _new_page(what: str, form: OriginForm, problem: str) -> str:
    return render_template(
        "firstline/admin/legacy_new.html",
        here="imports",
        what=what,
        kinds=[(kind, name) for kind, name in KINDS.items() if kind == what or can("legacy_new", kind)],
        lead=LEADS[what],
        may_here=can("legacy_new", what),
        fields=form,
        origins=_origins(),
        problem=problem,
        way_back=to("imports"),
    )


@blueprint.route(f"{_WHAT}/<firstline_id:upload_id>/columns", methods=["GET", "POST"])
def legacy_columns(what: str, upload_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show the columns of a file beside ours, and look at the file as they are chosen."""
    upload = _upload(what, upload_id)
    here = to("legacy_file", what=what, upload_id=upload_id)
    if upload.state not in BEFORE_IMPORT:
        return done(here, _("This file is being imported already, or was."), ok=False)
    saved = legacy_saved.fitting(session().connection(), UploadKind(what), _columns(upload))
    page = MappingPage(upload, saved, settings().currency)
    if request.method != "POST":
        mapping = page.start(request.args.get("use", ""))
        return _columns_page(upload, page, page.form(mapping, None), mapping.columns)
    form = page.form(page.start("guess"), request.form)
    chosen, twice = page.read(request.form)
    sound = form.validate()
    if sound:
        mapping = page.mapping(form, chosen)
        if page.complain(form, mapping, twice):
            name, columns, origin = form.save_as.data or "", page.sheet.columns, upload.origin or ""

            def look(ctx: Context) -> None:
                if name:
                    legacy_saved.save(ctx, page.kind, name, columns, mapping, origin=origin, who=actor().name)
                legacy_uploads.look(ctx, upload_id, mapping)

            try:
                session().rollback()
                do(look)
                return done(here, _("Nothing is stored yet. Look at it first."))
            except Mistake as mistake:
                form.complain(*said(mistake))
    return _columns_page(_upload(what, upload_id), page, form, chosen), 422


def _columns(upload: Upload) -> tuple[str, ...]:
    return legacy_uploads.sheet_of(upload).columns


def _columns_page(upload: Upload, page: MappingPage, form: MappingForm, chosen: object) -> str:
    return render_template(
        "firstline/admin/legacy_columns.html",
        here="imports",
        upload=upload,
        kind_name=KINDS[upload.kind],
        columns=page.columns(chosen),  # type: ignore[arg-type]  # fields by their places
        choices=page.choices(),
        saved=[(row.id, row.name) for row in page.saved],
        fields=form,
        may_here=can("legacy_columns", upload.kind),
    )


@blueprint.get(f"{_WHAT}/<firstline_id:upload_id>")
def legacy_file(what: str, upload_id: int) -> str | BaseResponse | Response:
    """Show what an import would do, how far it is, or what it has done."""
    upload = _upload(what, upload_id)
    if upload.state == "mapping":
        return legacy_columns(what, upload_id)  # type: ignore[return-value]  # the page of its columns
    found = legacy_reports.looked(upload)
    work = progress(upload)
    page = render_template(
        "firstline/admin/legacy.html",
        here="imports",
        upload=upload,
        kind_name=KINDS[what],
        found=found,
        lines=_lines(found),
        notes=[(cell, problem_text(cell)) for cell in found.notes[:100]],
        **work,
        to_do=found.created + found.changed,
        may_here=can("legacy_start", what),
        at_once=legacy_uploads.AT_ONCE,
    )
    return refreshed(page) if work["goes_on"] else page


def _upload(what: str, upload_id: int) -> Upload:
    row = session().get(Upload, upload_id)
    if row is None or row.kind != what:
        abort(404)
    return row


def _lines(found: Looked) -> list[ShownLine]:
    by_line: dict[int, list[BadCell]] = defaultdict(list)
    for cell in found.bad:
        by_line[cell.line].append(cell)
    places = {name: place for place, name in enumerate(found.columns)}
    return [
        ShownLine(
            number=line,
            cells=cells,
            bad=[(places.get(cell.column), problem_text(cell)) for cell in by_line[line]],
        )
        for line, cells in found.lines
    ]


@blueprint.post(f"{_WHAT}/<firstline_id:upload_id>/import")
def legacy_start(what: str, upload_id: int) -> BaseResponse:
    """Import a file as the admin has chosen: the good lines, or all or none."""
    _upload(what, upload_id)
    here, all_or_none = to("legacy_file", what=what, upload_id=upload_id), request.form.get("mode") == "all"
    session().rollback()
    try:
        do(lambda ctx: legacy_uploads.start(ctx, upload_id, all_or_none=all_or_none, who=actor().name))
    except SeenOtherwise as seen:
        do(lambda ctx: legacy_uploads.look_again(ctx, upload_id))
        return done(here, said(seen)[1], ok=False)
    except Mistake as mistake:
        return done(here, said(mistake)[1], ok=False)
    if _upload(what, upload_id).state == "done":
        return done(here, _("The file is imported."))
    return done(here, _("The import has begun. This page shows how far it is."))


@blueprint.post(f"{_WHAT}/<firstline_id:upload_id>/again")
def legacy_again(what: str, upload_id: int) -> BaseResponse:
    """Let the worker try again to import a file; lines that are in stay in."""
    upload = _upload(what, upload_id)
    return jobs.again(
        jobs.of_uploads().get(upload_id),
        "legacy file",
        upload.file_name,
        to("legacy_file", what=what, upload_id=upload_id),
    )


@blueprint.get(f"{_WHAT}/<firstline_id:upload_id>/mistakes.csv")
def legacy_mistakes_csv(what: str, upload_id: int) -> Response:
    """Send the bad cells of a file, and those of which something is kept as it is, with the reasons."""
    found = legacy_reports.looked(_upload(what, upload_id))
    head = (_("Row"), _("Column"), _("Value"), _("What is wrong"))
    rows = [(cell.line, cell.column, cell.value, problem_text(cell)) for cell in (*found.bad, *found.notes)]
    return csv_response(f"mistakes-{upload_id}", head, rows)


@blueprint.get(f"{_WHAT}/<firstline_id:upload_id>/report.csv")
def legacy_report_csv(what: str, upload_id: int) -> Response:
    """Send what an import has made, line by line."""
    _upload(what, upload_id)
    head = (_("Row"), _("Outcome"), _("Contact"), _("Name"), _("Sponsor"), _("Posting"))
    rows = [
        (row.line, str(OUTCOMES[row.outcome]), row.contact, row.name, row.sponsor, row.posting)
        for row in legacy_reports.imported(session().connection(), upload_id)
    ]
    return csv_response(f"import-{upload_id}", head, rows)
