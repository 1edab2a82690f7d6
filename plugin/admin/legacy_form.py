"""The form of a mapping: which column of a file is which of ours, and how the file is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Upload, UploadKind
from ..services import legacy_saved
from ..services.legacy_cells import DateOrder
from ..services.legacy_fields import DATES, FIELDS, WAYS, Field, guessed, left_out
from ..services.legacy_mapping import ColumnMapping, missing, numbered, samples, undecided
from ..services.legacy_sums import DecimalSign
from ..services.legacy_uploads import sheet_of
from .document_field import CurrencyField
from .fields import ChoiceField, NounForm, TextField
from .legacy_words import DATES as DATE_WORDS
from .legacy_words import DECIMALS, LEFT, field_name

_OPEN = ("", _l("find out"))


class MappingForm(NounForm):
    """How the file is written, and what is done with known people."""

    dates = ChoiceField(
        _l("Dates"),
        choices=(_OPEN, *DATE_WORDS.items()),
        hint=_l("Found out from the file where it leaves no doubt: 01/02/2026 can be two days."),
    )
    decimal = ChoiceField(_l("Decimal sign"), choices=(_OPEN, *DECIMALS.items()))
    currency = CurrencyField(_l("Currency"), needed=True, hint=_l("Of lines that name none."))
    reason = TextField(
        _l("Reason"), needed=True, longest=100, hint=_l("The partner reads it, with date, note and file.")
    )
    known = ChoiceField(
        _l("People who are known here"),
        choices=(("", _l("fill what is empty")), ("overwrite", _l("replace what differs"))),
        hint=_l("E-mail address, status and sponsor of known people are never replaced."),
    )
    save_as = TextField(
        _l("Keep this mapping as"),
        longest=legacy_saved.LONGEST_NAME,
        hint=_l("Offered again for files with the same columns."),
    )


@dataclass(frozen=True, kw_only=True)
class ShownColumn:
    """A column of the file on the page: its name, some values, what it is here, and why it is not taken."""

    place: int
    name: str
    samples: Sequence[str]
    chosen: str
    why_left: str


class MappingPage:
    """The form together with the file that it is about."""

    def __init__(self, upload: Upload, saved: Sequence[Row[tuple[object, ...]]], currency: str) -> None:
        self.kind = UploadKind(upload.kind)
        self.sheet = sheet_of(upload)
        self.saved = saved
        self._upload = upload
        self._currency = currency

    def start(self, use: str) -> ColumnMapping:
        """Give the mapping to begin with: the file's own, a saved one, else a guess by names."""
        if use == "guess" or (not use and self._upload.mapping is None and not self.saved):
            return self._guess()
        chosen = next((row for row in self.saved if str(row.id) == use), None)
        if chosen is None and self._upload.mapping is not None:
            return ColumnMapping.unpacked(self._upload.mapping)
        row = chosen or (self.saved[0] if self.saved else None)
        return self._guess() if row is None else ColumnMapping.unpacked(row.mapping)

    def _guess(self) -> ColumnMapping:
        columns = guessed(self.kind, self.sheet.columns)
        reason = _("Opening balance from %(origin)s", origin=self._upload.origin or "")
        return ColumnMapping(columns=columns, currency=self._currency, reason=reason[:100])

    def form(self, mapping: ColumnMapping, given: Mapping[str, str] | None) -> MappingForm:
        """Give the form with the fields that this kind of file needs."""
        form = MappingForm(
            given,
            data={
                "dates": mapping.dates.value if mapping.dates else "",
                "decimal": mapping.decimal.value if mapping.decimal else "",
                "currency": mapping.currency or self._currency,
                "reason": mapping.reason,
                "known": "overwrite" if mapping.overwrite else "",
            },
        )
        gone = ("known",) if self.kind is UploadKind.BALANCES else ("decimal", "currency", "reason")
        for name in gone:
            del form[name]
        return form

    def columns(self, chosen: Mapping[Field, int]) -> list[ShownColumn]:
        """Give the columns of the file as the page shows them."""
        by_place = {place: field.value for field, place in chosen.items()}
        left = left_out(self.sheet.columns, chosen)
        values = samples(self.sheet)
        return [
            ShownColumn(
                place=place,
                name=name,
                samples=values[place],
                chosen=by_place.get(place, ""),
                why_left=str(LEFT[left[place]]) if place in left else "",
            )
            for place, name in enumerate(numbered(self.sheet))
        ]

    def choices(self) -> list[tuple[str, str]]:
        """Give our columns by name."""
        return [(field.value, field_name(self.kind.value, field)) for field in FIELDS[self.kind]]

    def read(self, given: Mapping[str, str]) -> tuple[dict[Field, int], list[str]]:
        """Read what was chosen for each column, and say which of ours were chosen twice."""
        chosen: dict[Field, int] = {}
        twice: list[str] = []
        for place in range(len(self.sheet.columns)):
            name = given.get(f"c{place}", "")
            if name not in set(FIELDS[self.kind]):
                continue
            field = Field(name)
            if field in chosen:
                twice.append(field_name(self.kind.value, field))
            chosen.setdefault(field, place)
        return chosen, twice

    def mapping(self, form: MappingForm, chosen: Mapping[Field, int]) -> ColumnMapping:
        """Give what was chosen as a mapping."""
        data = form.data
        return ColumnMapping(
            columns=chosen,
            dates=DateOrder(data["dates"]) if data.get("dates") else None,
            decimal=DecimalSign(data["decimal"]) if data.get("decimal") else None,
            currency=data.get("currency") or self._currency,
            reason=data.get("reason") or "",
            overwrite=data.get("known") == "overwrite",
        )

    def complain(self, form: MappingForm, mapping: ColumnMapping, twice: Sequence[str]) -> bool:
        """Tie what is missing or in doubt to the form; True where there is nothing."""
        for name in twice:
            form.complain("", _("Two columns are chosen as %(name)s. Please choose one.", name=name))
        wanting = missing(self.kind, mapping)
        if wanting:
            ways = WAYS if self.kind is not UploadKind.BALANCES else wanting
            between = _(" or ") if ways is WAYS else _(" and ")
            names = between.join(field_name(self.kind.value, one) for one in ways)
            form.complain("", _("Please say which column is: %(names)s.", names=names))
        asked = {
            "dates": _("The dates of this file can be read in several ways. Please choose one."),
            "decimal": _("The amounts of this file can be read in two ways. Please choose one."),
        }
        for name in undecided(self.sheet, mapping):
            form.complain(name, asked[name])
        return not (twice or wanting or form.errors)

    @property
    def has_dates(self) -> bool:
        """Whether a column of ours can hold dates."""
        return any(one in FIELDS[self.kind] for one in DATES)
