"""VAT ids of the EU: their form by country, and their check digits where python-stdnum is installed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

_FORMS: Mapping[str, str] = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CY": r"\d{8}[A-Z]", "CZ": r"\d{8,10}",
    "DE": r"\d{9}", "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}", "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}", "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}", "HR": r"\d{11}", "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", "IT": r"\d{11}", "LT": r"(\d{9}|\d{12})", "LU": r"\d{8}",
    "LV": r"\d{11}", "MT": r"\d{8}", "NL": r"[A-Z0-9+*]{10}\d{2}", "PL": r"\d{10}", "PT": r"\d{9}",
    "RO": r"\d{2,10}", "SE": r"\d{12}", "SI": r"\d{8}", "SK": r"\d{10}", "XI": r"(\d{9}|\d{12}|GD\d{3})",
}  # fmt: skip
EU = frozenset(_FORMS) - {"EL", "XI"} | {"GR"}
"""Countries of the EU, as addresses write them."""


class VatIdProblem(StrEnum):
    """What is wrong with a VAT id."""

    COUNTRY = "vat_country"
    FORM = "vat_form"
    DIGITS = "vat_digits"


def vat_id_problem(text: str) -> VatIdProblem | None:
    """Say what is wrong with a VAT id without blanks; ids from outside the EU are taken as they are."""
    country, rest = text[:2], text[2:]
    if not country.isalpha() or not country.isascii():
        return VatIdProblem.COUNTRY
    form = _FORMS.get(country)
    if form is None:
        return VatIdProblem.COUNTRY if country == "GR" else None
    if not re.fullmatch(form, rest, re.ASCII):
        return VatIdProblem.FORM
    return None if _digits_fit(text) else VatIdProblem.DIGITS


def can_check_digits() -> bool:
    """Say whether check digits are looked at, for which the extra `vat` is needed."""
    return find_spec("stdnum") is not None


def _digits_fit(text: str) -> bool:
    if not can_check_digits() or text.startswith("XI"):
        return True
    return bool(import_module("stdnum.eu.vat").is_valid(text))
