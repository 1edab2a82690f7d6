"""Quotes as they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

from ..shop import Quote

_SAME = (
    "currency", "codes", "discount", "shipping_discount", "total", "credit", "to_pay",
)  # fmt: skip


def shown(quote: Quote) -> dict[str, object]:
    """Give what a cart costs: the values of PricesSchema."""
    return {
        **{name: getattr(quote, name) for name in _SAME},
        "items": [{**asdict(item), "vat": by_rate(item.vat)} for item in quote.items],
        "credits": [asdict(item) for item in quote.credits],
        "by_rate": by_rate(quote.by_rate),
        "vat": by_rate(quote.vat),
        "allocation": {str(key): amount for key, amount in quote.allocation.items()},
    }


def by_rate(amounts: Mapping[Decimal | None, Decimal] | Mapping[Decimal, Decimal]) -> dict[str, Decimal]:
    """Give amounts by VAT rate; what has no rate stands under `none`."""
    return {"none" if rate is None else f"{rate:f}": amount for rate, amount in amounts.items()}
