"""Tax data of a partner: who somebody is for the tax office, and what is missing or wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from .vat_id import EU, vat_id_problem

_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST = {
    "name": 140, "street": 140, "postcode": 16, "town": 70, "country": 2, "tax_number": 32, "vat_id": 20,
}  # fmt: skip
_NEEDED = ("name", "street", "postcode", "town", "country")


class PersonKind(StrEnum):
    """A human being, or a company."""

    NATURAL = "natural"
    LEGAL = "legal"


class TaxStatus(StrEnum):
    """How VAT is treated on what a partner earns."""

    REGULAR = "regular"
    SMALL = "small"
    FOREIGN = "foreign"


class TaxProblem(StrEnum):
    """What is wrong with a field."""

    MISSING = "missing"
    LONG = "long"
    COUNTRY_CODE = "country_code"
    VAT_FORM = "vat_form"
    VAT_DIGITS = "vat_digits"
    VAT_COUNTRY = "vat_country"
    NUMBER = "number"
    AT_HOME = "at_home"
    ABROAD = "abroad"
    SIGNS = "signs"
    RATE = "rate"


@dataclass(frozen=True, kw_only=True)
class Party:
    """One side of a statement, as the law wants it named."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""
    tax_number: str = ""
    vat_id: str = ""

    @property
    def data(self) -> dict[str, str]:
        """What is kept in a statement."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TaxData:
    """What a partner says for the tax office; `party` is how a statement names it."""

    kind: PersonKind = PersonKind.NATURAL
    status: TaxStatus = TaxStatus.REGULAR
    party: Party

    @classmethod
    def of(cls, given: Mapping[str, str]) -> TaxData:
        """Read what was typed."""
        return cls(kind=PersonKind(given["kind"]), status=TaxStatus(given["status"]), party=party_of(given))

    @property
    def data(self) -> dict[str, str]:
        """All fields as texts."""
        return {"kind": self.kind.value, "status": self.status.value, **self.party.data}


def party_of(given: Mapping[str, str]) -> Party:
    """Read the fields of a party as people type them."""
    values = {name: " ".join(str(given.get(name) or "").split()) for name in _LONGEST}
    values["country"] = values["country"].upper()
    values["vat_id"] = re.sub(r"[\s.\-]", "", values["vat_id"]).upper()
    return Party(**values)


def party_problems(party: Party) -> dict[str, TaxProblem]:
    """Say what is wrong with a party by itself, by field."""
    found = {name: TaxProblem.LONG for name, most in _LONGEST.items() if len(getattr(party, name)) > most}
    found |= {name: TaxProblem.MISSING for name in _NEEDED if not getattr(party, name)}
    if "country" not in found and not _COUNTRY.fullmatch(party.country):
        found["country"] = TaxProblem.COUNTRY_CODE
    if party.vat_id and (wrong := vat_id_problem(party.vat_id)) is not None:
        found["vat_id"] = TaxProblem(wrong.value)
    if not (party.vat_id or party.tax_number):
        found["tax_number"] = TaxProblem.NUMBER
    return found


def problems(tax: TaxData, *, home: str) -> dict[str, TaxProblem]:
    """Say what is wrong, by field; empty: a statement can be made of it. `home` is the shop's country."""
    found = party_problems(tax.party)
    abroad = bool(home) and tax.party.country != home
    if tax.status is TaxStatus.FOREIGN:
        if home and not abroad:
            found.setdefault("status", TaxProblem.AT_HOME)
        if tax.party.country in EU and not tax.party.vat_id:
            found["vat_id"] = TaxProblem.MISSING
            found.pop("tax_number", None)
    elif abroad:
        found.setdefault("status", TaxProblem.ABROAD)
    return found
