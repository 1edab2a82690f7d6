"""Read what is asked of a report as people and programs write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from ..domain.money import currency_code
from ..domain.report import Quick, Report, Step, days_of
from ..models import Campaign, Coupon
from . import lookup, reports
from .mistakes import Mistake, NotThere
from .report_asked import Asked

_DAY_BY_DAY, _WEEK_BY_WEEK = 62, 371
FIELDS = ("period", "from", "until", "by", "partner", "coupon", "campaign", "currency")


@dataclass(frozen=True, kw_only=True)
class Where:
    """The shop's zone and currency, and the time."""

    zone: ZoneInfo
    home: str
    now: datetime


def read(conn: Connection, given: Mapping[str, str], where: Where) -> tuple[Asked, int | None]:
    """Give what is asked, and the campaign; raises Mistake or NotThere naming the value that is wrong.

    Days are of the shop's zone. Without any it is this month so far; the steps follow from the length.
    """
    first, last = _days(given, where.now.astimezone(where.zone).date())
    asked = Asked(
        first=first,
        last=last,
        zone=where.zone,
        home=where.home,
        now=where.now,
        step=_step(given.get("by", ""), (last - first).days + 1),
        partner=_partner(conn, given.get("partner", "")),
        coupon=_named(conn, Coupon, given.get("coupon", ""), "coupon"),
        currency=_currency(given.get("currency", "")),
    )
    return asked, _named(conn, Campaign, given.get("campaign", ""), "campaign")


def make(conn: Connection, name: str, given: Mapping[str, str], where: Where) -> tuple[Asked, Report]:
    """Read what is asked of a report, and make it."""
    asked, campaign = read(conn, given, where)
    return asked, reports.report(conn, name, asked, campaign=campaign)


def _days(given: Mapping[str, str], today: date) -> tuple[date, date]:
    quick = given.get("period", "")
    if quick and (given.get("from") or given.get("until")):
        raise Mistake("period: stands alone, without from and until")
    if quick and quick not in set(Quick):
        raise Mistake(f"period: {quick!r} is none; there are {', '.join(Quick)}")
    first, last = days_of(Quick(quick) if quick else Quick.THIS_MONTH, today)
    if not given.get("from") and not given.get("until"):
        return first, last
    last = _day("until", given.get("until", "")) or today
    return _day("from", given.get("from", "")) or last.replace(day=1), last


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Mistake(f"{name}: {text[:40]!r} is no day; write it like 2026-12-31") from error


def _step(text: str, days: int) -> Step:
    if text:
        if text not in set(Step):
            raise Mistake(f"by: {text[:40]!r} is none; there are {', '.join(Step)}")
        return Step(text)
    if days <= _DAY_BY_DAY:
        return Step.DAY
    return Step.WEEK if days <= _WEEK_BY_WEEK else Step.MONTH


def _currency(text: str) -> str | None:
    try:
        return currency_code(text) if text.strip() else None
    except ValueError as error:
        raise Mistake(f"currency: {str(error)[:80]}") from error


def _partner(conn: Connection, text: str) -> int | None:
    if not text.strip():
        return None
    with Session(conn) as session:
        found = lookup.contacts(session, text.strip())
        if len(found) != 1:
            raise NotThere(f"Nobody, or more than one, is known under {text[:100]!r}.")
        return found[0].id


def _named(conn: Connection, model: type[Coupon] | type[Campaign], text: str, what: str) -> int | None:
    """Find a coupon or campaign by its name or, with a # before it, its id."""
    name = text.strip()
    if not name:
        return None
    number = name[1:] if name.startswith("#") else ""
    is_id = number.isascii() and number.isdecimal() and len(number) < 18
    wanted = model.id == int(number) if is_id else model.name == name
    found = conn.execute(select(model.id).where(wanted)).scalar()
    if found is None:
        raise NotThere(f"There is no {what} {name[:100]!r}.")
    return int(found)
