"""Fields of the admin's forms: what people type, read by their customs, with the error at its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import format_decimal
from wtforms import BooleanField, Field, Form, SelectField
from wtforms.validators import StopValidation

from ..domain.amounts import format_amount, parse_amount
from ..domain.money import exponent, major
from ..i18n import gettext as _
from ..i18n import local, locale, midnight

LONGEST = 500
_WHOLE = re.compile(r"[0-9]{1,9}")
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,4}))?\s*%?")


class NounForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """A form of the admin pages. Its token is checked by the guard of all posts."""

    groups: ClassVar[Sequence[tuple[str, Sequence[str]]]] = ()
    """Headings and the fields under them; none: all fields in a row."""

    class Meta:
        """Speak the language of the page in WTForms' own sentences."""

        locales = False

    def complain(self, name: str, text: str) -> None:
        """Tie an error to a field, or to the form where there is no such field."""
        if name in self._fields:
            self._fields[name].errors = [*self._fields[name].errors, text]
        else:
            self.form_errors.append(text)

    def sections(self) -> list[tuple[str, list[Field]]]:
        """Give the fields as they stand on the page."""
        if not self.groups:
            return [("", list(self._fields.values()))]
        parts = (
            (str(title), [self._fields[name] for name in names if name in self._fields])
            for title, names in self.groups
        )
        return [(title, fields) for title, fields in parts if fields]


class TypedField(Field):  # type: ignore[misc]
    """A field of one line whose text is read when the form is checked; what was typed stays."""

    kind = "text"
    data: Any
    typed: str | None

    def __init__(
        self,
        label: str,
        *,
        needed: bool = False,
        hint: str = "",
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(label, **more)
        self.needed = needed
        self.hint = hint
        self.typed = None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was typed."""
        self.typed = valuelist[0][:LONGEST] if valuelist else ""
        self.data = None

    def text(self) -> str:
        """Give what stands in the field: what was typed, else the value as people write it."""
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.write(self.data)

    def pre_validate(self, form: Form) -> None:
        """Read what was typed."""
        typed = (self.typed or "").strip()
        if not typed:
            if self.needed:
                raise StopValidation(_("Please fill this in."))
            return
        try:
            self.data = self.read(typed, form)
        except (ValueError, ArithmeticError) as error:
            raise StopValidation(str(error)) from error

    def read(self, typed: str, form: Form) -> object:
        """Turn the text into the value; a ValueError says what is wrong with it."""
        return typed

    def write(self, value: Any) -> str:  # noqa: ANN401 - each field has a type of its own
        """Turn the value into text."""
        return str(value)


class TextField(TypedField):
    """A line of text."""

    def __init__(self, label: str, *, longest: int = 200, **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.longest = longest

    def read(self, typed: str, form: Form) -> str:
        """Refuse what is too long or holds signs that cannot be seen."""
        if len(typed) > self.longest:
            raise ValueError(_("At most %(count)s characters, please.", count=self.longest))
        if not typed.isprintable():
            raise ValueError(_("There is a character in it that cannot be shown."))
        return typed


class CodeField(TextField):
    """A code, shown in type of equal widths."""

    kind = "code"


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
    """A whole number, not below `least`."""

    kind = "count"

    def __init__(self, label: str, *, least: int = 1, **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.least = least

    def read(self, typed: str, form: Form) -> int:
        """Read digits and nothing else."""
        if not _WHOLE.fullmatch(typed):
            raise ValueError(_("Please give a whole number, without signs."))
        value = int(typed)
        if value < self.least:
            raise ValueError(_("Please give %(least)s or more.", least=self.least))
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


class ListField(TypedField):
    """Several short texts, one a line."""

    kind = "area"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was typed; lists may be long."""
        self.typed = valuelist[0][: LONGEST * 100] if valuelist else ""
        self.data = None

    def pre_validate(self, form: Form) -> None:
        """Read the lines; none is a value too."""
        super().pre_validate(form)
        if self.data is None:
            self.data = []

    def read(self, typed: str, form: Form) -> list[str]:
        """Give the lines without blanks, each once."""
        lines = list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))
        if any(len(line) > 64 for line in lines):
            raise ValueError(_("One of the lines is longer than 64 characters."))
        return lines

    def write(self, value: Sequence[str]) -> str:
        """Put one on each line."""
        return "\n".join(value)


class NoteField(TextField):
    """A text of several lines."""

    kind = "area"

    def read(self, typed: str, form: Form) -> str:
        """Refuse what is too long."""
        if len(typed) > self.longest:
            raise ValueError(_("At most %(count)s characters, please.", count=self.longest))
        return typed


class CheckField(BooleanField):  # type: ignore[misc]
    """Yes or no."""

    kind = "check"

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.hint = hint
        self.needed = False


class ChoiceField(SelectField):  # type: ignore[misc]
    """One of a few."""

    kind = "select"

    def __init__(
        self,
        label: str,
        *,
        choices: Sequence[tuple[str, str]] = (),
        hint: str = "",
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(label, choices=list(choices), validate_choice=False, **more)
        self.hint = hint
        self.needed = False

    def pre_validate(self, form: Form) -> None:
        """Refuse what is not on offer."""
        if str(self.data or "") not in {value for value, _label in self.choices}:
            raise StopValidation(_("Please choose one of the list."))


__all__ = [
    "CheckField", "ChoiceField", "CodeField", "ListField", "MoneyField", "MomentField", "NoteField", "NounForm",
    "PercentField", "TextField", "WholeField",
]  # fmt: skip
