"""The endpoint of quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from flask import Response

from ..models import CameBy
from ..services import code_checks
from ..services.context import Context
from ..shop import Cart, Customer, Line, Quote
from .edge import blueprint, operation
from .once import act
from .quote_schemas import CartSchema, QuoteSchema

SCOPE, TAG = "quote", "Quotes"
EXAMPLE = {
    "currency": "EUR",
    "lines": [
        {
            "key": "1",
            "product_ref": "balsam",
            "quantity": "2",
            "unit_price": "14.90",
            "vat_rate": "19",
        }
    ],
    "shipping": "4.90",
    "shipping_vat_rate": "19",
    "customer": {"ref": "1003", "email": "ina@example.org"},
    "codes": ["VonMeier"],
}


@operation("POST", "/quote", scope=SCOPE, tag=TAG)
@blueprint.arguments(CartSchema, example=EXAMPLE)
@blueprint.response(200, QuoteSchema)
def price_cart(given: Mapping[str, Any]) -> Response:
    """Price a cart with codes. Nothing is kept, reserved or counted as a try; reasons are exact."""
    cart = _cart(given)
    codes, came_by = given.get("codes", ()), CameBy(given["came_by"])

    def work(ctx: Context) -> object:
        return _shown(code_checks.priced_with(ctx, cart, codes, came_by))

    return act(QuoteSchema(), work, reads=True)


def _cart(given: Mapping[str, Any]) -> Cart:
    customer = given.get("customer")
    names = ("key", "currency", "discount", "shipping", "shipping_vat_rate", "prices_include_vat")
    return Cart(
        **{name: given[name] for name in names if name in given},
        lines=[Line(**line) for line in given["lines"]],
        customer=None if customer is None else Customer(**customer),
    )


def _shown(priced: code_checks.Priced) -> dict[str, object]:
    quote = priced.quote
    items = [{**asdict(item), "vat": _by_rate(item.vat)} for item in quote.items]
    return {
        **{name: getattr(quote, name) for name in _SAME},
        "ok": not priced.refused,
        "refused": [asdict(refused) for refused in priced.refused],
        "items": items,
        "credits": [asdict(item) for item in quote.credits],
        "by_rate": _by_rate(quote.by_rate),
        "vat": _by_rate(quote.vat),
        "allocation": _positions(quote),
    }


_SAME = (
    "currency", "codes", "discount", "shipping_discount", "total", "credit", "to_pay", "message",
)  # fmt: skip


def _by_rate(amounts: Mapping[Decimal | None, Decimal] | Mapping[Decimal, Decimal]) -> dict[str, Decimal]:
    return {"none" if rate is None else f"{rate:f}": amount for rate, amount in amounts.items()}


def _positions(quote: Quote) -> dict[str, Decimal]:
    return {str(key): amount for key, amount in quote.allocation.items()}
