"""The postings of some days for bookkeeping: the sums per account, and the file."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..csv_file import csv_response
from ..domain.bookkeeping import HEAD
from ..domain.report import Quick
from ..i18n import gettext as _
from ..report_words import QUICK
from ..services import bookkeeping as books
from ..services import report_reading
from ..services.mistakes import Mistake
from ..services.report_asked import Asked
from ..services.report_reading import Where
from .edge import blueprint, done, now, session, settings
from .show import to

_LONGEST = 10
_DAYS = ("period", "from", "until")


@blueprint.get("/bookkeeping")
def bookkeeping() -> str:
    """Show what was debited and credited on each account."""
    given, problem = _given(), ""
    try:
        asked = _asked(given)
    except Mistake:
        given, problem = {}, _said()
        asked = _asked(given)
    conn = session().connection()
    sums = books.account_sums(conn, asked, settings().book_accounts)
    chosen = "" if "from" in given or "until" in given else given.get("period", Quick.THIS_MONTH)
    return render_template(
        "firstline/admin/bookkeeping.html",
        here="bookkeeping",
        asked=asked,
        quick=[(text, to("bookkeeping", period=key), key == chosen) for key, text in QUICK.items()],
        parts=[
            (currency, [one for one in sums if one.currency == currency])
            for currency in dict.fromkeys(one.currency for one in sums)
        ],
        sealed=books.sealed_until(conn),
        problem=problem,
        csv=to("bookkeeping_csv", **given),
    )


@blueprint.get("/bookkeeping.csv")
def bookkeeping_csv() -> BaseResponse:
    """Send the postings as a file."""
    try:
        asked = _asked(_given())
    except Mistake:
        return done(to("bookkeeping"), _said(), ok=False)
    # The session ends with the request, before a stream would be read: the cells are made now.
    found = books.entries(session().connection(), asked, settings().book_accounts)
    rows = [entry.cells for entry in found]
    return csv_response(f"postings-{asked.first}-{asked.last}", HEAD, rows, between=";")


def _given() -> dict[str, str]:
    found = {name: request.args.get(name, "")[: _LONGEST + 2] for name in _DAYS}
    if found["from"] or found["until"]:
        found["period"] = ""
    return {name: value for name, value in found.items() if value}


def _asked(given: dict[str, str]) -> Asked:
    where = Where(zone=settings().zone, home=settings().currency, now=now())
    return report_reading.read(session().connection(), given, where)[0]


def _said() -> str:
    return _("These are no days. Please look at them again.")
