"""Import codes: send a file, look at what it would do, say so, and see how it went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from ..csv_file import csv_response
from ..domain.sheets import TEXTS as SHEET_TEXTS
from ..domain.sheets import BadSheet, SheetProblem
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import number
from ..models import Coupon, Upload, UploadKind
from ..services import code_uploads
from ..services.cells import TEXTS, BadCell
from ..services.code_importing import Act
from ..services.code_uploads import MOST_BYTES, Looked
from ..services.mistakes import Mistake
from .acting import Acting
from .batch_form import offer_coupons
from .batch_pages import refreshed
from .edge import blueprint, done, perform, session, settings
from .fields import ChoiceField, NounForm
from .imports import progress
from .sayings import said
from .show import to


class ImportForm(NounForm):
    """For which coupon the codes are."""

    coupon_id = ChoiceField(_l("Coupon"), hint=_l("All codes of the file redeem this coupon."))


@blueprint.route("/imports/new", methods=["GET", "POST"], endpoint="imports_new")
def new_import() -> str | BaseResponse | tuple[str, int]:
    """Take a file, look at it, and lead to what an import would do."""
    given = request.form if request.method == "POST" else None
    form = ImportForm(given, data={"coupon_id": request.args.get("coupon_id", "")})
    offer_coupons(form.coupon_id)
    if given is None:
        return _form_page(form, "")
    sound = form.validate()
    name, data, problem = sent_file()
    if sound and not problem:
        try:
            upload_id = perform(lambda act: _look_at(act, int(form.coupon_id.data), name, data))
            return done(to("upload", upload_id=upload_id), _("Nothing is stored yet. Look at it first."))
        except BadSheet as bad:
            problem = sheet_problem(bad)
    return _form_page(form, problem), 422


def sent_file() -> tuple[str, bytes, str]:
    """Give the name and the content of the file that was sent, or what is wrong with it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return "", b"", _("Please choose a file.")
    data = sent.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        text = _(
            "The file is larger than %(most)s MB. Please divide it, or use the command line.",
            most=number(MOST_BYTES // 10**6),
        )
        return sent.filename, b"", text
    name = "".join(char for char in sent.filename if char.isprintable())
    return name[-200:], data, ""


def _look_at(act: Acting, coupon_id: int, name: str, data: bytes) -> int:
    source = code_uploads.source_of(data, coupon_id=coupon_id, file_name=name, zone=act.settings.zone)
    return code_uploads.add(act.conn, source, Act(who=act.who, now=act.now))


def sheet_problem(bad: BadSheet) -> str:
    """Say why a file cannot be read as a table."""
    values = {**bad.data}
    if bad.problem is SheetProblem.NO_CODE_COLUMN and values["found"] == "none":
        values["found"] = _("nothing")
    return _(SHEET_TEXTS[bad.problem], **values)


def _form_page(form: ImportForm, problem: str) -> str:
    return render_template(
        "firstline/admin/import_new.html",
        here="imports",
        fields=form,
        problem=problem,
        columns=_COLUMN_HINTS,
        way_back=to("imports"),
    )


_COLUMN_HINTS = (
    ("code", _l("the code, in the spelling in which it is shown")),
    ("owner", _l("customer number of the partner whose code it is")),
    ("holder", _l("customer number of the only customer who can redeem it")),
    ("max", _l("how often it can be redeemed")),
    ("from", _l("the first day, such as 2026-12-01 or 01.12.2026")),
    ("until", _l("the last day")),
    ("credit", _l("store credit, such as 25.00")),
    ("occasion", _l("what it is for, such as a fair")),
)


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """A line of the file on the page; `bad` says per place of a cell what is wrong, None: with the line."""

    number: int
    cells: Sequence[str]
    bad: Sequence[tuple[int | None, str]]


@blueprint.get("/imports/<firstline_id:upload_id>")
def upload(upload_id: int) -> str | Response:
    """Show what an import would do, how far it is, or what it has done."""
    row = _upload(session(), upload_id)
    looked = code_uploads.looked(row)
    coupon = session().get_one(Coupon, row.coupon_id)
    work = progress(row)
    page = render_template(
        "firstline/admin/import.html",
        here="imports",
        upload=row,
        coupon=coupon,
        looked=looked,
        found=looked.imported,
        lines=_lines(looked),
        separator={";": _("semicolon"), ",": _("comma"), "\t": _("tab"), "|": "|"}.get(looked.separator, ""),
        **work,
        to_do=looked.imported.created + looked.imported.changed,
    )
    return refreshed(page) if work["goes_on"] else page


def _upload(current: Session, upload_id: int) -> Upload:
    row = current.get(Upload, upload_id)
    if row is None or row.kind != UploadKind.CODES.value:
        abort(404)
    return row


def _lines(looked: Looked) -> list[ShownLine]:
    by_line: dict[int, list[BadCell]] = defaultdict(list)
    for cell in looked.imported.bad:
        by_line[cell.line].append(cell)
    places = {name: place for place, name in enumerate(looked.columns)}
    return [
        ShownLine(
            number=line,
            cells=[*cells, *[""] * (len(looked.columns) - len(cells))],
            bad=[(places.get(cell.column), problem_text(cell)) for cell in by_line[line]],
        )
        for line, cells in looked.lines
    ]


def problem_text(cell: BadCell) -> str:
    """Say what is wrong with a cell."""
    return _(TEXTS[cell.problem], other=cell.other)


@blueprint.post("/imports/<firstline_id:upload_id>/import")
def start_import(upload_id: int) -> BaseResponse:
    """Import a file as the admin has chosen: the good lines, or all or none."""
    row = _upload(session(), upload_id)
    here, all_or_none = to("upload", upload_id=row.id), request.form.get("mode") == "all"
    session().rollback()
    try:
        perform(
            lambda act: code_uploads.start(
                act.conn,
                upload_id,
                Act(who=act.who, now=act.now),
                all_or_none=all_or_none,
                zone=settings().zone,
            )
        )
    except Mistake as mistake:
        return done(here, said(mistake)[1], ok=False)
    after = _upload(session(), upload_id)
    if after.state == "done":
        return done(here, _("The codes are imported."))
    if after.state == "looked_at":
        return done(here, _("Nothing was imported: there are mistakes in the file."), ok=False)
    return done(here, _("The import has begun. This page shows how far it is."))


@blueprint.get("/imports/<firstline_id:upload_id>/mistakes.csv")
def mistakes_csv(upload_id: int) -> Response:
    """Send the bad cells of a file, with their lines and reasons."""
    looked = code_uploads.looked(_upload(session(), upload_id))
    head = (_("Row"), _("Column"), _("Value"), _("What is wrong"))
    rows = [(cell.line, cell.column, cell.value, problem_text(cell)) for cell in looked.imported.bad]
    return csv_response(f"mistakes-{upload_id}", head, rows)
