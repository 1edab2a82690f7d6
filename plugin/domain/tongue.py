"""A language with its customs: texts, figures and times as people read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from gettext import NullTranslations

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from .amounts import format_amount, format_percent
from .window import MINUTES_A_DAY


def marked(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


def clock(minute: int) -> str:
    """Write minutes after midnight as a time of day, such as 18:00; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """How somebody is spoken to. Without anything: English, times in UTC."""

    locale: Locale = field(default_factory=lambda: Locale("en"))
    zone: tzinfo = UTC
    translations: NullTranslations = field(default_factory=NullTranslations)

    def gettext(self, text: str, **values: object) -> str:
        """Translate a text; `%(name)s` in it stands for a value."""
        found = self.translations.gettext(text)
        return found % values if values else found

    def ngettext(self, one: str, many: str, num: int) -> str:
        """Translate a text that counts; `%(num)s` stands for the count in the reader's figures."""
        shown = format_decimal(num, locale=self.locale)
        return self.translations.ngettext(one, many, num) % {"num": shown}

    def money(self, amount: int, currency: str) -> str:
        """Show an amount in minor units."""
        return format_amount(amount, currency, self.locale)

    def percent(self, value: Decimal) -> str:
        """Show a per cent (19 is 19 %)."""
        return format_percent(value, self.locale)

    def day(self, day: date) -> str:
        """Show a day."""
        return str(format_date(day, format="medium", locale=self.locale))

    def local(self, moment: datetime) -> datetime:
        """Give a moment in the zone in which times are told."""
        return moment.astimezone(self.zone)

    def moment(self, moment: datetime) -> str:
        """Show a day, with its time unless that is midnight."""
        here = self.local(moment)
        minute = here.hour * 60 + here.minute
        return self.day(here.date()) if minute == 0 else f"{self.day(here.date())} {clock(minute)}"

    def weekdays(self, days: frozenset[int]) -> str:
        """Name some weekdays (Monday 0), runs of three and more by their ends: Mon-Fri, Sun."""
        names = self.locale.days["stand-alone"]["abbreviated"]
        return ", ".join(self._run(names, run) for run in _runs(sorted(days)))

    def hours(self, opens: int | None, closes: int | None) -> str:
        """Show the hours of a day, such as 18:00-22:00."""
        return f"{clock(opens or 0)}\N{EN DASH}{clock(MINUTES_A_DAY if closes is None else closes)}"

    @staticmethod
    def _run(names: dict[int, str], run: list[int]) -> str:
        if len(run) > 2:
            return f"{names[run[0]]}\N{EN DASH}{names[run[-1]]}"
        return ", ".join(names[day] for day in run)


def _runs(days: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs
