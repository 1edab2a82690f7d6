"""What a partner sees first: what is owed, what this month brought, and what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, case, func, select

from ..models import AccountKind, Accrual, Balance
from .desk_accruals import Entry, Wanted, all_entries

WEEK = timedelta(days=7)
RELEASE_WEEKS = 4


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What a partner has in one currency, in minor units; `payable` may be below 0."""

    currency: str
    on_hold: int
    payable: int
    paid: int


@dataclass(frozen=True, kw_only=True)
class Span:
    """The sales of a day or of some days (both ends included), in minor units."""

    begins: date
    ends: date
    documents: int
    net: int
    commission: int


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month's sales over all levels in one currency: every day, and weeks as far as the month has come."""

    currency: str
    days: tuple[Span, ...]
    weeks: tuple[Span, ...]

    @property
    def whole(self) -> Span:
        """The month as one span."""
        return _sum(self.days)


def balances(conn: Connection, partner: int, *, currency: str) -> tuple[Owed, ...]:
    """Give what a partner has per currency; `currency` is there also when nothing is."""
    rows = conn.execute(
        select(Balance.currency, Balance.kind, func.sum(Balance.amount))
        .where(Balance.partner_id == partner)
        .group_by(Balance.currency, Balance.kind)
    ).all()
    held: dict[str, dict[str, int]] = defaultdict(dict, {currency: {}})
    for code, kind, amount in rows:
        held[code][kind] = int(amount)
    return tuple(
        Owed(
            currency=code,
            on_hold=held[code].get(AccountKind.ON_HOLD.value, 0),
            payable=held[code].get(AccountKind.PAYABLE.value, 0),
            paid=held[code].get(AccountKind.PAID.value, 0),
        )
        for code in sorted(held, key=lambda code: (code != currency, code))
    )


def month(
    conn: Connection, partner: int, *, now: datetime, zone: ZoneInfo, currency: str
) -> tuple[Month, ...]:
    """Give the sales of the month that `now` falls into, per currency."""
    today = now.astimezone(zone).date()
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    wanted = Wanted(begins=_start(first, zone), ends=_start(following, zone))
    found: dict[str, list[Entry]] = defaultdict(list, {currency: []})
    for entry in all_entries(conn, partner, wanted, now=now):
        found[entry.currency].append(entry)
    return tuple(
        _month(code, _days(found[code], first, following, zone), today)
        for code in sorted(found, key=lambda code: (code != currency, code))
    )


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _days(found: Iterable[Entry], first: date, following: date, zone: ZoneInfo) -> tuple[Span, ...]:
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in found:
        by_day[entry.at.astimezone(zone).date()].append(entry)
    days = (first + timedelta(days=n) for n in range((following - first).days))
    return tuple(
        Span(
            begins=day,
            ends=day,
            documents=len({entry.document for entry in by_day[day] if not entry.reversal and entry.document}),
            net=sum(entry.base for entry in by_day[day] if entry.base_currency == entry.currency),
            commission=sum(entry.amount for entry in by_day[day]),
        )
        for day in days
    )


def _month(currency: str, days: tuple[Span, ...], today: date) -> Month:
    return Month(currency=currency, days=days, weeks=tuple(_weeks(days, today)))


def _weeks(days: tuple[Span, ...], today: date) -> Iterator[Span]:
    """Gather the days up to today by calendar weeks, Monday first."""
    week: list[Span] = []
    for day in days:
        if day.begins > today:
            break
        if week and day.begins.weekday() == 0:
            yield _sum(week)
            week = []
        week.append(day)
    if week:
        yield _sum(week)


def _sum(spans: Iterable[Span]) -> Span:
    found = list(spans)
    return Span(
        begins=found[0].begins,
        ends=found[-1].ends,
        documents=sum(span.documents for span in found),
        net=sum(span.net for span in found),
        commission=sum(span.commission for span in found),
    )


@dataclass(frozen=True, kw_only=True)
class Release:
    """What gets free up to and with a day (None: later, or no day known yet), in minor units."""

    currency: str
    until: date | None
    amount: int


def releases(conn: Connection, partner: int, *, now: datetime, zone: ZoneInfo) -> tuple[Release, ...]:
    """Give what is on hold by the week in which it gets free."""
    day_known = case((Accrual.held, None), else_=Accrual.payable_at)
    rows = conn.execute(
        select(Accrual.currency, day_known, func.sum(Accrual.amount - Accrual.reversed))
        .where(
            Accrual.partner_id == partner, Accrual.released_at.is_(None), Accrual.amount > Accrual.reversed
        )
        .group_by(Accrual.currency, day_known)
    )
    today = now.astimezone(zone).date()
    steps = [today + WEEK * n for n in range(1, RELEASE_WEEKS + 1)]
    found: dict[tuple[str, date | None], int] = defaultdict(int)
    for currency, payable_at, amount in rows:
        day = None if payable_at is None else payable_at.astimezone(zone).date()
        until = next((step for step in steps if day is not None and day <= step), None)
        found[currency, until] += int(amount)
    ordered = sorted(found, key=lambda key: (key[0], key[1] is None, key[1] or today))
    return tuple(Release(currency=key[0], until=key[1], amount=found[key]) for key in ordered)
