"""Amounts as people write and read them, by the customs of their locale."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern
from babel.numbers import format_percent as babel_percent

from .money import currency_code, decimal, exponent, major, minor_exact

MINUS: Final = "\N{MINUS SIGN}"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_BLANKS: Final = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_APOSTROPHES: Final = "'\N{RIGHT SINGLE QUOTATION MARK}"
_UNSEEN: Final = dict.fromkeys(
    map(ord, "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}"), ""
)
_SIGNS: Final = {"-": "-", MINUS: "-", "+": ""}
_LONGEST: Final = 60
_NUMBER: Final = re.compile(r"[0-9](?:.*[0-9])?", re.DOTALL)
_GROUPED: Final = 3
_COULD_BE_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
# A currency written in letters stands apart from the digits, also where the locale's signs do not.
_TOUCHING: Final = re.compile(rf"(?<=[^\W\d_])(?=[0-9{MINUS}])|(?<=[0-9])(?=[^\W\d_])")


def parse_amount(text: str, *, locale: str | Locale, currency: str) -> int:
    """Read what a person typed as minor units; what is dangerous or ambiguous raises ValueError.

    The customs of the locale decide what groups and what separates decimals; a sign may stand in front, the
    currency in front or behind.
    """
    code, customs = currency_code(currency), _locale(locale)
    if len(text) > _LONGEST:
        raise ValueError("that is too long for an amount")
    cleaned = text.strip().translate(_UNSEEN)
    if not cleaned:
        raise ValueError("an amount is missing")
    found = _NUMBER.search(cleaned)
    if not found:
        raise ValueError(f"{text!r} is not an amount")
    sign = _sign(cleaned[: found.start()], cleaned[found.end() :], code, customs, text)
    return minor_exact(decimal(sign + _plain(found.group(), code, customs, text)), code)


def format_amount(amount: int, currency: str, locale: str | Locale) -> str:
    """Write minor units for people: the currency's own decimals, a real minus, blanks that do not break."""
    customs, digits = _locale(locale), exponent(currency)
    pattern = _pattern(str(customs), digits)
    shown: str = pattern.apply(major(amount, currency), customs, currency=currency, currency_digits=False)
    return _typeset(shown)


def format_percent(value: Decimal | int, locale: str | Locale) -> str:
    """Write a rate in per cent (19, not 0.19) for people, with the decimals it has."""
    hundredth = Decimal(value).scaleb(-2)
    return _typeset(babel_percent(hundredth, locale=_locale(locale), decimal_quantization=False))


def _locale(locale: str | Locale) -> Locale:
    return locale if isinstance(locale, Locale) else Locale.parse(locale.replace("-", "_"))


@lru_cache(maxsize=256)
def _pattern(customs: str, digits: int) -> NumberPattern:
    standard: NumberPattern = Locale.parse(customs).currency_formats["standard"]
    pattern = parse_pattern(standard.pattern)
    pattern.frac_prec = (digits, digits)
    return pattern


def _typeset(shown: str) -> str:
    return _TOUCHING.sub(_NO_BREAK, shown.replace("-", MINUS).replace(" ", _NO_BREAK))


def _sign(before: str, behind: str, code: str, customs: Locale, text: str) -> str:
    """Give the sign in front of the number, around which only one name of the currency may stand."""
    lead = before.strip()
    signs = [char for char in lead if char in _SIGNS]
    if len(signs) > 1 or any(char in behind for char in _SIGNS):
        raise ValueError(f"{text!r} is not an amount: a sign stands once and in front")
    if signs and not (lead.startswith(signs[0]) or lead.endswith(signs[0])):
        raise ValueError(f"{text!r} is not an amount: a sign stands once and in front")
    named = [part for part in (lead.strip("".join(_SIGNS)).strip(), behind.strip()) if part]
    if len(named) > 1 or any(part.casefold() not in _names(code, customs) for part in named):
        raise ValueError(f"{text!r} is not an amount in {code}")
    return _SIGNS[signs[0]] if signs else ""


def _names(code: str, customs: Locale) -> frozenset[str]:
    symbol: str = get_currency_symbol(code, locale=customs)
    return frozenset((code.casefold(), symbol.translate(_UNSEEN).casefold()))


def _plain(number: str, code: str, customs: Locale, text: str) -> str:
    """Turn the customs of the locale into plain digits with a point."""
    digits = exponent(code)
    form, lone, spelling = _forms(str(customs), digits)
    number = number.translate(spelling)
    usual = form.fullmatch(number)
    read = usual or lone.fullmatch(number)
    if not read:
        raise ValueError(f"{text!r} is not an amount as it is written in {customs}")
    certain = usual and usual["decimals"]
    if not certain and digits == _GROUPED and _COULD_BE_GROUPED.fullmatch(number):
        raise ValueError(f"{text!r} can be read in two ways: write it without grouping")
    decimals = read["decimals"] or ""
    if len(decimals) > digits:
        raise ValueError(f"{text!r} has more than the {digits} decimals of {code}")
    return f"{re.sub('[^0-9]', '', read['whole'])}.{decimals or 0}"


@lru_cache(maxsize=256)
def _forms(customs: str, digits: int) -> tuple[re.Pattern[str], re.Pattern[str], dict[int, str]]:
    """Give the pattern of the locale, the one of a lone separator, and what is written in one way first."""
    locale = Locale.parse(customs)
    first, further = locale.currency_formats["standard"].grouping
    symbols = locale.number_symbols["latn"]
    alike = next((kind for kind in (_BLANKS, _APOSTROPHES) if symbols["group"] in kind), symbols["group"])
    group, point = re.escape(alike[0]), re.escape(symbols["decimal"])
    grouped = rf"[1-9][0-9]{{0,{further - 1}}}(?:{group}[0-9]{{{further}}})*{group}[0-9]{{{first}}}"
    form = re.compile(rf"(?P<whole>{grouped}|[0-9]+)(?:{point}(?P<decimals>[0-9]+))?")
    lone = re.compile(rf"(?P<whole>[0-9]+)[.,](?P<decimals>[0-9]{{{max(digits, 1)}}})")
    return form, lone, dict.fromkeys(map(ord, alike), alike[0])
