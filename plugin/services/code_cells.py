"""The cells of a file of codes: what they mean, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..domain.codes import CodeProblem
from ..domain.money import exponent, major, minor_exact
from .cells import Problem, WrongCell
from .code_storing import Spelling
from .codes import check_limit, plainly_spelled, spelled
from .mistakes import BadCode, BadTerms

COLUMNS = ("code", "owner", "holder", "max", "from", "until", "credit", "occasion")
LONGEST_OCCASION = 100
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
_AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,4}))?", re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2})[.-]([0-9]{1,2})[.-]([0-9]{4})(?:[ T](.+))?", re.ASCII)
_DAY_LENGTH = len("2026-12-31")


def read_code(text: str) -> Spelling:
    """Give display, key and skeleton of a code."""
    try:
        found = spelled(text)
    except BadCode as bad:
        raise _CODE_PROBLEMS[CodeProblem(bad.problem)] from bad
    return found["display"], found["key"], found["skeleton"]


def read_codes(texts: Sequence[str]) -> list[Spelling | WrongCell]:
    """Give display, key and skeleton of many codes, or what is wrong with each."""
    return [
        _tried(text) if plain is None else plain
        for text, plain in zip(texts, plainly_spelled(texts), strict=True)
    ]


def _tried(text: str) -> Spelling | WrongCell:
    try:
        return read_code(text)
    except WrongCell as wrong:
        return wrong


_CODE_PROBLEMS: Mapping[CodeProblem, WrongCell] = {
    CodeProblem.EMPTY: WrongCell(Problem.EMPTY),
    CodeProblem.CHARACTERS: WrongCell(Problem.CHARACTERS),
    CodeProblem.TOO_LONG: WrongCell(Problem.TOO_LONG, 64),
}


def read_limit(text: str) -> int | None:
    """Give a limit, None for none."""
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise WrongCell(Problem.NO_NUMBER)
    try:
        return check_limit(int(text))
    except BadTerms as bad:
        raise WrongCell(Problem.LIMIT) from bad


def read_amount(text: str, currency: str) -> int | None:
    """Give an amount in minor units, None for none; a point or a comma stands before the decimals."""
    if not text:
        return None
    found = _AMOUNT.fullmatch(text)
    # 1.000 may mean a thousand: more decimals than the currency has are no decimals.
    if found is None or len(found[2] or "") > exponent(currency):
        raise WrongCell(Problem.NO_AMOUNT)
    amount = minor_exact(Decimal(f"{found[1]}.{found[2] or 0}"), currency)
    if amount == 0:
        raise WrongCell(Problem.NO_AMOUNT)
    return amount


def read_moment(zone: ZoneInfo, *, closes: bool) -> Callable[[str], datetime | None]:
    """Give a reader of dates and times in a zone; a date that `closes` means its whole day."""

    def read(text: str) -> datetime | None:
        if not text:
            return None
        try:
            return _moment(text, zone, closes=closes)
        except (ValueError, OverflowError) as error:
            raise WrongCell(Problem.NO_DATE) from error

    return read


def _moment(text: str, zone: ZoneInfo, *, closes: bool) -> datetime | None:
    """Read a moment; an end on the last day of the calendar, as many programs write it, is none."""
    iso = text
    if found := _DAY_FIRST.fullmatch(text):
        iso = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" + (f" {found[4]}" if found[4] else "")
    if len(iso) > _DAY_LENGTH:
        moment = datetime.fromisoformat(iso)
    else:
        day = date.fromisoformat(iso)
        if closes and day == date.max:
            return None
        moment = datetime.combine(day + timedelta(days=1) if closes else day, time())
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def read_occasion(text: str) -> str:
    """Give an occasion."""
    if len(text) > LONGEST_OCCASION:
        raise WrongCell(Problem.TOO_LONG, LONGEST_OCCASION)
    if not text.isprintable():
        raise WrongCell(Problem.CHARACTERS)
    return text


def write_moment(moment: datetime | None, zone: ZoneInfo, *, closes: bool) -> str:
    """Write a moment so that it is read as the same again: a whole day as a date."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    if local.time() == time():
        return (local.date() - timedelta(days=1) if closes else local.date()).isoformat()
    plain = local.replace(tzinfo=None)
    same = plain.replace(tzinfo=zone).astimezone(UTC) == moment
    return (plain if same else local).isoformat(sep=" ", timespec="auto" if plain.microsecond else "seconds")


def write_amount(amount: int | None, currency: str | None) -> str:
    """Write an amount in major units."""
    return "" if amount is None or currency is None else str(major(amount, currency))
