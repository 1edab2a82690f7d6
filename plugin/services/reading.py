"""Read coupons and commission terms as people write them: options of the command line, tables of a file.

Names are those of the options, with underscores; amounts are in major units, times in the shop's zone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from ..config import Settings
from ..domain.coupon import CouponTerms, Kind
from ..domain.money import currency_code, decimal, minor_exact, rate
from ..models.base import plain
from ..shop import ref_text
from .mistakes import BadTerms, Mistake

Value = TypeVar("Value")
_MOST_DECIMALS = 4


@dataclass(frozen=True, kw_only=True)
class Given:
    """Values by name as somebody wrote them; each reader names the value that it cannot read."""

    values: Mapping[str, object]
    settings: Settings

    def refuse_others(self, known: Collection[str]) -> None:
        """Raise Mistake where there is a name that means nothing."""
        unknown = sorted(set(self.values) - set(known))
        if unknown:
            raise Mistake(f"{', '.join(unknown)}: not known; possible are {', '.join(known)}")

    def has(self, name: str) -> bool:
        """Tell whether a value is given."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str | None:
        """Give a text; numbers are taken as they are written."""
        return self._read(name, _text)

    def needed(self, name: str) -> str:
        """Give a text that must be there."""
        found = self.text(name)
        if not found:
            raise Mistake(f"{name}: is missing")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of refs; a single one may stand without a list."""
        return self._read(name, lambda value: _texts(value, name)) or ()

    def yes(self, name: str) -> bool:
        """Give a switch; off where it is not given."""
        return self._read(name, _yes) or False

    def whole(self, name: str) -> int | None:
        """Give a whole number."""
        return self._read(name, _whole)

    def percent(self, name: str) -> Decimal | None:
        """Give a per cent of at most 4 decimals."""
        return self._read(name, _percent)

    def vat_rate(self, name: str) -> Decimal | None:
        """Give a VAT rate in per cent."""
        return self._read(name, lambda value: rate(_number(value)))

    def amount(self, name: str, currency: str) -> int | None:
        """Give an amount in minor units; one finer than the currency is refused."""
        return self._read(name, lambda value: minor_exact(_number(value), currency))

    def currency(self, name: str = "currency") -> str | None:
        """Give a currency code."""
        return self._read(name, lambda value: currency_code(_text(value)))

    def moment(self, name: str, *, closes: bool = False) -> datetime | None:
        """Give a date or time in the shop's zone. A date that `closes` means its whole day."""
        return self._read(name, lambda value: _moment(value, self.settings, closes=closes))

    def _read(self, name: str, read: Callable[[object], Value]) -> Value | None:
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return read(value)
        except (ValueError, OverflowError) as error:
            raise Mistake(f"{name}: {error}") from error


COUPON_FIELDS = (
    "name", "amount", "percent", "free_shipping", "cap", "currency", "min_order", "max_order", "product",
    "category", "new_customers_only", "max", "max_per_code", "max_per_customer", "from", "until", "vat_rate",
    "priority", "stackable", "open_to_partners", "give_back",
)  # fmt: skip
_AMOUNTS = ("amount", "cap", "min_order", "max_order")


def read_coupon(given: Given) -> CouponTerms:
    """Read the terms of a coupon, or raise Mistake naming the value that is wrong."""
    kind = _kind(given)
    currency = given.currency()
    if currency is None and any(given.has(name) for name in _AMOUNTS):
        currency = given.settings.currency
    try:
        return CouponTerms(
            name=given.needed("name").strip(),
            kind=kind,
            amount=given.amount("amount", currency or ""),
            cap=given.amount("cap", currency or ""),
            min_order=given.amount("min_order", currency or ""),
            max_order=given.amount("max_order", currency or ""),
            percent=given.percent("percent"),
            currency=currency,
            products=frozenset(given.texts("product")),
            categories=frozenset(given.texts("category")),
            new_customers_only=given.yes("new_customers_only"),
            max_uses=given.whole("max"),
            max_per_code=given.whole("max_per_code"),
            max_per_customer=given.whole("max_per_customer"),
            valid_from=given.moment("from"),
            valid_until=given.moment("until", closes=True),
            vat_rate=given.vat_rate("vat_rate"),
            priority=100 if not given.has("priority") else given.whole("priority") or 0,
            stackable=given.yes("stackable"),
        )
    except Mistake:
        raise
    except ValueError as error:
        raise BadTerms(str(error)) from error


def _kind(given: Given) -> Kind:
    kinds = {"amount": Kind.AMOUNT, "percent": Kind.PERCENT, "free_shipping": Kind.SHIPPING}
    chosen = [kind for name, kind in kinds.items() if given.values.get(name) not in (None, False)]
    if len(chosen) != 1:
        raise Mistake("amount, percent: give one of the two (or free_shipping)")
    return chosen[0]


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError(f"give a text, not {value!r}")
    return str(value)


def _texts(value: object, name: str) -> tuple[str, ...]:
    found = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(ref_text(_text(item), name) for item in found)


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"give true or false, not {value!r}")
    return value


def _whole(value: object) -> int:
    text = _text(value).strip()
    if not text.lstrip("-").isdecimal() or not text.isascii():
        raise ValueError(f"give a whole number, not {value!r}")
    return int(text)


def _number(value: object) -> Decimal:
    return decimal(value if isinstance(value, (int, float, Decimal)) else _text(value))


def _percent(value: object) -> Decimal:
    number = plain(_number(value))
    if number != round(number, _MOST_DECIMALS):
        raise ValueError(f"{value} has more than {_MOST_DECIMALS} decimals")
    return number


def _moment(value: object, settings: Settings, *, closes: bool) -> datetime:
    read = value if isinstance(value, date) else _iso(_text(value).strip())
    if not isinstance(read, datetime):
        day = read + timedelta(days=1) if closes else read
        read = datetime.combine(day, time())
    local = read if read.tzinfo is not None else read.replace(tzinfo=settings.zone)
    return local.astimezone(UTC)


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-12-31") else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write 2026-12-31 or 2026-12-31T18:00") from error
