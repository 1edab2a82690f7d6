"""What a list and a form need to know of a noun: columns, filters, acts, fields. One view serves them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query, Sorting
from .acting import Acting
from .fields import NounForm


class Kind(StrEnum):
    """How the value of a column is shown and exported."""

    TEXT = "text"
    CODE = "code"
    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    DATE = "date"
    MOMENT = "moment"
    STATE = "state"
    BADGE = "badge"
    STAR = "star"
    DATA = "data"

    @property
    def is_figure(self) -> bool:
        """Whether values stand on the right."""
        return self in {Kind.MONEY, Kind.COUNT, Kind.PERCENT}


@dataclass(frozen=True)
class Money:
    """An amount in minor units of its currency; `gain` shows the plus sign too."""

    amount: int
    currency: str


@dataclass(frozen=True)
class Data:
    """What a program told, in words, and as it told it."""

    words: str
    told: str

    def __str__(self) -> str:
        """Give what stands in files."""
        return self.told


@dataclass(frozen=True)
class State:
    """Where a row stands; `tone` is ok, wait, bad, now or off."""

    tone: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its value of a row, and where a click on it leads. `place` is corner or full on phones."""

    name: str
    label: str
    value: Callable[[AnyRow], object]
    kind: Kind = Kind.TEXT
    href: Callable[[AnyRow], str | None] | None = None
    sub: Callable[[AnyRow], object] | None = None
    sort: ColumnElement[Any] | None = None
    place: str = ""


class FilterKind(StrEnum):
    """How a filter is asked: one of a few, a day, or a text."""

    CHOICE = "choice"
    DAY = "day"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A question above the list; `where` gives its condition. `first` is chosen where nothing was said.

    `rare` ones are folded away until one of them is used.
    """

    name: str
    label: str
    where: Callable[[str, datetime], ColumnElement[bool]]
    choices: Sequence[tuple[str, str]] = ()
    first: str = ""
    kind: FilterKind = FilterKind.CHOICE
    rare: bool = False

    def accepts(self, text: str) -> bool:
        """Say whether a text can be an answer."""
        if self.kind is FilterKind.CHOICE:
            return text in {choice for choice, _label in self.choices}
        if self.kind is FilterKind.TEXT:
            return True
        try:
            return bool(date.fromisoformat(text))
        except ValueError:
            return False


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a link from elsewhere narrows the list to; `label` names it, None: there is no such thing."""

    name: str
    where: Callable[[int], ColumnElement[bool]]
    label: Callable[[Session, int], str | None]


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """An act on many rows: what will happen, in numbers, then the act itself.

    `form` asks for what the act needs. `preview` and `done` are told how many rows change; `problems` names
    why some cannot, by the problem that the act gives.
    """

    name: str
    label: str
    preview: Callable[[int], str]
    apply: Callable[[Acting, Sequence[str], NounForm | None], Tally]
    done: Callable[[int], str]
    danger: bool = False
    form: type[NounForm] | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    types_count: bool = False
    """Whether the admin types how many rows change before it is done."""
    sample: Callable[[NounForm], str] | None = None
    """What comes of the form, as a text to be looked at before."""


Values = Mapping[str, object]


def _as_it_is(session: Session, form: NounForm, row: Values) -> None:
    """Leave a form as it is."""


def _nothing(session: Session, row: Values) -> Sequence[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way from a form to what belongs to its row."""

    icon: str
    text: str
    href: str


def _nowhere(row: Values) -> Sequence[Way]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Editor:
    """The form of a noun. `load` gives the fields' values of a row by its key, None where there is none.

    `save` changes one row or, without a key, makes one; it gives the sentence that tells so. `prepare` fills
    in choices; `from_address` are fields that a link may fill; `notes` are hints above the form, `ways` lead
    to what belongs to the row.
    """

    form: type[NounForm]
    load: Callable[[Session, str], Values | None]
    save: Callable[[Acting, NounForm, str | None], str]
    title: Callable[[Values], str]
    lead: str = ""
    prepare: Callable[[Session, NounForm, Values], None] = _as_it_is
    notes: Callable[[Session, Values], Sequence[str]] = _nothing
    ways: Callable[[Values], Sequence[Way]] = _nowhere
    from_address: Sequence[str] = ()
    edits: bool = True
    """Whether rows can be changed here, and not only made."""


@dataclass(frozen=True, kw_only=True)
class Noun:
    """One kind of thing that the admin pages list."""

    name: str
    title: str
    lead: str
    icon: str
    statement: Callable[[], Query]
    keys: tuple[ColumnElement[Any], ...]
    columns: Sequence[Column]
    sort: str
    empty: str
    file_columns: Sequence[Column] = ()
    """What an export says beside what the list shows."""
    key: Callable[[AnyRow], str] | None = None
    search: Callable[[str], ColumnElement[bool]] | None = None
    search_hint: str = ""
    filters: Sequence[Filter] = ()
    scopes: Sequence[Scope] = ()
    bulk: Sequence[Bulk] = ()
    editor: Editor | None = None
    makes: bool = False
    """Whether there is a page for new ones without an editor, at the endpoint `<name>_new`."""
    new_label: str = ""
    short: str = ""
    """What the menu says; without it the title."""
    within: str = ""
    """The noun or page under whose entry of the menu it stands, where it has none of its own."""
    tool: str = ""
    """A template with further buttons of the head."""
    open_tool: bool = False
    """Whether the template itself says who is shown which button."""
    foot: str = ""
    """A template with further buttons for the ticked rows."""

    def sorting(self, wanted: str | None) -> tuple[str, Sorting]:
        """Give the sort that is wanted, or the noun's own: its name and what it means."""
        name = (wanted or "").removeprefix("-")
        by = next((c.sort for c in self.columns if c.name == name and c.sort is not None), None)
        if by is None:
            return self.sort, self._sorting(self.sort)
        return wanted or "", self._sorting(wanted or "")

    def _sorting(self, wanted: str) -> Sorting:
        by = next(c.sort for c in self.columns if c.name == wanted.removeprefix("-"))
        if by is None:
            raise LookupError(f"{self.name} cannot be sorted by {wanted}")
        return Sorting(by=by, keys=self.keys, descending=wanted.startswith("-"))
