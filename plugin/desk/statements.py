"""The partner's statements: a list, each as a page, CSV, and the objection that ends its effect."""

from __future__ import annotations

from flask import Response, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..cards.printing import file_response
from ..csv_file import csv_response
from ..domain.money import major
from ..i18n import gettext as _
from ..models import Statement
from ..services import statement_reading, statement_settings, statements, tax_data
from ..services.statements import LONGEST_OBJECTION, StatementRefused
from ..services.unit import unit
from ..state import current_state
from ..statements import can_print
from ..statements.view import lines_table, period_text, state_of, statement_text
from ..statements.words import refusal_text
from .gate import blueprint, connection, done, now, partner


def session() -> Session:
    """Give the session of this request, to read from."""
    found: Session = current_state().session()
    return found


@blueprint.get("/statements", endpoint="statements")
def own_statements() -> str:
    """List the statements, and say what is missing for the next ones."""
    me = partner()
    kept = tax_data.find(connection(), me.id)
    home = statement_settings.load(connection()).country
    return render_template(
        "firstline/desk/statements.html",
        here="statements",
        rows=[
            (row, period_text(row), state_of(row))
            for row in statement_reading.statements_of(session(), me.id)
        ],
        complete=tax_data.why_not(kept, home=home) is None,
    )


@blueprint.get("/statements.csv")
def statements_csv() -> Response:
    """Send all statements as a file."""
    head = (
        _("Number"), _("Date"), _("From day"), _("Until day"), _("Net"), _("VAT"), _("Total"), _("Currency"),
        _("State"),
    )  # fmt: skip
    return csv_response("statements", head, [
        (row.number, i18n.local(row.issued_at).date().isoformat(), i18n.local(row.begins).date().isoformat(),
         i18n.last_day(row.ends).isoformat(), major(row.net, row.currency), major(row.vat, row.currency),
         major(row.gross, row.currency), row.currency, state_of(row)[1])
        for row in statement_reading.statements_of(session(), partner().id, most=10_000)
    ])  # fmt: skip


@blueprint.get("/statements/<firstline_id:statement_id>")
def statement(statement_id: int) -> str:
    """Show a statement."""
    return _page(_own(statement_id))


@blueprint.get("/statements/<firstline_id:statement_id>.csv")
def statement_lines_file(statement_id: int) -> Response:
    """Send the lines of a statement as a file."""
    row = _own(statement_id)
    return csv_response(row.number.replace("/", "-"), *lines_table(row))


@blueprint.get("/statements/<firstline_id:statement_id>.pdf")
def statement_file(statement_id: int) -> Response:
    """Send a statement as PDF."""
    row = _own(statement_id)
    if not can_print():
        abort(404)
    # The extra `pdf` may be missing where nobody prints.
    from ..statements.pdf import statement_pdf

    content = statement_pdf(row, zone=current_state().settings.zone)
    return file_response(content, "application/pdf", f"{row.number}.pdf")


def _page(row: Statement, problem: str = "") -> str:
    newer = statement_reading.replacement(session(), row.id)
    return render_template(
        "firstline/desk/statement.html",
        here="statements",
        statement=row,
        text=statement_text(row),
        own=True,
        replacement=_link(newer) if newer is not None else None,
        problem=problem,
        can_print=can_print(),
        longest=LONGEST_OBJECTION,
    )


def _link(row: Statement) -> dict[str, str]:
    return {"number": row.number, "href": url_for(".statement", statement_id=row.id)}


def _own(statement_id: int) -> Statement:
    found = statement_reading.find_own(session(), partner().id, statement_id)
    if found is None:
        abort(404)
    return found


@blueprint.post("/statements/<firstline_id:statement_id>/objection")
def object_to_statement(statement_id: int) -> BaseResponse | tuple[str, int]:
    """Say what is wrong with a statement; it has no effect any more."""
    me, row = partner(), _own(statement_id)
    ctx_of = current_state().context
    try:
        with unit(current_state().session()) as conn:
            ctx = ctx_of(conn, now=now())
            why = request.form.get("why", "")
            statements.void(ctx, row.id, why=why, who=me.signature, partner_id=me.id)
    except StatementRefused as refused:
        return _page(_own(statement_id), refusal_text(refused.problem, str(refused))), 422
    text = _("Your objection is noted: the statement has no effect any more. The shop issues it anew.")
    return done(url_for(".statement", statement_id=row.id), ok=True, text=text)
