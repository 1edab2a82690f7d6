"""Reports in the reader's language: titles, columns, values, charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from . import i18n
from .domain.money import exponent
from .domain.report import Column, Kind, Quick, Report, Row, Step, plain_value, whole
from .drawing import Chart, Value, draw
from .i18n import gettext as _
from .i18n import lazy_gettext as _l

TITLES: Mapping[str, str] = {
    "sales": _l("Sales"),
    "redemptions": _l("Redemptions"),
    "customers": _l("New customers"),
    "conversion": _l("Clicks and orders"),
    "sharing": _l("Sharing"),
    "repeat": _l("Bought again, by code"),
    "cohorts": _l("Bought again, by time"),
    "commissions": _l("Commissions"),
    "liabilities": _l("Open liabilities"),
    "partners": _l("Top partners"),
    "codes": _l("Top codes"),
    "products": _l("Products"),
}
LEADS: Mapping[str, str] = {
    "sales": _l(
        "Orders with a code by the day they were placed: what the shop charged, with VAT and shipping. What "
        "came back counts on the day of the refund or cancellation."
    ),
    "redemptions": _l("How often codes were redeemed, how they came to the cart, and what they took off."),
    "customers": _l("Orders with a code: which were the first of their customers."),
    "conversion": _l(
        "Clicks of partners' links, who came into a first line by them, and the orders of those who did."
    ),
    "sharing": _l(
        "What buyers could share in campaigns, what of it was shown to them, and the redemptions it brought."
    ),
    "repeat": _l(
        "Who first used a code in this time, and how many of them have ordered again. Only those count whose "
        "30, 90 or 365 days are over."
    ),
    "cohorts": _l(
        "Who first used a code, by the time of that order, and how many of them have ordered again. Only "
        "those count whose 30, 90 or 365 days are over."
    ),
    "commissions": _l(
        "What partners earned, what was taken back, became payable and was paid: from the postings, by their "
        "day."
    ),
    "liabilities": _l(
        "What was owed when the day ended: commissions, store credit that is left, kickbacks that are "
        "pending. A past day keeps its figures."
    ),
    "partners": _l("Who earned the most, by what was posted in this time."),
    "codes": _l("Which codes brought the most. An order with two codes counts for both."),
    "products": _l(
        "What was sold with codes, after discount and as the shop prices it, and what is earned on it."
    ),
}
_AGAIN = {
    f"{what}_{days}": text
    for days, texts in (
        (30, (_l("30 days over"), _l("again in 30"), _l("share in 30"))),
        (90, (_l("90 days over"), _l("again in 90"), _l("share in 90"))),
        (365, (_l("365 days over"), _l("again in 365"), _l("share in 365"))),
    )
    for what, text in zip(("waited", "again", "again_share"), texts, strict=True)
}
COLUMNS: Mapping[str, str] = {
    "currency": _l("Currency"),
    "orders": _l("Orders"),
    "sales": _l("Sales"),
    "returned": _l("Went back"),
    "net_sales": _l("Sales kept"),
    "discount": _l("Discount"),
    "credit": _l("Store credit used"),
    "redemptions": _l("Redemptions"),
    "typed": _l("Typed"),
    "by_link": _l("By link"),
    "at_sign_up": _l("At sign-up"),
    "with_order": _l("With the order"),
    "flagged": _l("To be checked"),
    "new_customers": _l("New customers"),
    "known_customers": _l("Known customers"),
    "new_share": _l("Share new"),
    "new_sales": _l("Sales, new"),
    "known_sales": _l("Sales, known"),
    "clicks": _l("Clicks"),
    "visitors": _l("Visitors"),
    "joined": _l("Joined"),
    "order_share": _l("Orders per visitor"),
    "shared": _l("To be shared"),
    "shown": _l("Shown"),
    "used_share": _l("Redeemed per shown"),
    "code": _l("Code"),
    "buyers": _l("Buyers"),
    **_AGAIN,
    "accrued": _l("Earned"),
    "by_hand": _l("By hand"),
    "reversed": _l("Taken back"),
    "earned": _l("Earned after all"),
    "became_payable": _l("Became payable"),
    "paid": _l("Paid"),
    "partner": _l("Partner"),
    "sales_credited": _l("Sales credited"),
    "owed_as": _l("What"),
    "owed_to": _l("To whom"),
    "number": _l("Number"),
    "on_hold": _l("On hold"),
    "payable": _l("Payable"),
    "owed": _l("Owed"),
    "product": _l("Product"),
    "goods": _l("Goods"),
    "commission": _l("Commission"),
}
_SPANS: Mapping[Step, str] = {Step.DAY: _l("Day"), Step.WEEK: _l("Week"), Step.MONTH: _l("Month")}
STEPS: Mapping[str, str] = {
    Step.DAY.value: _l("By day"),
    Step.WEEK.value: _l("By week"),
    Step.MONTH.value: _l("By month"),
}
QUICK: Mapping[str, str] = {
    Quick.THIS_MONTH.value: _l("This month"),
    Quick.LAST_MONTH.value: _l("Last month"),
    Quick.DAYS_30.value: _l("30 days"),
    Quick.THIS_QUARTER.value: _l("This quarter"),
    Quick.THIS_YEAR.value: _l("This year"),
    Quick.LAST_YEAR.value: _l("Last year"),
}
_WORDS: Mapping[str, str] = {
    "commission": _l("Commission"),
    "store_credit": _l("Store credit"),
    "kickback": _l("Kickback, pending"),
}
_BARS = 30
"""Rows of a ranking that are drawn."""
_MARKS = 8


def heading(column: Column, step: Step) -> str:
    """Give what stands above a column."""
    return str(_SPANS[step] if column.kind is Kind.SPAN else COLUMNS[column.name])


def cell(row: Row, column: Column, step: Step) -> str:
    """Write a value of a row."""
    value = row.get(column.name)
    if value is None:
        return "–"
    match column.kind:
        case Kind.SPAN:
            return span_text(value, step) if isinstance(value, date) else ""
        case Kind.WORD:
            return str(_WORDS[str(value)])
        case Kind.COUNT:
            return i18n.number(whole(value))
        case Kind.MONEY:
            return i18n.money(whole(value), str(row["currency"]))
        case Kind.SHARE:
            return i18n.percent(Decimal(whole(value)) / 10)
        case Kind.TEXT | Kind.CURRENCY:
            return str(value) or _("Rewards of rules")


def span_text(begins: date, step: Step) -> str:
    """Name a span by its first day."""
    if step is Step.DAY:
        return i18n.day_text(begins)
    if step is Step.MONTH:
        return i18n.skeleton("yMMMM", begins)
    year, week, _day = begins.isocalendar()
    return _("Week %(week)s of %(year)s", week=week, year=year)


def file_head(report: Report, step: Step) -> list[str]:
    """Give the head of the file of a report."""
    return [heading(column, step) for column in report.columns]


def file_rows(report: Report) -> list[list[object]]:
    """Give the rows of the file of a report: the figures of the page, as programs read them."""
    return [
        [
            cell(row, column, Step.DAY)
            if column.kind is Kind.WORD
            else plain_value(row.get(column.name), column, str(row.get("currency", "")))
            for column in report.columns
        ]
        for row in report.rows
    ]


def chart_of(report: Report, rows: Sequence[Row], name: str, step: Step) -> Chart:
    """Draw a column: each span of time, or the first rows of a ranking by their numbers."""
    column = next(column for column in report.columns if column.name == name)
    spans = report.has_spans
    shown = rows if spans else rows[:_BARS]
    values = [
        Value(
            amount=whole(row.get(name)),
            text=f"{_label(report, row, step)}: {cell(row, column, step)}",
            mark=_mark(row, number, step) if spans else i18n.number(number),
        )
        for number, row in enumerate(shown, start=1)
    ]
    marked = max(1, -(-len(values) // _MARKS))
    if column.kind is not Kind.MONEY:
        return draw(values, i18n.number, marked=marked)
    currency = str(rows[0]["currency"])
    return draw(
        values,
        lambda amount: i18n.round_money(amount, currency),
        unit=10 ** exponent(currency),
        marked=marked,
    )


def _label(report: Report, row: Row, step: Step) -> str:
    words = [column for column in report.columns if column.kind in {Kind.SPAN, Kind.WORD, Kind.TEXT}]
    return ", ".join(cell(row, column, step) for column in words)


def _mark(row: Row, number: int, step: Step) -> str:
    begins = row["begins"]
    if not isinstance(begins, date):
        return i18n.number(number)
    if step is Step.WEEK:
        return str(begins.isocalendar().week)
    return i18n.skeleton("Md" if step is Step.DAY else "yMMM", begins)
