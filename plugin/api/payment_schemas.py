"""Payments of invoices and refunds in JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..models import Outcome
from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of
from .quote_schemas import MOST_LINES, CustomerSchema, LineSchema

_STATE = "done; waiting for its order or invoice; parked, to be looked at by the staff."


class NewInvoiceSchema(Strict):
    """A payment that came in: of an order, of a part of it, or of an invoice that stands alone."""

    ref = exact.ref(required=True, metadata={"description": "The invoice; without one, the order's ref."})
    payment_ref = exact.ref(
        allow_none=True, metadata={"description": "The payment: one invoice may be paid in parts."}
    )
    number = exact.ref(allow_none=True, metadata={"description": "As people read it."})
    order = exact.ref(allow_none=True, metadata={"description": "None: it stands alone, with its lines."})
    customer = fields.Nested(CustomerSchema, allow_none=True)
    currency = exact.currency(required=True)
    lines = exact.Several(
        fields.Nested(LineSchema),
        most=MOST_LINES,
        allow_none=True,
        metadata={"description": "What is invoiced, by the keys of the order's lines; none: all of it."},
    )
    amount = exact.amount(allow_none=True, metadata={"description": "What was paid; none: all that is open."})
    total = exact.amount(allow_none=True)
    paid_at = exact.Moment(allow_none=True)
    recurring = exact.Switch(load_default=False, metadata={"default": False})
    subscription_ref = exact.ref(allow_none=True)


class RefundLineSchema(Strict):
    """Goods that came back."""

    key = exact.ref(required=True)
    quantity = exact.Exact(r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$", required=True)


class NewRefundSchema(Strict):
    """Goods or money that go back; neither amount nor lines: everything."""

    ref = exact.ref(required=True, metadata={"description": "The shop's own id of the refund."})
    invoice = exact.ref(allow_none=True, metadata={"description": "This or `order`, or both."})
    order = exact.ref(allow_none=True)
    currency = exact.currency(required=True)
    amount = exact.amount(allow_none=True)
    lines = exact.Several(fields.Nested(RefundLineSchema), most=MOST_LINES)
    reason = exact.Text(longest=500, load_default="", metadata={"default": ""})
    at = exact.Moment(allow_none=True)


class _ToldSchema(Schema):
    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    order = fields.String(required=True, allow_none=True)
    currency = exact.currency(required=True)
    amount = exact.amount(required=True, allow_none=True, metadata={"description": "What it brought."})
    surplus = exact.amount(
        required=True,
        allow_none=True,
        metadata={"description": "What exceeded the order; it is not posted."},
    )
    state = exact.Choice(list(Outcome), required=True, metadata={"description": _STATE})
    told_at = exact.Moment(required=True)


class InvoiceSchema(_ToldSchema):
    """A payment of an invoice."""

    ref = fields.String(required=True)
    payment_ref = fields.String(required=True, allow_none=True)


class RefundSchema(_ToldSchema):
    """A refund."""

    ref = fields.String(required=True)
    invoice = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)


class InvoiceToldSchema(InvoiceSchema):
    """A payment that was told."""

    new = exact.Switch(required=True, metadata={"description": "False: it was told before."})


class RefundToldSchema(RefundSchema):
    """A refund that was told."""

    new = exact.Switch(required=True, metadata={"description": "False: it was told before."})


InvoicePageSchema = page_of(InvoiceSchema, "InvoicePage")


RefundPageSchema = page_of(RefundSchema, "RefundPage")


class InvoiceQuerySchema(PageQuerySchema):
    """Which payments."""

    invoice = exact.ref(metadata={"description": "Only of the invoice with this ref."})
    order = exact.ref(metadata={"description": "Only of this order."})
    state = exact.Choice(list(Outcome), metadata={"description": "Only in this state."})
    since = exact.Moment(metadata={"description": "Only those told at this time or later."})
    until = exact.Moment(metadata={"description": "Only those told before this time."})


class RefundQuerySchema(InvoiceQuerySchema):
    """Which refunds."""

    refund = exact.ref(metadata={"description": "Only the one with this ref."})
