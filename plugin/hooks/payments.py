"""The shop's calls about invoices paid and refunds."""

from __future__ import annotations

from ..models.base import SHOP
from ..services import inbox
from ..services.receiving import check_stands, note_paid, note_refunded, payment_key
from ..shop import Invoice, Refund
from ..state import State
from .recording import Told, run


def paid(state: State, invoice: Invoice, *, commit: bool = False, source: str = SHOP) -> None:
    """Record that an invoice was paid, wholly or in part."""
    check_stands(invoice)
    told: Told[object] = Told(
        kind="invoice_paid",
        key=payment_key(invoice),
        subject_ref=invoice.ref,
        order_ref=invoice.order_ref,
        payload=lambda: inbox.pack(invoice),
        work=lambda ctx: note_paid(ctx, invoice),
        after_bug=lambda: None,
        source=source,
        as_fact=True,
    )
    run(state, told, commit=commit)


def refunded(state: State, refund: Refund, *, commit: bool = False, source: str = SHOP) -> None:
    """Record goods or money that went back."""
    told: Told[object] = Told(
        kind="invoice_refunded",
        key=refund.ref,
        subject_ref=refund.invoice_ref,
        order_ref=refund.order_ref,
        payload=lambda: inbox.pack(refund),
        work=lambda ctx: note_refunded(ctx, refund),
        after_bug=lambda: None,
        source=source,
        as_fact=True,
    )
    run(state, told, commit=commit)
