"""What is asked of a report: days, spans and filters, and how a query follows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select

from ..domain.report import Column, Report, Row, Span, Step, spans, with_shares
from ..models import Code, Document, DocumentKind, Redemption, RedemptionState
from .mistakes import Mistake
from .spans import span_of
from .use_days import midnight

# A statement, and the expressions in it: their types are spelled differently by SQLAlchemy 2.0 and 2.1.
Query = Any
Place = tuple[str, int]
"""A currency and the number of a span."""
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
LIVE = and_(
    # As the index on live redemptions says it.
    Redemption.state != literal_column("'released'"),
    Redemption.state.in_((RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value)),
)
"""Uses of codes that count."""
OF_ORDER = and_(
    Document.source == Redemption.source,
    Document.ref == Redemption.order_ref,
    Document.kind == DocumentKind.ORDER.value,
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Days in the shop's zone, the last one included, and what a report is narrowed to (None: all).

    `coupon` may stand for a campaign: all its codes are of one coupon of its own. `home` is the shop's
    currency, which a report has also where nothing happened.
    """

    first: date
    last: date
    zone: ZoneInfo
    home: str
    now: datetime
    step: Step = Step.DAY
    partner: int | None = None
    coupon: int | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        """Refuse days that no report has."""
        if self.first < FIRST_DAY or self.last > LAST_DAY:
            raise Mistake(f"A report is about days from {FIRST_DAY} to {LAST_DAY}.")
        if self.last < self.first:
            raise Mistake("The last day comes before the first.")

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The spans of the report; Mistake where they are too many."""
        try:
            return spans(self.first, self.last, self.step)
        except ValueError as error:
            raise Mistake(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error

    @property
    def starts(self) -> tuple[datetime, ...]:
        """Where each span begins."""
        return tuple(midnight(span.begins, self.zone) for span in self.spans)

    @property
    def begins(self) -> datetime:
        """The beginning of the first day."""
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The end of the last day."""
        return midnight(self.last + timedelta(days=1), self.zone)

    def within(self, at: ColumnElement[Any] | Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
        """Ask for moments in the days of the report."""
        return and_(at >= self.begins, at < self.ends)

    def span(self, at: ColumnElement[Any] | Any) -> ColumnElement[int]:  # noqa: ANN401 - a column
        """Give the number of the span in which a moment lies."""
        return span_of(at, self.starts).label("span")

    def in_currency(self, column: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
        """Ask for the currency of the report, if it has one."""
        return and_(True, *(() if self.currency is None else (column == self.currency,)))

    def uses(self) -> ColumnElement[bool]:
        """Ask for redemptions that count, by partner, coupon and currency."""
        more: list[ColumnElement[bool]] = [self.in_currency(Redemption.currency)]
        if self.coupon is not None:
            more.append(Redemption.coupon_id == self.coupon)
        if self.partner is not None:
            own = select(Code.id).where(Code.owner_id == self.partner)
            more.append(Redemption.code_id.in_(own))
        return and_(LIVE, *more)

    def with_code(self) -> ColumnElement[bool]:
        """Ask for orders on which a code counts."""
        used = select(Redemption.id).where(
            Redemption.source == Document.source, Redemption.order_ref == Document.ref, self.uses()
        )
        return and_(Document.kind == DocumentKind.ORDER.value, used.exists())


def per_span(conn: Connection, rows: Query, names: Sequence[str]) -> dict[Place, Row]:
    """Add up rows of `currency`, `span` and some figures, by currency and span."""
    found = rows.subquery()
    sums = [func.sum(found.c[name]).label(name) for name in names]
    query = select(found.c.currency, found.c.span, *sums).group_by(found.c.currency, found.c.span)
    return {
        (row.currency, row.span): {name: int(getattr(row, name) or 0) for name in names}
        for row in conn.execute(query)
    }


def over_time(
    asked: Asked, name: str, columns: Sequence[Column], *found: Mapping[Place, Row], money: bool = True
) -> Report:
    """Make a report with a row for each span and currency, also where nothing happened."""
    merged: dict[Place, dict[str, object]] = defaultdict(dict)
    for part in found:
        for place, values in part.items():
            merged[place].update(values)
    counted = [column.name for column in columns if column.is_sum]
    rows = [
        with_shares(
            {
                "begins": span.begins,
                **({"currency": currency} if money else {}),
                **dict.fromkeys(counted, 0),
                **merged.get((currency, number), {}),
            },
            columns,
        )
        for currency in (currencies(asked, [currency for currency, _ in merged]) if money else [""])
        for number, span in enumerate(asked.spans)
    ]
    return Report(name=name, columns=columns, rows=rows)


def currencies(asked: Asked, found: Sequence[str]) -> list[str]:
    """Give the currencies of a report, the shop's own first; where nothing is, the one that was asked for."""
    known = set(found) or {asked.currency or asked.home}
    return sorted(known, key=lambda code: (code != asked.home, code))
