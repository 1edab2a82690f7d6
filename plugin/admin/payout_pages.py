"""The page of a payout run: a frozen preview, amounts, the release, and the files that follow."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..csv_file import csv_response
from ..domain.amounts import parse_amount
from ..domain.money import major
from ..domain.payout import Method
from ..i18n import gettext as _
from ..i18n import money, ngettext
from ..payout_words import METHODS, refusal_text
from ..services import holds, payout_changes, payout_claims, payout_files, payout_release
from ..services import payouts as payouts_service
from ..services.mistakes import Mistake
from ..services.payout_claims import Claim, minimums_of
from ..state import current_state
from .edge import blueprint, done, now, session, settings
from .payout_acting import actor, do, is_known_by_name, refusal
from .payout_view import plain, reason, run_page, sums_text, view_of
from .payouts import payout_state
from .show import contact_name, to


@blueprint.route("/payout_runs/new", methods=["GET", "POST"], endpoint="payout_runs_new")
def new_run() -> str | BaseResponse:
    """Say what a run would pay now; a post makes it."""
    if request.method == "POST":
        try:
            while do(holds.release_due):
                pass
            run_id = do(lambda ctx: payouts_service.make_run(ctx, actor()))
        except Mistake as mistake:
            return done(to("payout_runs"), refusal(mistake), ok=False)
        return done(to("payout_run", run_id=run_id), _("Nothing is paid yet. Look at it first."))
    found = payout_claims.claims(current_state().context(session().connection(), now=now()))
    payable = [claim for claim in found if claim.verdict.skip is None]
    return render_template(
        "firstline/admin/payout_new.html",
        here="payout_runs",
        sums=_claimed(payable),
        count=len(payable),
        skipped=len(found) - len(payable),
        minimums=[money(amount, code) for code, amount in minimums_of(settings()).items()],
        way_back=to("payout_runs"),
    )


def _claimed(found: Sequence[Claim]) -> list[str]:
    sums: dict[str, int] = {}
    for claim in found:
        sums[claim.place[1]] = sums.get(claim.place[1], 0) + claim.verdict.amount
    return [money(amount, currency) for currency, amount in sorted(sums.items())]


@blueprint.get("/payout_runs/<firstline_id:run_id>")
def payout_run(run_id: int) -> str:
    """Show a run."""
    return run_page(view_of(run_id))


@blueprint.post("/payout_runs/<firstline_id:run_id>/amounts")
def payout_amounts(run_id: int) -> str | BaseResponse | tuple[str, int]:
    """Change amounts of a run that waits for release."""
    view = view_of(run_id)
    typed = {name: text.strip() for name, text in request.form.items() if name.startswith("amount-")}
    try:
        wanted = {
            row.id: _typed_amount(typed[f"amount-{row.id}"], row.currency)
            for row in view.payouts
            if f"amount-{row.id}" in typed
        }
        changed = do(lambda ctx: payout_changes.set_amounts(ctx, run_id, wanted, actor()))
    except Mistake as mistake:
        return run_page(view_of(run_id), typed=typed, problem=refusal(mistake)), 422
    except ValueError:
        problem = _(
            "One of the amounts cannot be read. Please write it like %(example)s.", example=plain(1250, "EUR")
        )
        return run_page(view, typed=typed, problem=problem), 422
    text = ngettext("%(num)s amount is changed.", "%(num)s amounts are changed.", changed)
    return done(to("payout_run", run_id=run_id), text)


def _typed_amount(text: str, currency: str) -> int:
    return 0 if not text.strip("0.,") else parse_amount(text, locale=str(i18n.locale()), currency=currency)


@blueprint.post("/payout_runs/<firstline_id:run_id>/release")
def release_payout_run(run_id: int) -> str | BaseResponse | tuple[str, int]:
    """Pay a run, where its number and sums were typed as they are."""
    view = view_of(run_id)
    typed = dict(request.form.items())
    problem = ""
    if view.skips and not typed.get("seen"):
        problem = _("Please say that you have seen who is skipped.")
    try:
        count = int(typed.get("count", ""))
        sums = {
            one.currency: _typed_amount(typed.get(f"sum-{one.currency}", ""), one.currency)
            for one in view.sums
        }
    except ValueError:
        problem = problem or refusal_text("not_confirmed", "")
    if problem:
        return run_page(view, typed=typed, problem=problem), 422
    try:
        do(
            lambda ctx: payout_release.release(
                ctx, run_id, actor(), count=count, sums=sums, has_identity=is_known_by_name()
            )
        )
    except Mistake as mistake:
        return run_page(view_of(run_id), typed=typed, problem=refusal(mistake)), 422
    return done(to("payout_run", run_id=run_id), _("%(sum)s are paid out.", sum=sums_text(view.sums)))


@blueprint.post('/payout_runs/<firstline_id:run_id>/<any("discard", "refresh", "paid"):act>')
def act_on_payout_run(run_id: int, act: str) -> BaseResponse:
    """Throw a run away, bring it up to date, or note that all of it has arrived."""
    way_back = to("payout_run", run_id=run_id)
    try:
        if act == "discard":
            do(lambda ctx: payout_changes.discard(ctx, run_id, actor()))
            return done(to("payout_runs"), _("The run is thrown away. Nothing was paid."))
        if act == "refresh":
            do(lambda ctx: payout_changes.bring_up_to_date(ctx, run_id, actor()))
            return done(way_back, _("The run is up to date. Please look at it again."))
        ids = [row.id for row in view_of(run_id).payouts]
        count = do(lambda ctx: payout_release.mark_paid(ctx, ids, actor()))
        return done(way_back, ngettext("%(num)s payout has arrived.", "%(num)s payouts have arrived.", count))
    except Mistake as mistake:
        return done(way_back, refusal(mistake), ok=False)


@blueprint.post('/payout_runs/<firstline_id:run_id>/<any("sepa", "paypal"):kind>.file')
def payout_file(run_id: int, kind: str) -> BaseResponse:
    """Send the file of a released run for the bank or for PayPal; who took it is noted."""
    currency = request.form.get("currency", "EUR")[:3]
    try:
        made = do(lambda ctx: payout_files.write_file(ctx, run_id, Method(kind), actor(), currency=currency))
    except Mistake as mistake:
        return done(to("payout_run", run_id=run_id), refusal(mistake), ok=False)
    response = Response(made.content, mimetype=made.mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response


@blueprint.get("/payout_runs/<firstline_id:run_id>.csv")
def payout_run_csv(run_id: int) -> Response:
    """Send a run as a file: whom it pays, and whom it skips."""
    view = view_of(run_id)
    head = (
        _("Payout"), _("Customer number"), _("Partner"), _("Way"), _("Payable"), _("Amount"), _("Currency"),
        _("State"), _("Reason"),
    )  # fmt: skip
    paid = [
        (f"PAYOUT-{row.id}", row.partner.ref, contact_name(row.partner), METHODS[row.method],
         major(row.payable, row.currency), major(row.amount, row.currency), row.currency,
         payout_state(row.state).text, "")
        for row in view.payouts
    ]  # fmt: skip
    skipped = [
        ("", row.partner.ref, contact_name(row.partner), "", major(row.amount, row.currency), "",
         row.currency, _("skipped"), reason(row))
        for row in view.skips
    ]  # fmt: skip
    return csv_response(f"payout-run-{run_id}", head, [*paid, *skipped])
