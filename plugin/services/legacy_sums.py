"""Amounts as files from other systems write them: decimal signs, groups of three, signs of currencies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from babel.numbers import list_currencies

from ..domain.money import exponent, minor_exact
from .cells import LegacyProblem, WrongCell

_AMOUNT = re.compile(r"(?P<sign>[-+−]?)(?P<figures>\d[\d.,'’ \u00a0\u202f]*)", re.ASCII)
_MONEY_SIGNS = {"€": "EUR", "£": "GBP", "zł": "PLN", "₽": "RUB", "₴": "UAH", "¥": "JPY"}
_THOUSAND, _LONGEST = 3, 12
_CURRENCIES = frozenset(list_currencies())


class DecimalSign(StrEnum):
    """What stands before the decimals in a file."""

    POINT = "."
    COMMA = ","


def decimal_signs(texts: Iterable[str]) -> set[DecimalSign]:
    """Give the decimal signs with which all amounts can be read; none: they differ."""
    possible = set(DecimalSign)
    for text in texts:
        found = _AMOUNT.search(text)
        if found:
            possible &= _signs_of(found["figures"])
    return possible


def _signs_of(figures: str) -> set[DecimalSign]:
    places = {sign: figures.rfind(sign.value) for sign in DecimalSign}
    last = max(places, key=lambda sign: places[sign])
    other = next(sign for sign in DecimalSign if sign is not last)
    if places[last] < 0:
        return set(DecimalSign)
    if places[other] >= 0:
        return {last}
    behind = len(figures.strip()) - places[last] - 1
    if figures.count(last.value) > 1:
        return {other}
    return set(DecimalSign) if behind == _THOUSAND else {last}


def read_currency(text: str, usual: str) -> str:
    """Give a currency; nothing said is the usual one."""
    code = (text or usual).upper()
    if code not in _CURRENCIES:
        raise WrongCell(LegacyProblem.NO_CURRENCY)
    return code


def read_sum(text: str, sign: DecimalSign | None, currency: str) -> int:
    """Give an amount in minor units, below 0 where it begins with a minus."""
    wrong = WrongCell(LegacyProblem.NO_SUM, "1250,00" if sign is DecimalSign.COMMA else "1250.00")
    if not text:
        raise WrongCell(LegacyProblem.NEEDED)
    bare = _without_currency(text, currency)
    found = _AMOUNT.fullmatch(bare)
    if found is None or sign is None or sign not in _signs_of(found["figures"]):
        raise wrong
    whole, _, decimals = re.sub(r"['’ \u00a0\u202f]", "", found["figures"]).partition(sign.value)
    groups = whole.split("," if sign is DecimalSign.POINT else ".")
    grouped = all(len(group) == _THOUSAND for group in groups[1:]) and len(groups[0]) <= (
        _THOUSAND if groups[1:] else _LONGEST
    )
    if not grouped or not decimals.isdecimal() and decimals or len(decimals) > exponent(currency):
        raise wrong
    amount = minor_exact(Decimal(f"{''.join(groups)}.{decimals or 0}"), currency)
    return -amount if found["sign"] in {"-", "−"} else amount


def _without_currency(text: str, currency: str) -> str:
    """Give an amount without the sign of its currency. Raises WrongCell where it names another one."""
    found = re.search(r"[^\W\d_]+|[€£$¥₽₴]", text.replace("zł", "PLN"))
    if found is None:
        return text.strip()
    said = _MONEY_SIGNS.get(found[0], found[0].upper())
    if said == "$" and currency.endswith("D"):
        said = currency
    if said != currency:
        raise WrongCell(LegacyProblem.OTHER_CURRENCY, found[0])
    rest = text.replace("zł", "PLN").replace(found[0], "", 1)
    return re.sub(r"^([-+−]) +", r"\1", rest.strip())
