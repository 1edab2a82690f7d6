"""The endpoints of reservations: codes held for a cart while its buyer pays."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Response

from ..cart import told_holders
from ..domain.money import minor
from ..services import redemption, reserving, told
from ..services.attempted import in_savepoint
from ..services.carts import CartReader, Holders
from ..services.context import Context
from . import answering, facts, quoted
from .edge import blueprint, operation
from .once import act
from .order_schemas import EXAMPLE, NewReservationSchema, ReservationSchema
from .orders import TAG, WRITE

_OF_CART = ("currency", "lines", "shipping", "shipping_vat_rate", "customer", "codes", "promised_discount")


@operation("POST", "/reservations", scope=WRITE, tag=TAG)
@blueprint.arguments(
    NewReservationSchema, example={"key": "cart-1003", **{name: EXAMPLE[name] for name in _OF_CART}}
)
@blueprint.response(200, ReservationSchema)
def reserve(given: Mapping[str, Any]) -> Response:
    """Hold codes for a cart for half an hour; the same again extends, other codes take their place."""
    cart = facts.cart(given)
    reader = CartReader(cart)
    holders = told_holders(cart.key, cart.visitor, reader.customer.ref if reader.customer else None)
    said = given.get("promised_discount")

    def work(ctx: Context) -> object:
        promised = None if said is None else minor(Decimal(said), cart.currency)
        quote = in_savepoint(
            ctx, lambda inner: reserving.reserve_codes(inner, reader, holders, given["codes"], promised)
        )
        return {"key": cart.key, "expires_at": _end(ctx, holders), "quote": quoted.shown(quote)}

    return act(ReservationSchema(), work)


def _end(ctx: Context, holders: Holders) -> object:
    held = redemption.of_cart(ctx, holders.claim_key or "")
    return min((row.expires_at for row in held), default=None)


@operation("DELETE", "/reservations/<firstline_ref:ref>", scope=WRITE, tag=TAG)
@blueprint.response(204)
def release(ref: str) -> Response:
    """Free what is held for a cart; nothing is said where nothing was."""
    answering.in_unit(lambda ctx: told.release(ctx, ref))
    return Response(status=204)
