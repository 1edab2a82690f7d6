"""Carts and quotes in JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..domain.coupon import Treatment
from ..errors import Reason
from ..models import CameBy
from . import fields as exact
from .pages import Strict
from .people_schemas import OwnFields

MOST_LINES = 500
MOST_CODES = 20


class CustomerSchema(Strict):
    """Who buys; an e-mail address alone is a guest."""

    ref = exact.ref(allow_none=True)
    email = exact.Text(longest=254, allow_none=True)
    name = exact.Text(longest=200, allow_none=True)
    phone = exact.Text(longest=64, allow_none=True)
    address = exact.Text(longest=500, allow_none=True)
    country = exact.Text(longest=64, allow_none=True)
    locale = exact.Text(longest=35, allow_none=True, metadata={"description": "Their language: de, en-GB."})
    email_verified = exact.Switch(
        allow_none=True, metadata={"description": "Whether the shop knows that the address is theirs."}
    )
    has_bought = exact.Switch(
        allow_none=True, metadata={"description": "Before this order; none: our own records decide."}
    )
    data = OwnFields(metadata={"description": "Fields of the shop's own; `segments` is a list."})


class LineSchema(Strict):
    """A line of goods with its price before coupons."""

    key = exact.ref(required=True)
    product_ref = exact.ref(required=True)
    quantity = exact.Exact(r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$", required=True)
    unit_price = exact.signed_amount(required=True)
    title = exact.Text(longest=200)
    vat_rate = exact.vat_rate(allow_none=True)
    coupon_allowed = exact.Switch(load_default=True, metadata={"default": True})
    categories = exact.Several(exact.ref(), most=100)
    cost = exact.signed_amount(
        allow_none=True, metadata={"description": "What one unit costs the shop, net: for terms on margins."}
    )


class CartSchema(Strict):
    """A cart to price."""

    key = exact.ref(
        allow_none=True, metadata={"description": "What this cart has reserved does not count against it."}
    )
    currency = exact.currency(required=True)
    lines = exact.Several(fields.Nested(LineSchema), most=MOST_LINES, required=True)
    discount = exact.amount(metadata={"description": "The shop's own, off the whole cart."})
    shipping = exact.amount()
    shipping_vat_rate = exact.vat_rate(allow_none=True)
    prices_include_vat = exact.Switch(load_default=True, metadata={"default": True})
    customer = fields.Nested(CustomerSchema, allow_none=True)
    codes = exact.Several(
        exact.Text(longest=64, shortest=1), most=MOST_CODES, metadata={"description": "In their order."}
    )
    came_by = exact.Choice(
        (CameBy.TYPED.value, CameBy.LINK.value),
        load_default=CameBy.TYPED.value,
        metadata={"description": "How the codes came to the cart.", "default": CameBy.TYPED.value},
    )


def _by_name(said: str) -> fields.Dict:
    inner = exact.signed_amount()
    return fields.Dict(keys=fields.String(), values=inner, required=True, metadata={"description": said})


class ItemSchema(Schema):
    """What one code takes off, for a line of its own on the invoice."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    treatment = exact.Choice([kind.value for kind in Treatment], required=True)
    text = fields.String(
        required=True, metadata={"description": "What follows from its treatment, for the invoice."}
    )
    net = exact.signed_amount(required=True)
    vat = _by_name("VAT per rate in per cent.")
    gross = exact.signed_amount(required=True)


class CreditSchema(Schema):
    """What one code of store credit pays."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    amount = exact.amount(required=True)


class PricesSchema(Schema):
    """What a cart costs with the codes that hold."""

    currency = exact.currency(required=True)
    codes = fields.List(fields.String(), required=True, metadata={"description": "Those that hold."})
    items = fields.List(fields.Nested(ItemSchema), required=True)
    credits = fields.List(fields.Nested(CreditSchema), required=True)
    discount = exact.amount(required=True)
    allocation = _by_name("The discount per line key.")
    by_rate = _by_name("The discount per VAT rate; lines without a rate under `none`.")
    shipping_discount = exact.amount(required=True)
    vat = _by_name("VAT contained in `total`, per rate in per cent.")
    total = exact.signed_amount(
        required=True, metadata={"description": "After coupons, VAT and shipping in it."}
    )
    credit = exact.amount(required=True, metadata={"description": "Store credit that is used."})
    to_pay = exact.signed_amount(required=True, metadata={"description": "`total` less `credit`."})


class RefusedSchema(Schema):
    """A code that does not hold, and exactly why."""

    code = fields.String(required=True)
    reason = exact.Choice(list(Reason), required=True)
    message = fields.String(required=True)
    check = fields.String(required=True, allow_none=True, metadata={"description": "What was looked at."})


class QuoteSchema(PricesSchema):
    """A priced cart."""

    ok = exact.Switch(required=True, metadata={"description": "Whether all codes hold."})
    refused = fields.List(fields.Nested(RefusedSchema), required=True)
    message = fields.String(required=True)
