"""Issue the statements of a month, look at one, note an objection to it, issue it anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from flask import Response, abort, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..cards.printing import file_response
from ..csv_file import csv_response
from ..i18n import gettext as _
from ..i18n import money, ngettext
from ..models import Contact, Statement
from ..services import statement_reading, statement_settings, statements
from ..services.context import Context
from ..services.mistakes import Mistake
from ..services.statements import Open, StatementRefused
from ..state import current_state
from ..statements import INSTALL, can_embed, can_print
from ..statements.view import lines_table, statement_text
from ..statements.words import refusal_text, why_not_text
from .decision_forms import WhyForm
from .edge import admin, blueprint, done, now, session
from .payout_acting import actor, do
from .sayings import said
from .show import contact_link, contact_name, to

MONTHS = 12
SHOWN = 200
"""Of a preview, those first for whom something is missing."""
Result = TypeVar("Result")


def refusal(mistake: Mistake) -> str:
    """Say in the admin's language why an act on statements was refused."""
    if isinstance(mistake, StatementRefused):
        return refusal_text(mistake.problem, str(mistake))
    return said(mistake)[1]


@blueprint.route("/statements/new", methods=["GET", "POST"], endpoint="statements_new")
def issue_statements() -> str | BaseResponse:
    """Say who gets a statement for a month, and who not; a post issues them."""
    month = _month(request.values.get("month", ""))
    if request.method == "POST":
        way_back = to("statements_new", month=f"{month:%Y-%m}")
        try:
            ids, _skipped = do(lambda ctx: statements.issue_month(ctx, month, actor()))
        except Mistake as mistake:
            return done(way_back, refusal(mistake), ok=False)
        text = ngettext("%(num)s statement is issued.", "%(num)s statements are issued.", len(ids))
        return done(to("statements"), text)
    ctx = current_state().context(session().connection(), now=now())
    found = statements.preview(ctx, statements.month_of(ctx, month))
    found.sort(key=lambda one: one.why_not is None)
    return render_template(
        "firstline/admin/statements_new.html",
        here="statements",
        month=f"{month:%Y-%m}",
        months=[(f"{one:%Y-%m}", i18n.skeleton("yMMMM", one)) for one in _months()],
        rows=_rows(found[:SHOWN]),
        more=max(len(found) - SHOWN, 0),
        count=sum(one.why_not is None for one in found),
        ready=statement_settings.load(ctx.conn).is_complete,
        way_back=to("statements"),
    )


def _months() -> list[date]:
    """Give the last months that are over, the newest first."""
    found, day = [], i18n.local(now()).date().replace(day=1)
    for _n in range(MONTHS):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(day)
    return found


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        return _months()[0]


def _rows(found: Sequence[Open]) -> list[dict[str, object]]:
    ids = {one.partner_id for one in found}
    contacts = {row.id: row for row in session().scalars(select(Contact).where(Contact.id.in_(ids)))}
    return [_row(one, contacts[one.partner_id]) for one in found]


def _row(one: Open, contact: Contact) -> dict[str, object]:
    return {
        "name": contact_name(contact),
        "link": contact_link(contact),
        "tax": to("contact_tax", contact_id=one.partner_id),
        "amount": one.amount,
        "currency": one.currency,
        "why_not": "" if one.why_not is None else why_not_text(one.why_not),
    }


@blueprint.get("/statements/<firstline_id:statement_id>")
def statement(statement_id: int) -> str:
    """Show a statement."""
    row = _statement(statement_id)
    newer = statement_reading.replacement(session(), statement_id)
    link = None if newer is None else {"number": newer.number, "href": to("statement", statement_id=newer.id)}
    return render_template(
        "firstline/admin/statement.html",
        here="statements",
        statement=row,
        text=statement_text(row),
        own=False,
        partner=(contact_name(row.partner), contact_link(row.partner)),
        replacement=link,
        can_print=can_print(),
        can_embed=can_embed(),
        install=INSTALL,
    )


@blueprint.get("/statements/<firstline_id:statement_id>.pdf")
def statement_file(statement_id: int) -> BaseResponse:
    """Send a statement as PDF."""
    row = _statement(statement_id)
    if not can_print():
        abort(404)
    # The extra `pdf` may be missing where nobody prints.
    from ..statements.pdf import statement_pdf

    content = statement_pdf(row, zone=current_state().settings.zone)
    return file_response(content, "application/pdf", f"{row.number}.pdf")


@blueprint.get("/statements/<firstline_id:statement_id>.csv")
def statement_lines_file(statement_id: int) -> Response:
    """Send the lines of a statement as a file."""
    row = _statement(statement_id)
    return csv_response(row.number.replace("/", "-"), *lines_table(row))


def _statement(statement_id: int) -> Statement:
    found = statement_reading.find(session(), statement_id)
    if found is None:
        abort(404)
    return found


@blueprint.route("/statements/<firstline_id:statement_id>/objection", methods=["GET", "POST"])
def statement_objection(statement_id: int) -> str | BaseResponse | tuple[str, int]:
    """Note an objection that a partner made by another way; the statement has no effect any more."""
    row = _statement(statement_id)
    given = request.form if request.method == "POST" else None
    form, way_back = WhyForm(given), to("statement", statement_id=statement_id)
    if given is not None and form.validate():
        problem = _tried(lambda ctx: statements.void(ctx, statement_id, why=form.why.data, who=admin().name))
        if not problem:
            return done(way_back, _("The statement has no effect any more. Issue it anew when it is right."))
        form.complain("", problem)
    page = render_template(
        "firstline/admin/decide.html",
        here="statements",
        title=_("The partner objects"),
        name=f"{row.number}, {contact_name(row.partner)}, {money(row.gross, row.currency)}",
        sentence=_("The statement ends to be an invoice at once. It stays readable and keeps its number."),
        fields=form,
        action=to("statement_objection", statement_id=statement_id),
        button=_("Note the objection"),
        danger=True,
        way_back=way_back,
    )
    return page if given is None else (page, 422)


@blueprint.post("/statements/<firstline_id:statement_id>/again")
def reissue_statement(statement_id: int) -> BaseResponse:
    """Issue anew what a partner has objected to."""
    try:
        made = do(lambda ctx: statements.reissue(ctx, statement_id, actor()))
    except Mistake as mistake:
        return done(to("statement", statement_id=statement_id), refusal(mistake), ok=False)
    return done(
        to("statement", statement_id=made), _("The statement is issued anew, in place of the old one.")
    )


def _tried(work: Callable[[Context], Result]) -> str:
    """Act, and say why it was refused; empty: it is done."""
    try:
        do(work)
    except Mistake as mistake:
        return refusal(mistake)
    return ""
