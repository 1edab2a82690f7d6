"""Codes as Saleor's API takes them, a voucher for each, and what of their terms it has no word for."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, Final

from . import foreign_coupons as common
from .coupon import CouponTerms, Kind

_SAYS: Final = ("valid_from",)
_ONCE: Final = "max_per_customer"


def not_said(terms: CouponTerms, source: str) -> tuple[str, ...]:
    """Name the terms that the shop cannot keep to: of limits per customer it knows "once" only."""
    says = (*_SAYS, _ONCE) if terms.max_per_customer == 1 else _SAYS
    some = ("product",) if terms.kind is Kind.SHIPPING and terms.products else ()
    return tuple(dict.fromkeys((*common.unsaid(terms, source, says), *some)))


def written(
    code: str, terms: CouponTerms, source: str, *, most: int | None, until: datetime | None, now: datetime
) -> dict[str, Any]:
    """Give a code as a voucher, and what it is worth in a channel; `most` and `until` are its own limits."""
    begins = now if terms.valid_from is None else terms.valid_from
    ends, products = common.ends(until, terms), common.ids(terms.products, source)
    limit = common.uses(most, terms)
    voucher = {
        "name": terms.name,
        "codes": [{"code": code}],
        "type": _type(terms, bool(products)),
        "discountValueType": "FIXED" if terms.kind is Kind.AMOUNT else "PERCENTAGE",
        "startDate": _moment(begins),
        "endDate": None if ends is None else _moment(ends),
        "usageLimit": limit,
        "applyOncePerCustomer": terms.max_per_customer == 1,
        "products": [_global(ref) for ref in products] if terms.kind is not Kind.SHIPPING else None,
    }
    listing = {"discountValue": _off(terms), "minAmountSpent": common.amount(terms.min_order, terms)}
    return {"voucher": common.said(voucher), "listing": common.said(listing)}


def _type(terms: CouponTerms, some: bool) -> str:
    if terms.kind is Kind.SHIPPING:
        return "SHIPPING"
    return "SPECIFIC_PRODUCT" if some else "ENTIRE_ORDER"


def _off(terms: CouponTerms) -> str:
    """Give what is taken off; free shipping is all of it."""
    if terms.kind is Kind.AMOUNT:
        return common.amount(terms.amount, terms) or "0"
    return "100" if terms.kind is Kind.SHIPPING or terms.percent is None else format(terms.percent, "f")


def _global(ref: str) -> str:
    """Give the global id of a product, which its bodies told us without."""
    return base64.b64encode(f"Product:{ref}".encode()).decode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
