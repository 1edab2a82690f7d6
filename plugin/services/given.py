"""Read values as people write them: options of the command line, tables of a file, fields of the API.

Names are those of the options, with underscores; amounts are in major units, times in the shop's zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ..config import Settings
from ..domain.money import currency_code, decimal, minor_exact, rate
from ..domain.window import MINUTES_A_DAY
from ..models.base import plain
from ..shop import ref_text
from .mistakes import Mistake

Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_DECIMALS = 4
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")


@dataclass(frozen=True, kw_only=True)
class Given:
    """Values by name as somebody wrote them; each reader names the value that it cannot read."""

    values: Mapping[str, object]
    settings: Settings

    def refuse_others(self, known: Collection[str]) -> None:
        """Raise Mistake where there is a name that means nothing."""
        unknown = sorted(set(self.values) - set(known))
        if unknown:
            raise Mistake(f"{', '.join(unknown)}: not known; possible are {', '.join(known)}")

    def has(self, name: str) -> bool:
        """Tell whether a value is given."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str | None:
        """Give a text; numbers are taken as they are written."""
        return self._read(name, _text)

    def needed(self, name: str) -> str:
        """Give a text that must be there."""
        found = self.text(name)
        if not found:
            raise Mistake(f"{name}: is missing")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of refs; a single one may stand without a list."""
        return self._read(name, lambda value: _texts(value, name)) or ()

    def yes(self, name: str) -> bool:
        """Give a switch; off where it is not given."""
        return self._read(name, _yes) or False

    def whole(self, name: str) -> int | None:
        """Give a whole number."""
        return self._read(name, _whole)

    def percent(self, name: str) -> Decimal | None:
        """Give a per cent of at most 4 decimals."""
        return self._read(name, _percent)

    def vat_rate(self, name: str) -> Decimal | None:
        """Give a VAT rate in per cent."""
        return self._read(name, lambda value: rate(_number(value)))

    def amount(self, name: str, currency: str) -> int | None:
        """Give an amount in minor units; one finer than the currency is refused."""
        return self._read(name, lambda value: minor_exact(_number(value), currency))

    def currency(self, name: str = "currency") -> str | None:
        """Give a currency code."""
        return self._read(name, lambda value: currency_code(_text(value)))

    def moment(self, name: str, *, closes: bool = False) -> datetime | None:
        """Give a date or time in the shop's zone. A date that `closes` means its whole day."""
        return self._read(name, lambda value: _moment(value, self.settings, closes=closes))

    def choice(self, name: str, kind: type[Choice]) -> Choice | None:
        """Give one of a few words."""
        return self._read(name, lambda value: _choice(value, kind))

    def weekdays(self, name: str) -> frozenset[int]:
        """Give weekdays, Monday 0; a single one may stand without a list."""
        return self._read(name, _weekdays) or frozenset()

    def clock(self, name: str, *, closes: bool = False) -> int | None:
        """Give a time of day in minutes after midnight; where it `closes`, midnight is the end of the day."""
        return self._read(name, lambda value: _clock(value, closes=closes))

    def _read(self, name: str, read: Callable[[object], Value]) -> Value | None:
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return read(value)
        except (ValueError, OverflowError) as error:
            raise Mistake(f"{name}: {error}") from error


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError(f"give a text, not {value!r}")
    return str(value)


def _texts(value: object, name: str) -> tuple[str, ...]:
    found = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(ref_text(_text(item), name) for item in found)


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"give true or false, not {value!r}")
    return value


def _whole(value: object) -> int:
    text = _text(value).strip()
    if not text.lstrip("-").isdecimal() or not text.isascii():
        raise ValueError(f"give a whole number, not {value!r}")
    return int(text)


def _number(value: object) -> Decimal:
    return decimal(value if isinstance(value, (int, float, Decimal)) else _text(value))


def _percent(value: object) -> Decimal:
    number = plain(_number(value))
    if number != round(number, _MOST_DECIMALS):
        raise ValueError(f"{value} has more than {_MOST_DECIMALS} decimals")
    return number


def _moment(value: object, settings: Settings, *, closes: bool) -> datetime:
    read = value if isinstance(value, date) else _iso(_text(value).strip())
    try:
        if not isinstance(read, datetime):
            day = read + timedelta(days=1) if closes else read
            read = datetime.combine(day, time())
        local = read if read.tzinfo is not None else read.replace(tzinfo=settings.zone)
        return local.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value} is too far away; leave it out for no date") from error


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-12-31") else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write 2026-12-31 or 2026-12-31T18:00") from error


def _choice(value: object, kind: type[Choice]) -> Choice:
    try:
        return kind(_text(value).strip().lower().replace("-", "_"))
    except ValueError as error:
        raise ValueError(f"is one of {', '.join(kind)}, not {value!r}") from error


def _weekdays(value: object) -> frozenset[int]:
    found = value if isinstance(value, (list, tuple)) else (value,)
    words = [_text(item).strip().lower() for item in found]
    unknown = [word for word in words if word not in WEEKDAYS]
    if unknown:
        raise ValueError(f"a weekday is one of {', '.join(WEEKDAYS)}, not {unknown[0]!r}")
    return frozenset(WEEKDAYS.index(word) for word in words)


def _clock(value: object, *, closes: bool) -> int:
    if isinstance(value, time) and not (value.second or value.microsecond or value.tzinfo):
        minute = value.hour * 60 + value.minute
    else:
        found = _CLOCK.fullmatch(str(value).strip())
        if found is None or (minute := int(found[1]) * 60 + int(found[2])) > MINUTES_A_DAY:
            raise ValueError(f"{str(value)!r} is no time of day; write 18:00")
    if not closes and minute == MINUTES_A_DAY:
        raise ValueError("the day begins at 00:00; 24:00 is its end")
    return MINUTES_A_DAY if closes and minute == 0 else minute
