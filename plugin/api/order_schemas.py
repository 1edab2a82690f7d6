"""Orders and reservations in JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..models import AddressType, DocumentState
from . import fields as exact
from .code_schemas import SharedSchema
from .pages import PageQuerySchema, Strict, page_of
from .quote_schemas import MOST_CODES, MOST_LINES, CustomerSchema, LineSchema, PricesSchema

EXAMPLE: dict[str, Any] = {
    "ref": "4711",
    "number": "2026-4711",
    "currency": "EUR",
    "lines": [
        {
            "key": "1",
            "product_ref": "balsam",
            "title": "Balsam",
            "quantity": "2",
            "unit_price": "14.90",
            "vat_rate": "19",
        }
    ],
    "shipping": "4.90",
    "shipping_vat_rate": "19",
    "customer": {"ref": "1003", "email": "ina@example.org", "name": "Ina Test"},
    "codes": ["VonMeier"],
    "promised_discount": "5.00",
}
CHANGE_EXAMPLE = {
    name: value for name, value in EXAMPLE.items() if name not in {"ref", "codes", "promised_discount"}
}


class OrderChangeSchema(Strict):
    """An order as it is now. Its codes stay, with the terms that were pinned when it was placed."""

    number = exact.ref(allow_none=True, metadata={"description": "As people read it."})
    currency = exact.currency(required=True)
    lines = exact.Several(fields.Nested(LineSchema), most=MOST_LINES, required=True)
    discount = exact.amount(metadata={"description": "The shop's own, off the whole order."})
    shipping = exact.amount()
    shipping_vat_rate = exact.vat_rate(allow_none=True)
    prices_include_vat = exact.Switch(load_default=True, metadata={"default": True})
    customer = fields.Nested(CustomerSchema, allow_none=True)
    total = exact.amount(
        allow_none=True, metadata={"description": "What the shop charges; none: `to_pay` of the quote."}
    )


class NewOrderSchema(OrderChangeSchema):
    """An order to place: what the shop wants to charge, and the codes that are used up with it."""

    ref = exact.ref(required=True, metadata={"description": "The shop's own id of the order."})
    lines = exact.Several(fields.Nested(LineSchema), least=1, most=MOST_LINES, required=True)
    cart_key = exact.ref(allow_none=True, metadata={"description": "The cart that codes were reserved for."})
    visitor = exact.ref(
        allow_none=True, metadata={"description": "The visitor of `POST /touches`, by which links are found."}
    )
    codes = exact.Several(
        exact.Text(longest=64, shortest=1),
        most=MOST_CODES,
        allow_none=True,
        metadata={"description": "In their order; none: those that wait in the cart or for the customer."},
    )
    promised_discount = exact.amount(
        allow_none=True,
        metadata={"description": "What the shop has taken off already; a lower discount is refused."},
    )
    placed_at = exact.Moment(allow_none=True)
    as_fact = exact.Switch(
        load_default=False,
        metadata={
            "description": "The sale has happened: nothing is refused, a code that does not hold is flagged.",
            "default": False,
        },
    )


class PlacedSchema(Schema):
    """An order that was placed: what it costs with its codes."""

    ref = fields.String(required=True)
    new = exact.Switch(required=True, metadata={"description": "False: it was placed before, as it is."})
    quote = fields.Nested(PricesSchema, required=True)


class OrderQuoteSchema(Schema):
    """An order that was changed: what it costs now."""

    ref = fields.String(required=True)
    quote = fields.Nested(PricesSchema, required=True)


class DoneSchema(Schema):
    """What became of an order."""

    ref = fields.String(required=True)
    state = exact.Choice([*DocumentState, "waiting"], required=True)
    new = exact.Switch(required=True, metadata={"description": "False: it was so before."})


class NothingSchema(Strict):
    """An empty object: the address says it all."""


class CompletedSchema(Strict):
    """When an order was completed."""

    at = exact.Moment(allow_none=True, metadata={"description": "None: now."})


class SoldLineSchema(Schema):
    """A line as it was sold."""

    key = fields.String(required=True)
    product_ref = fields.String(required=True)
    title = fields.String(required=True)
    quantity = fields.String(required=True)
    vat_rate = fields.String(required=True, allow_none=True)
    total = exact.signed_amount(required=True, metadata={"description": "Before our discount."})
    discount = exact.signed_amount(required=True, metadata={"description": "What codes take off it."})


class OrderRowSchema(Schema):
    """An order, as lists have it."""

    ref = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    state = exact.Choice(list(DocumentState), required=True)
    customer = fields.String(required=True, allow_none=True, metadata={"description": "The buyer's ref."})
    partner = fields.String(
        required=True, allow_none=True, metadata={"description": "The ref of the partner who is credited."}
    )
    credit = fields.String(
        required=True, metadata={"description": "Why: sponsor, code, link, host, admin, own code; empty."}
    )
    currency = exact.currency(required=True)
    total = exact.signed_amount(required=True, metadata={"description": "What the shop charges."})
    paid = exact.amount(required=True)
    given_back = exact.amount(required=True, metadata={"description": "Amounts that went back."})
    returned = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "Units that came back, by the key of their line."},
    )
    flags = fields.List(fields.String(), required=True, metadata={"description": "What is to be looked at."})
    first_order = exact.Switch(
        required=True, metadata={"description": "Whether it made the buyer a customer."}
    )
    placed_at = exact.Moment(required=True)
    paid_at = exact.Moment(required=True, allow_none=True)
    completed_at = exact.Moment(required=True, allow_none=True)


class MovedSchema(Schema):
    """What a partner gets by the sharing, or, below 0, loses."""

    partner = fields.String(required=True, allow_none=True)
    level = exact.Whole(required=True, allow_none=True)
    amount = exact.signed_amount(required=True)
    currency = exact.currency(required=True)


class BarredSchema(Schema):
    """Who gets nothing for a portion, and why; nobody else gets it."""

    partner = fields.String(required=True, allow_none=True)
    why = fields.String(required=True)


class OrderSharedSchema(Schema):
    """An order whose credit is shared, and what that has moved."""

    ref = fields.String(required=True)
    new = exact.Switch(required=True, metadata={"description": "False: it was done before under this key."})
    shares = fields.List(fields.Nested(SharedSchema), required=True)
    moved = fields.List(fields.Nested(MovedSchema), required=True)
    barred = fields.List(fields.Nested(BarredSchema), required=True)


class OrderViewSchema(OrderRowSchema):
    """An order."""

    shares = fields.List(
        fields.Nested(SharedSchema),
        required=True,
        metadata={"description": "Who shares its credit; empty: `partner` has all of it."},
    )

    lines = fields.List(fields.Nested(SoldLineSchema), required=True)
    quote = fields.Nested(PricesSchema, required=True)
    partner_invoice = exact.Switch(
        required=True, metadata={"description": "The star: whether a partner earns on it."}
    )
    address_type_before = exact.Choice(list(AddressType), required=True, allow_none=True)
    credit_back = exact.amount(
        required=True, metadata={"description": "Store credit of it that has gone back to its codes."}
    )


OrderPageSchema = page_of(OrderRowSchema, "OrderPage")


class OrderQuerySchema(PageQuerySchema):
    """Which orders."""

    ref = exact.ref(metadata={"description": "Only the one with this ref."})
    customer = exact.ref(metadata={"description": "Only of this customer."})
    partner = exact.ref(metadata={"description": "Only those credited to this partner."})
    state = exact.Choice(list(DocumentState), metadata={"description": "Only in this state."})
    paid = exact.SwitchText(metadata={"description": "Only those paid in full, or those that are not."})
    since = exact.Moment(metadata={"description": "Only those placed at this time or later."})
    until = exact.Moment(metadata={"description": "Only those placed before this time."})


class NewReservationSchema(Strict):
    """A cart whose codes are held for half an hour, while the buyer pays."""

    key = exact.ref(required=True, metadata={"description": "The cart; give it as `cart_key` of the order."})
    currency = exact.currency(required=True)
    lines = exact.Several(fields.Nested(LineSchema), least=1, most=MOST_LINES, required=True)
    discount = exact.amount(metadata={"description": "The shop's own, off the whole cart."})
    shipping = exact.amount()
    shipping_vat_rate = exact.vat_rate(allow_none=True)
    prices_include_vat = exact.Switch(load_default=True, metadata={"default": True})
    customer = fields.Nested(CustomerSchema, allow_none=True)
    visitor = exact.ref(allow_none=True)
    codes = exact.Several(
        exact.Text(longest=64, shortest=1),
        most=MOST_CODES,
        required=True,
        metadata={"description": "These codes and no others, in their order."},
    )
    promised_discount = exact.amount(allow_none=True)


class ReservationSchema(Schema):
    """A cart whose codes are held."""

    key = fields.String(required=True)
    expires_at = exact.Moment(
        required=True, allow_none=True, metadata={"description": "None: no code is held."}
    )
    quote = fields.Nested(PricesSchema, required=True)
