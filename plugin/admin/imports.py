"""Imports: files of codes that were sent, and what came of them."""

from __future__ import annotations

from sqlalchemy import select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Coupon, Upload
from ..services.listing import AnyRow, Query
from .nouns import Column, Filter, Kind, Noun, State
from .show import to


def upload_state(state: str) -> State:
    """Show how far an import is."""
    return {
        "looked_at": State("now", _("looked at")),
        "waiting": State("wait", _("waits for the worker")),
        "running": State("wait", _("being imported")),
        "done": State("ok", _("imported")),
    }.get(state, State("bad", _("failed")))


def _statement() -> Query:
    return select(Upload, Coupon).join(Coupon, Coupon.id == Upload.coupon_id)


def _bad(row: AnyRow) -> int:
    return len({cell[0] for cell in row.Upload.report["bad"]})


NOUN = Noun(
    name="imports",
    title=_l("Imports"),
    lead=_l("Files of codes. A file is looked at first; nothing is stored until you say so."),
    icon="up",
    statement=_statement,
    keys=(Upload.id.expression,),
    columns=(
        Column(
            name="file",
            label=_l("File"),
            value=lambda row: row.Upload.file_name or _("Import %(id)s", id=row.Upload.id),
            href=lambda row: to("upload", upload_id=row.Upload.id),
        ),
        Column(
            name="coupon",
            label=_l("Coupon"),
            value=lambda row: row.Coupon.name,
            href=lambda row: to("coupons_edit", key=row.Coupon.id),
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
            value=lambda row: upload_state(row.Upload.state),
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
            where=lambda choice, now: Upload.state == choice,
            choices=(("looked_at", _l("looked at")), ("done", _l("imported"))),
        ),
    ),
    makes=True,
    new_label=_l("Import a file"),
    empty=_l("Here stand the files of codes. Import codes from a spreadsheet, or codes that a printer made."),
)
