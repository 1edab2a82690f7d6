"""Codes as WooCommerce's API takes them, and what of their terms it has no word for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from . import foreign_coupons as common
from .coupon import CouponTerms, Kind

_SAYS: Final = ("max_order", "max_per_customer", "not_products", "stackable")


def not_said(terms: CouponTerms, source: str) -> tuple[str, ...]:
    """Name the terms that the shop cannot keep to; we judge them when the order comes."""
    return common.unsaid(terms, source, _SAYS)


def written(
    code: str, terms: CouponTerms, source: str, *, most: int | None, until: datetime | None, now: datetime
) -> dict[str, Any]:
    """Give a code with its terms; `most` and `until` are the code's own limits."""
    ends = common.ends(until, terms)
    return common.said({
        "code": code,
        "description": terms.name,
        "discount_type": "fixed_cart" if terms.kind is Kind.AMOUNT else "percent",
        "amount": _off(terms),
        "free_shipping": terms.kind is Kind.SHIPPING,
        "individual_use": not terms.stackable,
        "minimum_amount": common.amount(terms.min_order, terms),
        "maximum_amount": common.amount(terms.max_order, terms),
        "usage_limit": common.uses(most, terms),
        "usage_limit_per_user": terms.max_per_customer,
        "date_expires_gmt": None if ends is None else ends.strftime("%Y-%m-%dT%H:%M:%S"),
        "product_ids": _ids(terms.products, source),
        "excluded_product_ids": _ids(terms.not_products, source),
    })  # fmt: skip


def _off(terms: CouponTerms) -> str:
    if terms.kind is Kind.AMOUNT:
        return common.amount(terms.amount, terms) or "0"
    return "0" if terms.percent is None else format(terms.percent, "f")


def _ids(refs: frozenset[str], source: str) -> list[int]:
    return sorted(int(ref) for ref in common.ids(refs, source) if ref.isdecimal())
