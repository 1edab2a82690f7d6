"""What the platforms' words for a coupon have in common: limits, amounts, ids, and what stays unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from .coupon import CouponTerms
from .money import major

NAMES: Final[Mapping[str, str]] = {
    "new_customers_only": "new_customers_only", "cap": "cap", "max_uses": "max", "period": "period",
    "budget": "budget", "order_budget": "order_budget", "valid_from": "from", "days": "day", "opens": "opens",
    "closes": "closes", "categories": "category", "not_categories": "not_category", "link_only": "link_only",
    "stack_group": "stack_group", "most_codes": "most_codes", "vat_rate": "vat_rate",
    "max_order": "max_order", "max_per_customer": "max_per_customer", "not_products": "not_product",
    "stackable": "stackable",
}  # fmt: skip
"""Terms by the names that people know them by."""


def unsaid(terms: CouponTerms, source: str, said: Iterable[str]) -> tuple[str, ...]:
    """Name the terms that a shop cannot keep to, which says those of `said`; we judge them at the order."""
    told = set(said)
    found = [name for field, name in NAMES.items() if field not in told and getattr(terms, field)]
    foreign = any(not ref.startswith(f"{source}:") for ref in terms.products | terms.not_products)
    return (*found, *(("product",) if foreign else ()))


def amount(minor: int | None, terms: CouponTerms) -> str | None:
    """Give an amount in major units, as a text."""
    return None if minor is None or terms.currency is None else str(major(minor, terms.currency))


def ids(refs: frozenset[str], source: str) -> list[str]:
    """Give the products of the shop by their numbers there."""
    return sorted(ref.removeprefix(f"{source}:") for ref in refs if ref.startswith(f"{source}:"))


def uses(most: int | None, terms: CouponTerms) -> int | None:
    """Give how often one code may be used."""
    return min((one for one in (most, terms.max_per_code) if one is not None), default=None)


def ends(until: datetime | None, terms: CouponTerms) -> datetime | None:
    """Give when a code ends, in UTC."""
    found = min((one for one in (until, terms.valid_until) if one is not None), default=None)
    return None if found is None else found.astimezone(UTC)


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing."""
    return {name: value for name, value in values.items() if value not in (None, [])}
