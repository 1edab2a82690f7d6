"""The terms of a stored coupon as people write them: what `reading.read_coupon` reads back as the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Row

from ..domain.coupon import Kind
from ..domain.money import major

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def values_of(row: Row[Any]) -> dict[str, object]:
    """Give the values of a coupon's row by the names of `reading.COUPON_FIELDS`; amounts in major units."""
    return {name: value(row) for name, value in _VALUES.items()}


def _as_stored(column: str) -> Callable[[Row[Any]], object]:
    return lambda row: getattr(row, column)


def _amount(column: str) -> Callable[[Row[Any]], object]:
    def value(row: Row[Any]) -> object:
        minor = getattr(row, column)
        return None if minor is None else major(minor, row.currency)

    return value


def _listed(column: str) -> Callable[[Row[Any]], object]:
    return lambda row: sorted(getattr(row, column))


def _clock(column: str) -> Callable[[Row[Any]], object]:
    def value(row: Row[Any]) -> object:
        minutes = getattr(row, column)
        return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"

    return value


_VALUES: Mapping[str, Callable[[Row[Any]], object]] = {
    "name": _as_stored("name"),
    "amount": _amount("amount"),
    "percent": _as_stored("percent"),
    "free_shipping": lambda row: row.kind == Kind.SHIPPING.value,
    "treatment": _as_stored("treatment"),
    "cap": _amount("cap"),
    "currency": _as_stored("currency"),
    "min_order": _amount("min_order"),
    "max_order": _amount("max_order"),
    "order_value": _as_stored("order_value"),
    "minimum_again": _as_stored("minimum_again"),
    "product": _listed("products"),
    "category": _listed("categories"),
    "not_product": _listed("not_products"),
    "not_category": _listed("not_categories"),
    "new_customers_only": _as_stored("new_customers_only"),
    "max": _as_stored("max_uses"),
    "max_per_code": _as_stored("max_per_code"),
    "max_per_customer": _as_stored("max_per_customer"),
    "period": _as_stored("period"),
    "max_in_period": _as_stored("max_in_period"),
    "max_per_customer_in_period": _as_stored("max_per_customer_in_period"),
    "budget": _amount("budget"),
    "order_budget": _amount("order_budget"),
    "from": _as_stored("valid_from"),
    "until": _as_stored("valid_until"),
    "day": lambda row: [_DAYS[day] for day in sorted(row.days)],
    "opens": _clock("opens"),
    "closes": _clock("closes"),
    "vat_rate": _as_stored("vat_rate"),
    "priority": _as_stored("priority"),
    "stackable": _as_stored("stackable"),
    "stack_group": _as_stored("stack_group"),
    "most_codes": _as_stored("most_codes"),
    "link_only": _as_stored("link_only"),
    "campaign": _as_stored("campaign"),
    "open_to_partners": _as_stored("open_to_partners"),
    "give_back": _as_stored("give_back"),
}
