"""Fields of figures and days: read by the customs of the reader's language."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from wtforms import Field, Form

from ..domain.amounts import format_amount, parse_amount
from ..domain.money import exponent, major
from ..domain.tongue import clock
from ..domain.window import MINUTES_A_DAY
from ..i18n import gettext as _
from ..i18n import local, locale, midnight
from .fields import LONGEST, TypedField

_WHOLE = re.compile(r"[0-9]{1,9}")
_DAYS = tuple("0123456")
_RATE = re.compile(r"([0-9]{1,8})(?:[.,]([0-9]{1,10}))?")
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,4}))?\s*%?")


class MoneyField(TypedField):
    """An amount of money in minor units; its currency stands in another field of the form."""

    kind = "money"

    def __init__(self, label: str, *, currency: str = "currency", **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.currency_field = currency
        self.currency = ""

    def currency_of(self, form: Form) -> str:
        """Give the currency chosen in the form."""
        return str(form[self.currency_field].data or self.currency)

    def read(self, typed: str, form: Form) -> int:
        """Read an amount by the customs of the reader's language."""
        currency, speech = self.currency_of(form), str(locale())
        try:
            return parse_amount(typed, locale=speech, currency=currency)
        except ValueError as error:
            example = format_amount(125 * 10 ** max(exponent(currency) - 1, 0), currency, speech)
            raise ValueError(
                _("This is no amount. Please write it like %(example)s.", example=example)
            ) from error

    def write(self, value: int) -> str:
        """Write it by the same customs, without the currency."""
        amount = major(value, self.currency)
        pattern = "0." + "0" * exponent(self.currency) if exponent(self.currency) else "0"
        return str(format_decimal(amount, format=pattern, locale=locale()))


class PercentField(TypedField):
    """A per cent with at most four decimals."""

    kind = "percent"

    def read(self, typed: str, form: Form) -> Decimal:
        """Read a number with a point or a comma, with or without the sign."""
        found = _PERCENT.fullmatch(typed)
        if found is None:
            raise ValueError(
                _(
                    "This is no per cent. Please write it like %(example)s.",
                    example=self.write(Decimal("7.5")),
                )
            )
        return Decimal(f"{found[1]}.{found[2] or 0}")

    def write(self, value: Decimal) -> str:
        """Write it by the customs of the reader's language."""
        return str(format_decimal(value, format="0.####", locale=locale()))


class WholeField(TypedField):
    """A whole number, not below `least` and not above `most`."""

    kind = "count"

    def __init__(
        self,
        label: str,
        *,
        least: int = 1,
        most: int | None = None,
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(label, **more)
        self.least, self.most = least, most

    def read(self, typed: str, form: Form) -> int:
        """Read digits and nothing else."""
        if not _WHOLE.fullmatch(typed):
            raise ValueError(_("Please give a whole number, without signs."))
        value = int(typed)
        if value < self.least:
            raise ValueError(_("Please give %(least)s or more.", least=self.least))
        if self.most is not None and value > self.most:
            raise ValueError(_("Please give %(most)s or less.", most=self.most))
        return value


class MomentField(TypedField):
    """A day with, where it matters, a time: two inputs. A last day counts to its end."""

    kind = "moment"

    def __init__(self, label: str, *, ends: bool = False, **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.ends = ends
        self.typed_time = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the day and the time as they were typed."""
        super().process_formdata(valuelist)
        self.typed_time = valuelist[1][:LONGEST] if len(valuelist) > 1 else ""

    def read(self, typed: str, form: Form) -> datetime:
        """Read the day, in the shop's zone, and the time where one is given."""
        try:
            day = date.fromisoformat(typed)
            clock = time.fromisoformat(self.typed_time.strip()) if self.typed_time.strip() else None
        except ValueError as error:
            raise ValueError(_("This is no date. Please pick a day.")) from error
        if clock is not None:
            start = midnight(day)
            return datetime.combine(day, clock.replace(tzinfo=None), start.tzinfo)
        return midnight(day + timedelta(days=1)) if self.ends else midnight(day)

    def day(self) -> str:
        """Give the day as the input wants it."""
        return self.text()

    def clock(self) -> str:
        """Give the time as the input wants it; none at midnight."""
        if self.typed is not None:
            return self.typed_time
        if self.data is None:
            return ""
        moment = local(self.data)
        return "" if moment.time() == time() else moment.strftime("%H:%M")

    def write(self, value: datetime) -> str:
        """Give the day; of an end at midnight the day before."""
        moment = local(value)
        if self.ends and moment.time() == time():
            moment -= timedelta(days=1)
        return moment.date().isoformat()


class ClockField(TypedField):
    """A time of day in minutes after midnight, in the shop's zone. Where it `ends`, midnight is 24:00."""

    kind = "clock"

    def __init__(self, label: str, *, ends: bool = False, **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.ends = ends

    def read(self, typed: str, form: Form) -> int:
        """Read hours and minutes."""
        try:
            found = time.fromisoformat(typed)
        except ValueError as error:
            raise ValueError(_("This is no time of day. Please write it like 18:00.")) from error
        if found.second or found.microsecond or found.tzinfo is not None:
            raise ValueError(_("This is no time of day. Please write it like 18:00."))
        minute = found.hour * 60 + found.minute
        return MINUTES_A_DAY if self.ends and minute == 0 else minute

    def write(self, value: int) -> str:
        """Write it as the input wants it; the end of the day is 00:00."""
        return clock(value % MINUTES_A_DAY)


class DaysField(Field):
    """Some weekdays, Monday 0; none means all."""

    kind = "days"
    data: list[int]

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.hint = hint
        self.needed = False

    def process_data(self, value: list[int] | None) -> None:
        """Take the days that are set."""
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the days that are ticked; what is no day is left out."""
        self.data = sorted({int(value) for value in valuelist if value in _DAYS})

    def choices(self) -> list[tuple[int, str]]:
        """Give the days with their names in the reader's language."""
        names = locale().days["stand-alone"]["wide"]
        return [(day, names[day]) for day in range(len(_DAYS))]


class RateField(TypedField):
    """A rate between currencies, with at most ten decimals."""

    kind = "percent"

    def read(self, typed: str, form: Form) -> Decimal:
        """Read a number with a point or a comma."""
        found = _RATE.fullmatch(typed)
        if found is None:
            raise ValueError(
                _("This is no rate. Please write it like %(example)s.", example=self.write(Decimal("1.0834")))
            )
        return Decimal(f"{found[1]}.{found[2] or 0}")

    def write(self, value: Decimal) -> str:
        """Write it by the customs of the reader's language."""
        return str(format_decimal(value, format="0.##########", locale=locale()))
