"""The endpoints of reports and of the file for bookkeeping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from ..csv_file import csv_response
from ..domain.bookkeeping import HEAD
from ..domain.report import plain_rows
from ..services import bookkeeping, report_reading
from ..services.mistakes import NotThere
from ..services.report_reading import Where
from ..services.reports import REPORTS
from . import answering, named
from .edge import blueprint, operation
from .report_schemas import BookkeepingQuerySchema, ReportQuerySchema, ReportSchema

READ, TAG = "reports:read", "Reports"


@operation("GET", "/reports/<report_name>", scope=READ, tag=TAG, refuses=(422,))
@blueprint.arguments(ReportQuerySchema, location="query")
@blueprint.response(200, ReportSchema)
def get_report(asked: Mapping[str, Any], report_name: str) -> Response:
    """Give a report: sales, redemptions, commissions, liabilities, ..."""
    if report_name not in REPORTS:
        raise NotThere(f"There is no such report; there are {', '.join(REPORTS)}.")
    ctx = answering.reading()
    where = Where(zone=ctx.settings.zone, home=ctx.settings.currency, now=ctx.now)
    with named.naming():
        days, found = report_reading.make(ctx.conn, report_name, _as_written(asked), where)
    value = {
        "name": report_name,
        "from_": None if REPORTS[report_name].as_of else days.first,
        "until": days.last,
        "by": days.step if found.has_spans else None,
        "columns": found.columns,
        "rows": plain_rows(found),
        "left_out": found.left_out,
    }
    return answering.shown(ReportSchema(), value)


@operation("GET", "/bookkeeping.csv", scope=READ, tag=TAG, refuses=(422,))
@blueprint.arguments(BookkeepingQuerySchema, location="query")
@blueprint.response(
    200,
    {"type": "string"},
    content_type="text/csv",
    description="One line a posting.",
    example=f"{';'.join(HEAD)}\r\n2,08;S;EUR;4760;0970;20.11.2026;2-1;4711;commission, partner 2;0\r\n",
)
def export_bookkeeping(asked: Mapping[str, Any]) -> BaseResponse:
    """Give the postings of some days with their accounts, a batch as DATEV reads it."""
    ctx = answering.reading()
    where = Where(zone=ctx.settings.zone, home=ctx.settings.currency, now=ctx.now)
    with named.naming():
        days, _ = report_reading.read(ctx.conn, _as_written(asked), where)
    # The session ends with the request, before a stream would be read: the cells are made now.
    rows = [entry.cells for entry in bookkeeping.entries(ctx.conn, days, ctx.settings.book_accounts)]
    return csv_response(f"postings-{days.first}-{days.last}", HEAD, rows, between=";")


def _as_written(asked: Mapping[str, Any]) -> dict[str, str]:
    """Give what is asked as people write it: ids with their sign."""
    values = {name.rstrip("_"): str(value) for name, value in asked.items()}
    return {name: f"#{value}" if name in {"coupon", "campaign"} else value for name, value in values.items()}
