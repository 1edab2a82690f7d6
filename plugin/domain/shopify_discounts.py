"""Codes as Shopify's API takes them, a discount for each, and what of their terms it has no word for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from . import foreign_coupons as common
from .coupon import CouponTerms, Kind

_SAYS: Final = ("valid_from", "stackable")
_ONCE: Final = "max_per_customer"


def not_said(terms: CouponTerms, source: str) -> tuple[str, ...]:
    """Name the terms that the shop cannot keep to: of limits per customer it knows "once" only."""
    says = (*_SAYS, _ONCE) if terms.max_per_customer == 1 else _SAYS
    some = ("product",) if terms.kind is Kind.SHIPPING and terms.products else ()
    return tuple(dict.fromkeys((*common.unsaid(terms, source, says), *some)))


def written(
    code: str, terms: CouponTerms, source: str, *, most: int | None, until: datetime | None, now: datetime
) -> dict[str, Any]:
    """Give a code with its terms, under the name of what makes it; `most` and `until` are its own limits."""
    begins = now if terms.valid_from is None else terms.valid_from
    ends = common.ends(until, terms)
    shared = {
        "title": f"{terms.name} · {code}",
        "code": code,
        "startsAt": _moment(begins),
        "endsAt": None if ends is None else _moment(ends),
        "usageLimit": common.uses(most, terms),
        "appliesOncePerCustomer": terms.max_per_customer == 1,
        "minimumRequirement": _minimum(terms),
        "context": {"all": "ALL"},
        "combinesWith": dict.fromkeys(_OTHERS, terms.stackable),
    }
    if terms.kind is Kind.SHIPPING:
        others = {name: terms.stackable for name in _OTHERS if name != "shippingDiscounts"}
        free = {"destination": {"all": True}, "combinesWith": others}
        return {"freeShippingCodeDiscount": common.said({**shared, **free})}
    gets = {"value": _value(terms), "items": _items(terms, source)}
    return {"basicCodeDiscount": common.said({**shared, "customerGets": gets})}


_OTHERS: Final = ("orderDiscounts", "productDiscounts", "shippingDiscounts")


def _value(terms: CouponTerms) -> Mapping[str, Any]:
    """Give what is taken off; a per cent is a part of 1 there."""
    if terms.percent is not None and terms.kind is Kind.PERCENT:
        return {"percentage": terms.percent / 100}
    return {"discountAmount": {"amount": common.amount(terms.amount, terms), "appliesOnEachItem": False}}


def _items(terms: CouponTerms, source: str) -> Mapping[str, Any]:
    mine = [f"gid://shopify/Product/{ref}" for ref in common.ids(terms.products, source) if ref.isdecimal()]
    return {"products": {"productsToAdd": mine}} if mine else {"all": True}


def _minimum(terms: CouponTerms) -> Mapping[str, Any] | None:
    least = common.amount(terms.min_order, terms)
    return None if least is None else {"subtotal": {"greaterThanOrEqualToSubtotal": least}}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
