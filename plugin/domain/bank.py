"""Bank details: IBAN and BIC checked by their own rules, and names in letters that banks accept."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
SEPA: Final = frozenset(
    [
        "AD",
        "AL",
        "AT",
        "BE",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GI",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MC",
        "MD",
        "ME",
        "MK",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "RS",
        "SE",
        "SI",
        "SK",
        "SM",
        "VA",
    ]
)
"""Countries whose accounts a SEPA transfer reaches."""
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC: Final = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f.-]+")
_MOST_NAME: Final = 70


class BankProblem(StrEnum):
    """What is wrong with an IBAN or a BIC."""

    SIGNS = "signs"
    COUNTRY = "country"
    LENGTH = "length"
    CHECKSUM = "checksum"
    NOT_SEPA = "not_sepa"
    BIC = "bic"
    BIC_COUNTRY = "bic_country"


def squeezed(text: str) -> str:
    """Give an IBAN or BIC as it is stored: without blanks, in capitals."""
    return _BLANKS.sub("", text).upper()


def iban_problem(iban: str) -> BankProblem | None:
    """Say what is wrong with a squeezed IBAN; None: it can be right."""
    if not _IBAN.fullmatch(iban):
        return BankProblem.SIGNS if not iban[:2].isalpha() or not iban.isalnum() else _length(iban)
    length = _length(iban)
    if length is not None:
        return length
    if int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 != 1:
        return BankProblem.CHECKSUM
    return None if iban[:2] in SEPA else BankProblem.NOT_SEPA


def _length(iban: str) -> BankProblem | None:
    if iban[:2] not in _LENGTHS:
        return BankProblem.COUNTRY
    return None if len(iban) == _LENGTHS[iban[:2]] and _IBAN.fullmatch(iban) else BankProblem.LENGTH


def bic_problem(bic: str, iban: str) -> BankProblem | None:
    """Say what is wrong with a squeezed BIC beside its IBAN."""
    if not _BIC.fullmatch(bic):
        return BankProblem.BIC
    same = bic[4:6] == iban[:2] or {bic[4:6], iban[:2]} <= {"FR", "MC", "GP", "RE", "MQ", "GF", "YT"}
    return None if same or iban[:2] in {"GB", "GI", "VA", "SM", "LI"} else BankProblem.BIC_COUNTRY


def grouped(iban: str) -> str:
    """Give an IBAN in groups of four, as people read it."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def masked(iban: str) -> str:
    """Give country and last four signs: enough to know one's own account by."""
    return f"{iban[:2]}\N{MIDDLE DOT}\N{MIDDLE DOT} {iban[-4:]}" if iban else ""


def masked_email(address: str) -> str:
    """Give the first sign and the host of an address."""
    name, at, host = address.partition("@")
    return f"{name[:1]}\N{HORIZONTAL ELLIPSIS}{at}{host}" if at else ""


_UMLAUTS: Final = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "þ": "th",
    "ð": "d", "đ": "d", "ł": "l", "ı": "i",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "",
    "э": "e", "ю": "iu", "я": "ia", "і": "i", "ї": "i", "є": "ie", "ґ": "g",
}  # fmt: skip
"""As in passports (ICAO 9303)."""
_GREEK: Final = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        [
            "a",
            "v",
            "g",
            "d",
            "e",
            "z",
            "i",
            "th",
            "i",
            "k",
            "l",
            "m",
            "n",
            "x",
            "o",
            "p",
            "r",
            "s",
            "s",
            "t",
            "y",
            "f",
            "ch",
            "ps",
            "o",
        ],
        strict=True,
    )
)
_LETTERS: Final = {**_UMLAUTS, **_CYRILLIC, **_GREEK}
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9/?:().,'+ -]")


def bank_text(text: str, most: int = _MOST_NAME) -> str:
    """Write a text in the letters that every SEPA bank accepts: Jürgen is Juergen, Юрий is Iurii."""
    written = "".join(_written(sign) for sign in unicodedata.normalize("NFC", text))
    kept = "".join(sign if _ACCEPTED.fullmatch(sign) else " " for sign in written)
    return " ".join(kept.split()).lstrip("/ ")[:most].rstrip("/ ")


def _written(sign: str) -> str:
    latin = _LETTERS.get(sign.lower())
    if latin is not None:
        return latin.capitalize() if sign.isupper() else latin
    if sign == "&":
        return "+"
    bare = unicodedata.normalize("NFKD", sign)
    found = "".join(part for part in bare if not unicodedata.combining(part))
    return "".join(_LETTERS.get(part.lower(), part) for part in found)
