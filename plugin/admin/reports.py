"""Reports: filters, a chart and a table per currency, and the same figures as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, abort, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from .. import report_words as words
from ..csv_file import csv_response
from ..domain.report import Column, Kind, Quick, Report, Row, Step
from ..i18n import gettext as _
from ..models import Campaign, Coupon
from ..services import report_reading
from ..services.mistakes import Mistake, NotThere
from ..services.report_asked import Asked
from ..services.report_reading import FIELDS, Where
from ..services.reports import COUPON, CURRENCY, PARTNER, REPORTS
from .edge import blueprint, done, now, session, settings
from .show import to

_LONGEST = 100
_OFFERED = 200
_NAMES = ", ".join(f'"{name}"' for name in REPORTS)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A filter of the page: what is typed, and what is offered."""

    name: str
    label: str
    value: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    offers: tuple[str, ...] = ()
    rare: bool = False


@blueprint.get("/reports")
def reports() -> str:
    """Show which reports there are."""
    return render_template(
        "firstline/admin/reports.html",
        here="reports",
        reports=[(words.TITLES[name], words.LEADS[name], to("report", name=name)) for name in REPORTS],
    )


@blueprint.get(f"/reports/<any({_NAMES}):name>")
def report(name: str) -> str:
    """Show a report; what cannot be asked so is said, and the figures of this month stand there."""
    given, problem = _given(), ""
    try:
        asked, found = _made(name, given)
    except Mistake as mistake:
        problem = _said(mistake)
        asked, found = _made(name, _kept(given) if isinstance(mistake, NotThere) else {})
    return render_template(
        "firstline/admin/report.html",
        here="reports",
        name=name,
        title=words.TITLES[name],
        lead=words.LEADS[name],
        tabs=[(words.TITLES[one], to("report", name=one, **_kept(given)), one == name) for one in REPORTS],
        quick=[] if REPORTS[name].as_of else _quick(name, given),
        questions=_questions(name, given, asked),
        parts=[_part(found, currency, name, asked.step) for currency in found.currencies],
        columns=found.columns,
        head=[
            {"text": words.heading(column, asked.step), "class": "fl-num" if _is_figure(column) else ""}
            for column in _shown(found)
        ],
        asked=asked,
        as_of=REPORTS[name].as_of,
        left_out=found.left_out,
        problem=problem,
        csv=to("report_csv", name=name, **given),
    )


@blueprint.get(f"/reports/<any({_NAMES}):name>.csv")
def report_csv(name: str) -> BaseResponse:
    """Send a report as a file."""
    given = _given()
    try:
        asked, found = _made(name, given)
    except Mistake as mistake:
        return done(to("report", name=name), _said(mistake), ok=False)
    called = f"{name}-{asked.last}" if REPORTS[name].as_of else f"{name}-{asked.first}-{asked.last}"
    sent: Response = csv_response(called, words.file_head(found, asked.step), words.file_rows(found))
    return sent


def _given() -> dict[str, str]:
    """Give what the address asks, without what is empty."""
    found = {name: request.args.get(name, "").strip()[:_LONGEST].replace("\0", "") for name in FIELDS}
    if found["from"] or found["until"]:
        found["period"] = ""
    return {name: value for name, value in found.items() if value}


def _made(name: str, given: Mapping[str, str]) -> tuple[Asked, Report]:
    if name not in REPORTS:
        abort(404)
    where = Where(zone=settings().zone, home=settings().currency, now=now())
    return report_reading.make(session().connection(), name, given, where)


def _said(mistake: Mistake) -> str:
    if isinstance(mistake, NotThere):
        return _("This partner, coupon or campaign is not known. The report is not narrowed by it.")
    return _("This cannot be reported so. Please look at the days and filters; there are at most 1000 rows.")


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """Give the days: they go along from report to report, filters may not."""
    return {name: given[name] for name in ("period", "from", "until", "by") if name in given}


def _quick(name: str, given: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    kept = {one: value for one, value in given.items() if one not in {"period", "from", "until"}}
    has_days = "from" in given or "until" in given
    chosen = "" if has_days else given.get("period", Quick.THIS_MONTH)
    return [
        (str(text), to("report", name=name, **{**kept, "period": key}), key == chosen)
        for key, text in words.QUICK.items()
    ]


def _questions(name: str, given: Mapping[str, str], asked: Asked) -> list[Question]:
    known = REPORTS[name]
    found: list[Question] = []
    if not known.as_of:
        found.append(Question(name="from", label=_("From day"), kind="date", value=str(asked.first)))
    until = _("At the end of") if known.as_of else _("Until day")
    found.append(Question(name="until", label=until, kind="date", value=str(asked.last)))
    if known.columns[0].kind is Kind.SPAN:
        steps = tuple((key, str(text)) for key, text in words.STEPS.items())
        found.append(Question(name="by", label=_("In steps"), kind="choice", value=asked.step, choices=steps))
    return found + _narrowing(known.by, given)


def _narrowing(by: frozenset[str], given: Mapping[str, str]) -> list[Question]:
    found: list[Question] = []
    if PARTNER in by:
        hint = _("Number, e-mail or name")
        found.append(
            Question(name="partner", label=_("Partner"), value=given.get("partner", ""), hint=hint, rare=True)
        )
    for name, label, model in (("coupon", _("Coupon"), Coupon), ("campaign", _("Campaign"), Campaign)):
        if COUPON in by:
            offers = tuple(session().scalars(select(model.name).order_by(model.name).limit(_OFFERED)))
            found.append(
                Question(name=name, label=label, value=given.get(name, ""), offers=offers, rare=True)
            )
    if CURRENCY in by:
        found.append(
            Question(name="currency", label=_("Currency"), value=given.get("currency", ""), rare=True)
        )
    return found


def _is_figure(column: Column) -> bool:
    return column.kind in {Kind.COUNT, Kind.MONEY, Kind.SHARE}


def _shown(found: Report) -> list[Column]:
    """Give the columns of the tables: each is of one currency, which its title says."""
    return [column for column in found.columns if column.kind is not Kind.CURRENCY]


def _part(found: Report, currency: str, name: str, step: Step) -> dict[str, object]:
    rows, columns = found.of(currency), _shown(found)
    sums = found.sums(currency)
    return {
        "currency": currency,
        "rows": [[_cell(row, column, step, name) for column in columns] for row in rows],
        "sums": [
            words.cell(sums, column, step) if column.is_sum or column.kind is Kind.SHARE else ""
            for column in columns[1:]
        ],
        "chart": words.chart_of(found, rows, REPORTS[name].chart, step),
        "drawn": words.COLUMNS[REPORTS[name].chart],
    }


def _cell(row: Row, column: Column, step: Step, name: str) -> dict[str, object]:
    return {
        "text": words.cell(row, column, step),
        "label": words.heading(column, step),
        "figure": _is_figure(column),
        "href": _href(row, column, name),
    }


def _href(row: Row, column: Column, name: str) -> str | None:
    number = row.get("id")
    if not isinstance(number, int) or row.get(column.name) == f"#{number}":
        return None
    if column.name == "code":
        return to("code", code_id=number)
    if column.name == "partner" or (column.name == "owed_to" and row["owed_as"] == "commission"):
        return to("card", contact_id=number)
    return None
