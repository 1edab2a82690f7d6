"""What a report is: spans of time in the shop's zone, columns of known kinds, rows of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from .money import major

MOST_SPANS = 1000
MOST_ROWS = 200
"""Rows of a ranking."""
Row = Mapping[str, object]


class Step(StrEnum):
    """How long the spans of a report are; weeks are those of ISO 8601."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class Span:
    """Some days of a report, the last one included."""

    begins: date
    ends: date


def spans(first: date, last: date, step: Step) -> tuple[Span, ...]:
    """Divide the days from first to last; the first and last span end where the report does.

    Raises ValueError where there are too many, or none.
    """
    if last < first:
        raise ValueError("the last day comes before the first")
    found: list[Span] = []
    begins = first
    while begins <= last:
        if len(found) == MOST_SPANS:
            raise ValueError(f"a report has at most {MOST_SPANS} rows per currency: choose weeks or months")
        ends = min(_end_of(begins, step), last)
        found.append(Span(begins=begins, ends=ends))
        if ends == last:
            break
        begins = ends + timedelta(days=1)
    return tuple(found)


def _end_of(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day
    if step is Step.WEEK:
        left = 6 - day.weekday()
        return day + timedelta(days=min(left, (date.max - day).days))
    return date.max if (day.year, day.month) == (date.max.year, 12) else _month_after(day) - timedelta(days=1)


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


class Quick(StrEnum):
    """Periods that are chosen by their name."""

    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    DAYS_30 = "30-days"
    THIS_QUARTER = "this-quarter"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"


def days_of(quick: Quick, today: date) -> tuple[date, date]:
    """Give the first and the last day of a period, seen from a day."""
    month = today.replace(day=1)
    match quick:
        case Quick.THIS_MONTH:
            return month, today
        case Quick.LAST_MONTH:
            last = month - timedelta(days=1)
            return last.replace(day=1), last
        case Quick.DAYS_30:
            return today - timedelta(days=29), today
        case Quick.THIS_QUARTER:
            return month.replace(month=3 * ((today.month - 1) // 3) + 1), today
        case Quick.THIS_YEAR:
            return date(today.year, 1, 1), today
        case Quick.LAST_YEAR:
            return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)


class Kind(StrEnum):
    """What the values of a column are."""

    SPAN = "span"
    """The first day of a span."""
    TEXT = "text"
    WORD = "word"
    """One of a few words of ours, which are said in the reader's language."""
    CURRENCY = "currency"
    COUNT = "count"
    MONEY = "money"
    """Minor units of the row's currency."""
    SHARE = "share"
    """Per mille of one count in another, or None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column; a share names the counts whose quotient it is."""

    name: str
    kind: Kind = Kind.COUNT
    part: str = ""
    whole: str = ""
    summed: bool = True
    """Whether the sum of its rows means something."""

    @property
    def is_sum(self) -> bool:
        """Whether it stands in the sums."""
        return self.summed and self.kind in {Kind.COUNT, Kind.MONEY}


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report with its rows, and their sums per currency (one without, where none has a currency)."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    left_out: bool = False
    """Whether a ranking has more rows than it gives."""

    @property
    def has_spans(self) -> bool:
        """Whether its rows are spans of time."""
        return any(column.kind is Kind.SPAN for column in self.columns)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of its rows in their order; "" where rows have none."""
        return tuple(dict.fromkeys(str(row.get("currency", "")) for row in self.rows))

    def of(self, currency: str) -> tuple[Row, ...]:
        """Give the rows in a currency."""
        return tuple(row for row in self.rows if str(row.get("currency", "")) == currency)

    def sums(self, currency: str) -> Row:
        """Add up what can be added of the rows in a currency, with the shares of the sums."""
        rows = self.of(currency)
        summed = [column.name for column in self.columns if column.is_sum]
        found: dict[str, object] = {name: sum(whole(row.get(name)) for row in rows) for name in summed}
        return with_shares({**found, "currency": currency} if currency else found, self.columns)


def whole(value: object) -> int:
    """Read a count or an amount of a row; what is not there is 0."""
    return value if isinstance(value, int) else 0


def with_shares(row: Row, columns: Sequence[Column]) -> Row:
    """Add to a row the shares that its counts make."""
    shares = (column for column in columns if column.kind is Kind.SHARE)
    return {
        **row,
        **{
            column.name: per_mille(whole(row.get(column.part)), whole(row.get(column.whole)))
            for column in shares
        },
    }


def per_mille(part: int, of: int) -> int | None:
    """Give a share in per mille, rounded half up; None of nothing."""
    return (2000 * part + of) // (2 * of) if of > 0 else None


def plain_value(value: object, column: Column, currency: str) -> object:
    """Give a value for programs: amounts in major units, shares in per cent, days as ISO 8601."""
    if value is None:
        return None
    if column.kind is Kind.MONEY:
        return major(whole(value), currency)
    if column.kind is Kind.SHARE:
        return Decimal(whole(value)) / 10
    return value.isoformat() if isinstance(value, date) else value


def plain_rows(report: Report) -> list[dict[str, object]]:
    """Give the rows for programs, by the names of the columns."""
    return [
        {
            column.name: plain_value(row.get(column.name), column, str(row.get("currency", "")))
            for column in report.columns
        }
        for row in report.rows
    ]
