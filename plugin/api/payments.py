"""The endpoints of invoices paid and refunds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Response, url_for

from ..domain.money import major
from ..services import slices, told, told_lists
from ..services.context import Context
from . import answering, facts
from .edge import NAME, blueprint, operation
from .once import act
from .payment_schemas import (
    InvoicePageSchema,
    InvoiceQuerySchema,
    InvoiceSchema,
    InvoiceToldSchema,
    NewInvoiceSchema,
    NewRefundSchema,
    RefundPageSchema,
    RefundQuerySchema,
    RefundSchema,
    RefundToldSchema,
)

READ, WRITE, INVOICES, REFUNDS = "invoices:read", "invoices:write", "Invoices", "Refunds"
Values = Mapping[str, Any]


@operation("GET", "/invoices", scope=READ, tag=INVOICES)
@blueprint.arguments(InvoiceQuerySchema, location="query")
@blueprint.response(200, InvoicePageSchema)
def list_invoices(asked: Values) -> Response:
    """List payments of invoices, the oldest first."""
    conditions = told_lists.calls_where(**answering.narrowing(asked))
    return answering.listed(InvoicePageSchema(), told_lists.PAYMENTS, conditions, asked, _payment)


@operation("POST", "/invoices", scope=WRITE, tag=INVOICES)
@blueprint.arguments(NewInvoiceSchema, example={"ref": "R-4711", "order": "4711", "currency": "EUR"})
@blueprint.response(201, InvoiceToldSchema)
@blueprint.alt_response(200, schema=InvoiceToldSchema, description="It was told before.", success=True)
def pay_invoice(given: Values) -> Response:
    """Say that an invoice was paid, wholly or in part; commissions follow. It may come before its order."""
    invoice = facts.invoice(given)

    def work(ctx: Context) -> object:
        done = told.pay(ctx, invoice)
        return {**_payment(done.row), "new": done.new}

    place = _place("get_invoice", "invoice_id")
    return act(InvoiceToldSchema(), work, status=answering.made, location=place)


def _place(view: str, name: str) -> Any:  # noqa: ANN401 - a callable
    return lambda body: url_for(f"{NAME}.{view}", **{name: body["id"]})


@operation("GET", "/invoices/<invoice_id>", scope=READ, tag=INVOICES)
@blueprint.response(200, InvoiceSchema)
def get_invoice(invoice_id: int) -> Response:
    """Give one payment of an invoice."""
    row = slices.one(answering.reading().conn, told_lists.PAYMENTS, invoice_id, "payment")
    return answering.shown(InvoiceSchema(), _payment(row))


@operation("GET", "/refunds", scope=READ, tag=REFUNDS)
@blueprint.arguments(RefundQuerySchema, location="query")
@blueprint.response(200, RefundPageSchema)
def list_refunds(asked: Values) -> Response:
    """List refunds, the oldest first."""
    conditions = told_lists.calls_where(**answering.narrowing(asked))
    return answering.listed(RefundPageSchema(), told_lists.REFUNDS, conditions, asked, _refund)


@operation("POST", "/refunds", scope=WRITE, tag=REFUNDS)
@blueprint.arguments(
    NewRefundSchema,
    example={"ref": "G-1", "order": "4711", "currency": "EUR", "lines": [{"key": "1", "quantity": "1"}]},
)
@blueprint.response(201, RefundToldSchema)
@blueprint.alt_response(200, schema=RefundToldSchema, description="It was told before.", success=True)
def refund_invoice(given: Values) -> Response:
    """Say that goods or money went back; commissions are reversed. It may come before its invoice."""
    refund = facts.refund(given)

    def work(ctx: Context) -> object:
        done = told.refund(ctx, refund)
        return {**_refund(done.row), "new": done.new}

    place = _place("get_refund", "refund_id")
    return act(RefundToldSchema(), work, status=answering.made, location=place)


@operation("GET", "/refunds/<refund_id>", scope=READ, tag=REFUNDS)
@blueprint.response(200, RefundSchema)
def get_refund(refund_id: int) -> Response:
    """Give one refund."""
    row = slices.one(answering.reading().conn, told_lists.REFUNDS, refund_id, "refund")
    return answering.shown(RefundSchema(), _refund(row))


def _payment(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of told_lists.PAYMENTS
    return {**_told(row), "ref": row.subject_ref, "payment_ref": row.payload.get("payment_ref")}


def _refund(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of told_lists.REFUNDS
    reason = row.payload.get("reason", "")
    return {**_told(row), "ref": row.key, "invoice": row.subject_ref, "reason": reason}


def _told(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of the inbox
    currency = row.payload["currency"]
    return {
        "id": row.id,
        "order": row.order_ref,
        "currency": currency,
        "amount": _amount(row.amount, currency),
        "surplus": _amount(row.surplus, currency),
        "state": row.outcome,
        "told_at": row.at,
    }


def _amount(amount: int | None, currency: str) -> Decimal | None:
    return None if amount is None else major(amount, currency)
