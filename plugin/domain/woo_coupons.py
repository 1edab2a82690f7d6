"""Codes as WooCommerce's API takes them, and what of their terms it has no word for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .coupon import CouponTerms, Kind
from .money import major

_NOT_SAID: Mapping[str, str] = {
    "new_customers_only": "new_customers_only", "cap": "cap", "max_uses": "max", "period": "period",
    "budget": "budget", "order_budget": "order_budget", "valid_from": "from", "days": "day", "opens": "opens",
    "closes": "closes", "categories": "category", "not_categories": "not_category", "link_only": "link_only",
    "stack_group": "stack_group", "most_codes": "most_codes", "vat_rate": "vat_rate",
}  # fmt: skip
"""Terms by the names that people know them by."""


def not_said(terms: CouponTerms, source: str) -> tuple[str, ...]:
    """Name the terms that the shop cannot keep to; we judge them when the order comes."""
    found = [name for field, name in _NOT_SAID.items() if getattr(terms, field)]
    foreign = any(not ref.startswith(f"{source}:") for ref in terms.products | terms.not_products)
    return (*found, *(("product",) if foreign else ()))


def written(
    code: str, terms: CouponTerms, source: str, *, most: int | None, until: datetime | None
) -> dict[str, Any]:
    """Give a code with its terms; `most` and `until` are the code's own limits."""
    ends = min((one for one in (until, terms.valid_until) if one is not None), default=None)
    uses = min((one for one in (most, terms.max_per_code) if one is not None), default=None)
    said: dict[str, Any] = {
        "code": code,
        "description": terms.name,
        "discount_type": "fixed_cart" if terms.kind is Kind.AMOUNT else "percent",
        "amount": _off(terms),
        "free_shipping": terms.kind is Kind.SHIPPING,
        "individual_use": not terms.stackable,
        "minimum_amount": _amount(terms.min_order, terms),
        "maximum_amount": _amount(terms.max_order, terms),
        "usage_limit": uses,
        "usage_limit_per_user": terms.max_per_customer,
        "date_expires_gmt": None if ends is None else ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "product_ids": _ids(terms.products, source),
        "excluded_product_ids": _ids(terms.not_products, source),
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def _off(terms: CouponTerms) -> str:
    if terms.kind is Kind.AMOUNT:
        return _amount(terms.amount, terms) or "0"
    return "0" if terms.percent is None else format(terms.percent, "f")


def _amount(amount: int | None, terms: CouponTerms) -> str | None:
    return None if amount is None or terms.currency is None else str(major(amount, terms.currency))


def _ids(refs: frozenset[str], source: str) -> list[int]:
    mine = (ref.removeprefix(f"{source}:") for ref in refs if ref.startswith(f"{source}:"))
    return sorted(int(ref) for ref in mine if ref.isdecimal())
