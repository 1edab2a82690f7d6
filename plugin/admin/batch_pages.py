"""Make a batch, with samples before; look at one; files of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from flask import Response, abort, render_template, request
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response as BaseResponse

from ..csv_file import csv_response
from ..domain.codes import guesses
from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import CodeBatch, Coupon
from ..services import code_batches, code_drawing, code_exports, code_wanted
from ..services.code_cells import COLUMNS
from ..services.code_wanted import Wanted
from ..services.context import Keyring
from ..services.mistakes import FormTaken, Mistake, TooManyToDraw
from ..state import current_state
from . import jobs
from .acting import Acting
from .batch_form import BatchForm, offer_coupons
from .batches import HOW, batch_name, batch_state
from .edge import blueprint, done, perform, session, settings
from .sayings import complain
from .show import to

AT_ONCE = 20_000
"""Codes that are drawn while the admin waits; more are left to the worker."""
_WEAK, _FAIR = 10**6, 10**9


@blueprint.route("/batches/new", methods=["GET", "POST"], endpoint="batches_new")
def new_batch() -> str | BaseResponse | tuple[str, int]:
    """Ask how many codes of which form; show samples; with the admin's word make them."""
    given = request.form if request.method == "POST" else None
    form = BatchForm(given, data={"coupon_id": request.args.get("coupon_id", "")})
    offer_coupons(form.coupon_id)
    if given is None:
        return _form_page(form, None)
    if not form.check():
        return _form_page(form, None), 422
    wanted = form.wanted()
    try:
        if given.get("sure") != "yes":
            return _form_page(form, _checked(wanted))
        batch_id = perform(lambda act: _make(act, wanted))
    except Mistake as mistake:
        _say(form, mistake)
        return _form_page(form, None), 422
    return done(to("batch", batch_id=batch_id), _made(wanted))


def _checked(wanted: Wanted) -> Wanted:
    conn = session().connection()
    checked = code_wanted.check(conn, wanted)
    code_wanted.check_form(conn, checked, _keys(conn))
    return checked


def _make(act: Acting, wanted: Wanted) -> int:
    make = code_drawing.generate_codes if wanted.count <= AT_ONCE else code_drawing.generate_later
    return make(act.conn, wanted, keys=_keys(act.conn), who=act.who, now=act.now)


def _made(wanted: Wanted) -> str:
    if wanted.count > AT_ONCE:
        return _("The codes are being made by the worker. This page shows when they are there.")
    return ngettext("%(num)s code is made.", "%(num)s codes are made.", wanted.count)


def _keys(conn: Connection) -> Keyring:
    return current_state().context(conn).keys


def _say(form: BatchForm, mistake: Mistake) -> None:
    if isinstance(mistake, FormTaken):
        text = _(
            "There are codes that look like these but have no check sign, or the other way round. "
            "Please give another beginning or number of signs."
        )
        form.complain("prefix", text)
    elif isinstance(mistake, TooManyToDraw):
        form.complain("length", _("So many codes need more random signs, or another beginning."))
    else:
        complain(form, mistake)


def _form_page(form: BatchForm, checked: Wanted | None) -> str:
    return render_template(
        "firstline/admin/batch_new.html",
        here="batches",
        fields=form,
        wanted=checked,
        samples=code_drawing.samples(checked, _keys(session().connection())) if checked else (),
        strength=_strength(checked) if checked else None,
        by_worker=checked is not None and checked.count > AT_ONCE,
        # What was looked at is what is made: a field that is changed is looked at again.
        given=[pair for pair in request.form.items(multi=True) if pair[0] in form],
        way_back=to("batches"),
    )


def _strength(wanted: Wanted) -> tuple[str, int]:
    """Give the tone of the strength, and after how many guesses somebody hits a code."""
    tries = guesses(wanted.count, length=wanted.length, check_sign=wanted.check_signs)
    return ("bad" if tries < _WEAK else "wait" if tries < _FAIR else "ok"), tries


@blueprint.get("/batches/<firstline_id:batch_id>")
def batch(batch_id: int) -> str | Response:
    """Show a batch with its figures and files."""
    query = select(CodeBatch, Coupon, code_batches.redeemed_codes().label("redeemed"))
    row = (
        session()
        .execute(query.join(Coupon, Coupon.id == CodeBatch.coupon_id).where(CodeBatch.id == batch_id))
        .one_or_none()
    )
    if row is None:
        abort(404)
    made = row.CodeBatch.count == 0 or code_batches.is_made(session().connection(), batch_id)
    job = None if made else jobs.of_batches().get(batch_id)
    given_up = job is not None and job.given_up
    page = render_template(
        "firstline/admin/batch.html",
        here="batches",
        batch=row.CodeBatch,
        coupon=row.Coupon,
        redeemed=row.redeemed,
        name=batch_name(row.CodeBatch),
        how=HOW[row.CodeBatch.how],
        made=made,
        job=job,
        given_up=given_up,
        state=batch_state(made, job),
    )
    return page if made or given_up else refreshed(page)


def refreshed(page: str, seconds: int = 3) -> Response:
    """Let a page come again by itself, as long as something goes on behind it."""
    response = Response(page)
    response.headers["Refresh"] = str(seconds)
    return response


@blueprint.get("/batches/<firstline_id:batch_id>/codes.csv")
def batch_csv(batch_id: int) -> Response:
    """Send the codes of a batch for the printer."""
    row = session().get(CodeBatch, batch_id)
    if row is None:
        abort(404)
    links = f"{request.url_root.rstrip('/')}{settings().url_prefix}/c/"
    zone = settings().zone
    head = (_("Code"), _("Occasion"), _("Valid until"), _("Link"))
    rows = streamed(lambda conn: code_exports.printed(conn, batch_id, links=links, zone=zone))
    return csv_response(f"codes-{batch_id}", head, rows)


@blueprint.get("/coupons/<firstline_id:coupon_id>/codes.csv")
def coupon_codes_csv(coupon_id: int) -> Response:
    """Send all codes of a coupon in the columns that an import reads."""
    if session().get(Coupon, coupon_id) is None:
        abort(404)
    zone = settings().zone
    rows = streamed(lambda conn: (line.cells(zone) for line in code_exports.export_codes(conn, coupon_id)))
    return csv_response(f"codes-of-coupon-{coupon_id}", COLUMNS, rows)


def streamed(
    read: Callable[[Connection], Iterable[Iterable[object]]],
) -> Iterator[Iterable[object]]:
    """Yield rows while they are sent: on a connection of their own, since the session ends before."""
    engine = current_state().engine()

    def rows() -> Iterator[Iterable[object]]:
        with engine.connect() as conn:
            yield from read(conn)

    return rows()
