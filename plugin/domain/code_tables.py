"""Codes as tables that other platforms' import tools read: their columns, and a row for each code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

Said = Mapping[str, Any]
"""A code with its terms as the platform's API takes it."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The columns of a platform's files, and what stands in them for a code of a coupon of that name."""

    columns: tuple[str, ...]
    row: Callable[[Said, str, tzinfo], tuple[object, ...]]


def _woo(said: Said, coupon: str, zone: tzinfo) -> tuple[object, ...]:
    return (
        said["code"],
        said.get("description", coupon),
        "publish",
        said["discount_type"],
        said["amount"],
        _yes(said["free_shipping"]),
        _day(said.get("date_expires_gmt"), zone),
        _yes(said["individual_use"]),
        said.get("minimum_amount", ""),
        said.get("maximum_amount", ""),
        said.get("usage_limit", ""),
        said.get("usage_limit_per_user", ""),
        ",".join(map(str, said.get("product_ids", ()))),
        ",".join(map(str, said.get("excluded_product_ids", ()))),
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _day(text: str | None, zone: tzinfo) -> str:
    """Give the day at whose beginning a coupon is over there: never later than it is over here."""
    if text is None:
        return ""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone).date().isoformat()


def _shopify(said: Said, coupon: str, zone: tzinfo) -> tuple[object, ...]:
    (discount,) = said.values()
    return coupon, "MERGE", discount["code"], "MERGE"


WOOCOMMERCE: Final = Table(
    columns=(
        "post_title", "post_excerpt", "post_status", "discount_type", "coupon_amount", "free_shipping",
        "expiry_date", "individual_use", "minimum_amount", "maximum_amount", "usage_limit",
        "usage_limit_per_user", "product_ids", "exclude_product_ids",
    ),
    row=_woo,
)  # fmt: skip
"""The names by which WooCommerce keeps coupons, which its plugins for coupons read."""
SHOPIFY: Final = Table(columns=("Title", "Command", "Code", "Code Command"), row=_shopify)
"""Codes of one discount, whose terms are set there: as apps for tables add them."""
