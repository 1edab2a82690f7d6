"""Fields of the admin's forms: what people type, read by their customs, with the error at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from wtforms import BooleanField, Field, Form
from wtforms.validators import StopValidation

from ..i18n import gettext as _

LONGEST = 500


class NounForm(Form):
    """A form of the admin pages. Its token is checked by the guard of all posts."""

    groups: ClassVar[Sequence[tuple[str, Sequence[str]]]] = ()
    """Headings and the fields under them; none: all fields in a row."""
    leads: ClassVar[Mapping[str, str]] = {}
    """What a group is about, by the name of its first field."""

    class Meta:
        """Speak the language of the page in WTForms' own sentences."""

        locales = False

    @property
    def sends_files(self) -> bool:
        """Whether the form has a field for a file."""
        return any(isinstance(field, FileField) for field in self._fields.values())

    def complain(self, name: str, text: str) -> None:
        """Tie an error to a field, or to the form where there is no such field."""
        if name in self._fields:
            self._fields[name].errors = [*self._fields[name].errors, text]
        else:
            self.form_errors.append(text)

    def sections(self) -> list[tuple[str, list[Field], str]]:
        """Give the fields as they stand on the page, in groups with a heading and a lead."""
        if not self.groups:
            return [("", list(self._fields.values()), "")]
        parts = (
            (str(title), [self._fields[name] for name in names if name in self._fields], names)
            for title, names in self.groups
        )
        return [
            (title, fields, str(self.leads.get(names[0], ""))) for title, fields, names in parts if fields
        ]


class TypedField(Field):
    """A field of one line whose text is read when the form is checked; what was typed stays."""

    kind = "text"
    rows = 0
    """Lines that the field is high, where it has several; 0: as usual."""
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


class HiddenField(TextField):
    """A text that goes with the form unseen."""

    kind = "hidden"


class CodeField(TextField):
    """A code, shown in type of equal widths."""

    kind = "code"


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

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was typed, and a sign more than is allowed, so that too much is told and never cut."""
        super().process_formdata(valuelist)
        if valuelist:
            self.typed = valuelist[0].replace("\r\n", "\n")[: self.longest + 1]

    def read(self, typed: str, form: Form) -> str:
        """Refuse what is too long."""
        if len(typed) > self.longest:
            raise ValueError(_("At most %(count)s characters, please.", count=self.longest))
        return typed


class FileField(Field):
    """A file that is sent; `shown` is the address of the picture that is there already."""

    kind = "file"
    data: bytes | None

    def __init__(self, label: str, *, most: int, hint: str = "", accept: str = "", **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.most, self.hint, self.accept = most, hint, accept
        self.needed = False
        self.shown = ""

    def process_data(self, value: object) -> None:
        """Hold nothing: what is there already is shown, not sent again."""
        self.data = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the file; one byte more than allowed tells that it is too large."""
        sent = next((item for item in valuelist if getattr(item, "filename", "")), None)
        if sent is not None:
            self.data = sent.stream.read(self.most + 1)
            sent.close()


class CheckField(BooleanField):
    """Yes or no."""

    kind = "check"

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:  # noqa: ANN401
        super().__init__(label, **more)
        self.hint = hint
        self.needed = False


class ChoiceField(Field):
    """One of a few; the value is a text."""

    kind = "select"
    data: Any

    def __init__(
        self, label: str, *, choices: Sequence[tuple[str, str]] = (), hint: str = "", **more: Any
    ) -> None:
        super().__init__(label, **more)
        self.choices = list(choices)
        self.hint = hint
        self.needed = False

    def process_data(self, value: object) -> None:
        """Take a value as its text."""
        self.data = None if value is None else str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was chosen; where the choice was not sent at all, what was there stays."""
        if valuelist:
            self.data = valuelist[0][:LONGEST]

    def pre_validate(self, form: Form) -> None:
        """Refuse what is not on offer."""
        if (self.data or "") not in {value for value, _label in self.choices}:
            raise StopValidation(_("Please choose one of the list."))
