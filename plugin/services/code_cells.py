"""The cells of a file of codes: what they mean, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from ..domain.codes import CodeProblem
from ..domain.money import exponent, major, minor_exact
from .code_storing import Spelling
from .codes import check_limit, plainly_spelled, spelled
from .mistakes import BadCode, BadTerms

COLUMNS = ("code", "owner", "holder", "max", "from", "until", "credit", "occasion")
LONGEST_OCCASION = 100
_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
_AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,4}))?", re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2})[.-]([0-9]{1,2})[.-]([0-9]{4})(?:[ T](.+))?", re.ASCII)
_DAY_LENGTH = len("2026-12-31")


class Problem(StrEnum):
    """What can be wrong with a cell."""

    EMPTY = "empty"
    CHARACTERS = "characters"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    ALIKE_LINE = "alike_line"
    ALIKE = "alike"
    OTHER_COUPON = "other_coupon"
    DRAWN = "drawn"
    NO_CONTACT = "no_contact"
    NO_NUMBER = "no_number"
    LIMIT = "limit"
    LIMIT_BELOW = "limit_below"
    NO_DATE = "no_date"
    ENDS_BEFORE = "ends_before"
    NO_AMOUNT = "no_amount"
    NO_CREDIT = "no_credit"
    CREDIT_STAYS = "credit_stays"
    OCCASION_STAYS = "occasion_stays"
    TOO_MANY_CELLS = "too_many_cells"


TEXTS: Mapping[Problem, str] = {
    Problem.EMPTY: "A code needs letters or digits.",
    Problem.CHARACTERS: "There is a character in it that cannot be shown.",
    Problem.TOO_LONG: "It is too long: at most %(other)s characters.",
    Problem.REPEATED: "The same code stands in line %(other)s.",
    Problem.ALIKE_LINE: "It looks like the code in line %(other)s.",
    Problem.ALIKE: "It looks like the code %(other)s, which is taken.",
    Problem.OTHER_COUPON: "This code belongs to another coupon.",
    Problem.DRAWN: "Codes of this form are drawn here and end with a check sign.",
    Problem.NO_CONTACT: "Nobody has this customer number.",
    Problem.NO_NUMBER: "Give a whole number, or nothing for no limit.",
    Problem.LIMIT: "A limit is from 1 to 1000000000.",
    Problem.LIMIT_BELOW: "The code has been used more often already: %(other)s.",
    Problem.NO_DATE: "This is no date. Write 2026-12-31 or 31.12.2026; a time such as 18:00 may follow.",
    Problem.ENDS_BEFORE: "The code ends before it begins.",
    Problem.NO_AMOUNT: "This is no amount. Write it like 25.00.",
    Problem.NO_CREDIT: "Only codes of store credit hold an amount.",
    Problem.CREDIT_STAYS: "The credit of a code that is there stays as it is: %(other)s.",
    Problem.OCCASION_STAYS: "The occasion of a code that is there stays as it is.",
    Problem.TOO_MANY_CELLS: "There are more cells than columns.",
}


@dataclass(frozen=True, kw_only=True)
class BadCell:
    """A cell because of which its line is not imported. `other` is the figure or code that it is about."""

    line: int
    column: str
    value: str
    problem: Problem
    other: str = ""

    @property
    def text(self) -> str:
        """What is wrong, in English."""
        return TEXTS[self.problem] % {"other": self.other}


class WrongCell(ValueError):
    """Raised where a cell cannot be read."""

    def __init__(self, problem: Problem, other: object = "") -> None:
        self.problem = problem
        self.other = str(other)
        super().__init__(TEXTS[problem] % {"other": other})


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
