"""Money: whole minor units inside, decimals at the edges, and the only place that rounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import Final

Number = Decimal | int | float | str

_BY_DIGITS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR "
    "RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD "
    "TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
#: Digits of the minor unit of every currency of ISO 4217 that has one.
EXPONENTS: Final = MappingProxyType(
    {code: digits for digits, codes in _BY_DIGITS.items() for code in codes.split()}
)

_PLAIN: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_MOST_DIGITS: Final = 12
# Every float stays below it; beyond it a number can only be an attack on the exact arithmetic.
_MOST_DECIMALS: Final = 400
_RATE_DECIMALS: Final = 4
_LONGEST_SHOWN: Final = 40


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency, or raise ValueError."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"unknown currency {currency!r}") from None


def currency_code(value: str) -> str:
    """Give the ISO code in its one spelling, or raise ValueError."""
    code = value.strip().upper()
    exponent(code)
    return code


def decimal(value: Number) -> Decimal:
    """Read one number as a shop hands it over, exactly as it prints; ValueError says what is wrong."""
    number = _read(value)
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    if not number:
        return Decimal(0)
    if number.adjusted() >= _MOST_DIGITS:
        raise ValueError(f"a number has at most {_MOST_DIGITS} digits before the point")
    written = _decimals(number)
    if written > _MOST_DECIMALS:
        raise ValueError(f"a number has at most {_MOST_DECIMALS} decimals")
    return number if written >= 0 else Decimal(int(number))


def rate(value: Number) -> Decimal:
    """Read a VAT rate in per cent, 0 <= rate < 100, in its one spelling: 7, never 7.000."""
    number = decimal(value)
    if 0 < number < 1:
        raise ValueError(f"{value} is not a VAT rate in per cent: give 19, not 0.19")
    if not 0 <= number < 100:
        raise ValueError(f"{value} is not a VAT rate in per cent: it is at least 0 and below 100")
    text = format(number, "f")
    plain = Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
    if _decimals(plain) > _RATE_DECIMALS:
        raise ValueError(f"{value} is not a VAT rate in per cent: it has at most {_RATE_DECIMALS} decimals")
    return plain


def half_up(value: Fraction | Decimal | int) -> int:
    """Round to a whole number, halves away from zero."""
    if isinstance(value, int):
        return int(value)
    return _round(*value.as_integer_ratio())


def minor(value: Number, currency: str) -> int:
    """Turn major units into minor ones, rounded half up."""
    digits = exponent(currency)
    upper, lower = decimal(value).as_integer_ratio()
    return _round(upper * 10**digits, lower)


def minor_exact(value: Number, currency: str) -> int:
    """Turn major units into minor ones; an amount finer than the currency raises ValueError."""
    digits = exponent(currency)
    upper, lower = decimal(value).as_integer_ratio()
    scaled: int = upper * 10**digits
    whole, rest = divmod(scaled, lower)
    if rest:
        raise ValueError(f"{value} has more than the {digits} decimals of {currency}")
    return whole


def major(amount: int, currency: str) -> Decimal:
    """Turn minor units into major ones, with exactly the decimals of the currency."""
    return Decimal(f"{amount}E-{exponent(currency)}")


def allocate(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Split `total` by largest remainder, ties to the earlier; the parts add up to it.

    Not monotone in `total`: never split running totals with it.
    """
    whole = _whole_weights(weights)
    if whole and min(whole) < 0:
        raise ValueError("a weight is never negative")
    if total == 0:
        return [0] * len(whole)
    base = sum(whole)
    if base == 0:
        raise ValueError("an amount needs a positive weight to be split by")
    size = abs(total)
    parts = [size * weight // base for weight in whole]
    missing = size - sum(parts)
    if missing:
        remainders = [size * weight % base for weight in whole]
        for index in sorted(range(len(whole)), key=remainders.__getitem__, reverse=True)[:missing]:
            parts[index] += 1
    return parts if total > 0 else [-part for part in parts]


def _read(value: Number) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{value!r} is not a number")
    if isinstance(value, int):
        if abs(value) >= 10**_MOST_DIGITS:
            raise ValueError(f"a number has at most {_MOST_DIGITS} digits before the point")
        return Decimal(int(value))
    if isinstance(value, float):
        return Decimal(float.__repr__(value))
    if not _PLAIN.fullmatch(value.strip()):
        shown = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "..."
        raise ValueError(f"{shown!r} is not a plain decimal number such as 1234.50")
    return Decimal(value.strip())


def _round(upper: int, lower: int) -> int:
    whole = (2 * abs(upper) + lower) // (2 * lower)
    return whole if upper >= 0 else -whole


def _decimals(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _whole_weights(weights: Sequence[int | Fraction]) -> list[int]:
    denominators = {weight.denominator for weight in weights}
    if denominators <= {1}:
        return [weight.numerator for weight in weights]
    common = lcm(*denominators)
    return [weight.numerator * (common // weight.denominator) for weight in weights]
