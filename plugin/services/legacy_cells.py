"""Cells of files from other systems: dates as the file writes them, addresses, words for states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from .cells import LegacyProblem, WrongCell
from .mistakes import Mistake
from .sites import checked_site

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_LONGEST_EMAIL = 254
_DATE = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ,]+(\d{1,2}:\d{2}.*))?", re.ASCII)
_YEAR = 4
_MONTHS = 12
_NONE = frozenset({"-", "–", "0", "n/a", "none", "null", "nil"})
"""How other systems write that nobody stands above."""


class DateOrder(StrEnum):
    """In which order a file writes its dates."""

    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Status(StrEnum):
    """What a partner is in the other system."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


EXAMPLES: Mapping[DateOrder, str] = {
    DateOrder.YEAR_FIRST: "2026-12-31",
    DateOrder.DAY_FIRST: "31.12.2026",
    DateOrder.MONTH_FIRST: "12/31/2026",
}
_STATUS: Mapping[Status, str] = {
    Status.ACTIVE: """
        active|aktiv|actief|активен|активный|approved|enabled|accepted|a|1|yes|ja|да""",
    Status.SUSPENDED: """
        suspended|inactive|inaktiv|inactief|gesperrt|disabled|deactivated|banned|geblokkeerd|неактивен|
        заблокирован|приостановлен|i|0""",
    Status.ENDED: "ended|left|beendet|ausgetreten|archived|beëindigd|завершен|ушел",
}
_NO_PARTNER = """
    pending|rejected|declined|invited|wartend|abgelehnt|in afwachting|afgewezen|ожидает|отклонен|p|d|r"""
_CUSTOMER = "customer|kunde|klant|клиент|покупатель|yes|ja|да|1|true|y|j"
_PROSPECT = "prospect|lead|interessent|neukunde|prospekt|нет|no|nein|nee|0|false|n"


def date_orders(texts: Iterable[str]) -> set[DateOrder]:
    """Give the orders in which all dates that are no more than numbers can be read; none: they differ."""
    possible = set(DateOrder)
    for text in texts:
        if found := _DATE.fullmatch(text):
            possible &= _orders_of(found)
    return possible


def _orders_of(found: re.Match[str]) -> set[DateOrder]:
    first, sign, second = found[1], found[2], int(found[3])
    if len(first) == _YEAR:
        return {DateOrder.YEAR_FIRST}
    if sign == "." or int(first) > _MONTHS:
        return {DateOrder.DAY_FIRST}
    return {DateOrder.MONTH_FIRST} if second > _MONTHS else {DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST}


def read_email(text: str) -> str | None:
    """Give an e-mail address, None for none."""
    if not text:
        return None
    if not _EMAIL.fullmatch(text) or len(text) > _LONGEST_EMAIL or not text.isprintable():
        raise WrongCell(LegacyProblem.NO_EMAIL)
    return text


def read_text(text: str, longest: int) -> str | None:
    """Give a text of one line, None for none."""
    if len(text) > longest:
        raise WrongCell(LegacyProblem.TOO_LONG, longest)
    if not text.isprintable():
        raise WrongCell(LegacyProblem.CHARACTERS)
    return text or None


def read_language(text: str) -> str | None:
    """Give a language as `de` or `en_GB`, None for none."""
    if not text:
        return None
    try:
        return str(Locale.parse(text.replace("-", "_")))
    except (ValueError, UnknownLocaleError, TypeError) as error:
        raise WrongCell(LegacyProblem.NO_LANGUAGE) from error


def read_site(text: str) -> str | None:
    """Give the address of a web site, None for none; a bare host is one."""
    if not text:
        return None
    try:
        return checked_site(text if "://" in text else f"https://{text}")
    except Mistake as error:
        raise WrongCell(LegacyProblem.NO_SITE) from error


def _is_one(said: str, words: str) -> bool:
    return said in _words(words)


@cache
def _words(words: str) -> frozenset[str]:
    return frozenset(word.strip() for word in words.split("|"))


def read_status(text: str) -> Status:
    """Give what a partner is; nothing said is active."""
    said = text.casefold()
    found = next((status for status, words in _STATUS.items() if _is_one(said, words)), None)
    if not said:
        return Status.ACTIVE
    if found is None:
        no_partner = _is_one(said, _NO_PARTNER)
        raise WrongCell(LegacyProblem.NO_PARTNER_THERE if no_partner else LegacyProblem.NO_STATUS)
    return found


def read_bought(text: str) -> bool:
    """Say whether somebody is a customer already; nothing said is a prospect."""
    said = text.casefold()
    if _is_one(said, _CUSTOMER):
        return True
    if said and not _is_one(said, _PROSPECT):
        raise WrongCell(LegacyProblem.NO_YES)
    return False


def read_above(text: str) -> str | None:
    """Give who stands above as the file names that one, None for nobody."""
    return None if text.casefold() in _NONE else read_text(text, _LONGEST_EMAIL)


def read_moment(text: str, order: DateOrder | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Give a moment that is over by now, None for none; a date alone is its beginning in the zone."""
    if not text:
        return None
    wrong = WrongCell(LegacyProblem.NO_DAY, EXAMPLES[order or DateOrder.YEAR_FIRST])
    found = _DATE.fullmatch(text)
    if found is None or order is None or order not in _orders_of(found):
        raise wrong
    try:
        moment = _moment(found, order, zone)
    except (ValueError, OverflowError) as error:
        raise wrong from error
    if moment > now:
        raise WrongCell(LegacyProblem.FUTURE)
    return moment


def _moment(found: re.Match[str], order: DateOrder, zone: ZoneInfo) -> datetime:
    figures = (found[1], found[3], found[4])
    year, month, day = (figures[order.value.index(part)] for part in "ymd")
    if len(year) != _YEAR:
        raise ValueError("a year has four digits")
    begin = date(int(year), int(month), int(day))
    if not found[5]:
        return datetime.combine(begin, time(), zone).astimezone(UTC)
    clock = found[5] if found[5][1:2] != ":" else f"0{found[5]}"
    moment = datetime.fromisoformat(f"{begin.isoformat()}T{clock.replace(' UTC', '+00:00')}")
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
