"""How a partner wants to be paid: what is given, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from .bank import BankProblem, bank_text, bic_problem, iban_problem, masked, masked_email, squeezed
from .payout import Method

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST = {"holder": 70, "paypal": 254, "street": 70, "house": 16, "postcode": 16, "town": 35, "country": 2}


class DetailProblem(StrEnum):
    """What is wrong with a field, beside what can be wrong with an IBAN or a BIC."""

    MISSING = "missing"
    LETTERS = "letters"
    LONG = "long"
    EMAIL = "email"
    COUNTRY_CODE = "country_code"
    WITH_TOWN = "with_town"


Problems = Mapping[str, BankProblem | DetailProblem]


@dataclass(frozen=True, kw_only=True)
class Details:
    """A way to be paid. IBAN and BIC without blanks; the address in parts, as banks ask for it."""

    method: Method
    holder: str = ""
    iban: str = ""
    bic: str = ""
    paypal: str = ""
    street: str = ""
    house: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""

    @classmethod
    def of(cls, method: Method, given: Mapping[str, str]) -> Details:
        """Read what was typed, and keep of it what this way to pay needs."""
        names = _NEEDED[method]
        values = {name: " ".join(str(given.get(name) or "").split()) for name in names}
        for name in {"iban", "bic", "country"} & values.keys():
            values[name] = squeezed(values[name])
        return cls(method=method, **values)

    @property
    def data(self) -> dict[str, str]:
        """What is stored beside the method."""
        found = {item.name: str(getattr(self, item.name)) for item in fields(self) if item.name != "method"}
        return {name: value for name, value in found.items() if value}

    @property
    def hint(self) -> str:
        """So much of the account that its owner knows it."""
        return masked(self.iban) if self.method is Method.SEPA else masked_email(self.paypal)


_NEEDED: Mapping[Method, tuple[str, ...]] = {
    Method.SEPA: ("holder", "iban", "bic", "street", "house", "postcode", "town", "country"),
    Method.PAYPAL: ("paypal",),
    Method.CASH: (),
    Method.CREDIT: (),
}


def problems(details: Details) -> Problems:
    """Say what is wrong, by field; empty: it can be right."""
    found: dict[str, BankProblem | DetailProblem] = {
        name: DetailProblem.LONG for name, most in _LONGEST.items() if len(getattr(details, name)) > most
    }
    if details.method is Method.PAYPAL:
        if not _EMAIL.fullmatch(details.paypal):
            found["paypal"] = DetailProblem.EMAIL if details.paypal else DetailProblem.MISSING
    elif details.method is Method.SEPA:
        found |= _bank_problems(details)
    return found


def _bank_problems(details: Details) -> dict[str, BankProblem | DetailProblem]:
    found: dict[str, BankProblem | DetailProblem] = {}
    if not bank_text(details.holder):
        found["holder"] = DetailProblem.LETTERS if details.holder else DetailProblem.MISSING
    wrong = iban_problem(details.iban) if details.iban else DetailProblem.MISSING
    if wrong is not None:
        found["iban"] = wrong
    elif details.bic and (bic := bic_problem(details.bic, details.iban)) is not None:
        found["bic"] = bic
    if details.country and not _COUNTRY.fullmatch(details.country):
        found["country"] = DetailProblem.COUNTRY_CODE
    address = (details.street, details.house, details.postcode, details.town, details.country)
    for name in ("town", "country"):
        if any(address) and not getattr(details, name):
            found[name] = DetailProblem.WITH_TOWN
    return found
