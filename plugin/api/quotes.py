"""The endpoint of quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response

from ..models import CameBy
from ..services import code_checks
from ..services.context import Context
from . import facts, quoted
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
    cart = facts.cart(given)
    codes, came_by = given.get("codes", ()), CameBy(given["came_by"])

    def work(ctx: Context) -> object:
        return _shown(code_checks.priced_with(ctx, cart, codes, came_by))

    return act(QuoteSchema(), work, reads=True)


def _shown(priced: code_checks.Priced) -> dict[str, object]:
    return {
        **quoted.shown(priced.quote),
        "ok": not priced.refused,
        "refused": [asdict(refused) for refused in priced.refused],
        "message": priced.quote.message,
    }
