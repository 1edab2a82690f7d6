"""The dry run of terms: what a change would have made of past months, per partner."""

from __future__ import annotations

from typing import ClassVar

from flask import abort, render_template, request

from ..i18n import day_text, local
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import CommissionTerms
from ..services import program
from ..services.mistakes import Mistake, NotThere
from ..services.terms_dry_run import MOST_DOCUMENTS, MOST_MONTHS, Change, DryRun, dry_run, ending
from ..state import current_state
from ..terms_words import rate_text, step_name
from .clause_fields import clause_values
from .edge import blueprint, session
from .fields import NounForm
from .number_fields import WholeField
from .sayings import complain
from .terms_form import Groups, TermsForm, prepare, terms_of

SHOWN = 200
_USUAL_MONTHS = 3


def _months() -> WholeField:
    return WholeField(
        _l("Months to look back"),
        needed=True,
        most=MOST_MONTHS,
        default=_USUAL_MONTHS,
        hint=_l("The sales that were credited in them are reckoned anew."),
    )


class EndingForm(NounForm):
    """How many months to look back, for terms that end."""

    months = _months()
    groups: ClassVar[Groups] = ((_l("How far back"), ("months",)),)


class DryRunForm(TermsForm):
    """Terms as they might be, and how many months to look back."""

    months = _months()

    groups: ClassVar[Groups] = tuple(
        (_l("How far back") if "months" in names else title, names) for title, names in TermsForm.groups
    )


@blueprint.get("/terms/dry-run")
def terms_dry_run() -> str | tuple[str, int]:
    """Ask for the terms, and show what they would have changed; nothing is written."""
    if "ending" in request.args:
        return _dry_run_of_end()
    asked = "level" in request.args
    row = {} if asked else _stored()
    form = DryRunForm(request.args if asked else None, data=row)
    prepare(session(), form, {})
    found = _reckon(form) if asked and form.validate() else None
    page = _page(form, found)
    return (page, 422) if asked and found is None else page


def _dry_run_of_end() -> str | tuple[str, int]:
    """Show what the end of the terms that the address names would have changed."""
    row = _named(request.args["ending"])
    ctx = current_state().context(session().connection())
    try:
        change = ending(ctx, row.id)
    except NotThere:
        abort(404)
    asked = "months" in request.args
    form = EndingForm(request.args if asked else None)
    if asked and not form.validate():
        return _page(form, None, row), 422
    return _page(form, dry_run(ctx, [change], months=form.months.data), row)


def _page(form: NounForm, found: DryRun | None, row: CommissionTerms | None = None) -> str:
    """Show the form and what was reckoned; `row` are stored terms whose end it is about."""
    return render_template(
        "firstline/admin/terms_dry_run.html",
        here="terms",
        fields=form,
        ending=row,
        ends="" if row is None else _described(row),
        found=found,
        since=day_text(local(found.since).date()) if found is not None else "",
        shown=found.differences[:SHOWN] if found is not None else (),
        left_out=max(0, len(found.differences) - SHOWN) if found is not None else 0,
        most=MOST_DOCUMENTS,
    )


def _described(row: CommissionTerms) -> str:
    """Say in a few words which terms these are."""
    rate = rate_text(row.percent, row.fixed, row.currency)
    return _("level %(level)s, %(rate)s, %(where)s", level=row.level, rate=rate,
             where=step_name(terms_of(row).step.value))  # fmt: skip


def _reckon(form: DryRunForm) -> DryRun | None:
    ctx = current_state().context(session().connection())
    try:
        terms = program.check_terms(ctx.conn, **form.values())
    except Mistake as mistake:
        complain(form, mistake)
        return None
    return dry_run(ctx, [Change(terms=terms)], months=form.months.data)


def _stored() -> dict[str, object]:
    """Give the terms that the address names, as they stand."""
    named = request.args.get("terms", "")
    if not named:
        return {}
    terms = terms_of(_named(named))
    names = ("level", "percent", "fixed", "currency", "partner_id", "product_ref", "category", "campaign")
    return {
        **{name: getattr(terms, name) for name in names},
        **clause_values(terms.clauses),
        "kind": "fixed" if terms.percent is None else "percent",
    }


def _named(text: str) -> CommissionTerms:
    """Give the terms of that id."""
    row = session().get(CommissionTerms, int(text)) if text.isdecimal() and len(text) < 18 else None
    if row is None:
        abort(404)
    return row
