"""Payments, refunds and completions as told: recorded once, worked off, or kept until their order comes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ..errors import WrongFact
from ..models import Outcome
from ..shop import Invoice, Refund
from . import inbox, order_ends, payments, refunds
from .context import Context
from .inbox import Recorded
from .payments import Brought, Meant

log = logging.getLogger("flask_firstline")


def payment_key(invoice: Invoice) -> str:
    """Give the key of a payment: the pair of invoice and payment ref (None: the invoice's)."""
    return f"{invoice.ref}\x1f{invoice.payment_ref or invoice.ref}"


def check_stands(invoice: Invoice) -> None:
    """Raise WrongFact where an invoice names no order and cannot stand without one."""
    if invoice.order_ref is None and (invoice.customer is None or not invoice.lines):
        raise WrongFact(
            f"invoice {invoice.ref} has no order_ref; give its customer and lines, or the order_ref"
        )


def note_paid(ctx: Context, invoice: Invoice) -> Recorded:
    """Record a payment once and work it off; then what has waited for this invoice."""
    found = payments.meant(ctx, invoice)
    packed = inbox.pack(invoice)
    known = payments.brings(invoice, found)
    waits = invoice.order_ref is not None and found.waits
    call = inbox.record(
        ctx,
        "invoice_paid",
        payment_key(invoice),
        packed,
        subject_ref=invoice.ref,
        order_ref=invoice.order_ref,
        outcome=Outcome.WAITING if waits else Outcome.DONE,
        **(_columns(known) if known is not None else {}),
    )
    if not waits and not _is_repeat(ctx, call, "invoice_paid", invoice.ref, packed):
        _pay(ctx, invoice, found, call, told=known is not None and call.new)
    return call


def _pay(ctx: Context, invoice: Invoice, found: Meant, call: Recorded, *, told: bool) -> None:
    brought = payments.paid(ctx, invoice, found, call.id)
    if not told:
        inbox.settle(ctx, call.id, Outcome.DONE, error=None, **_columns(brought))
    first = found.order or found.paper
    if first is None or first.refund_waits:
        for row in inbox.waiting_for_invoice(ctx, invoice.ref):
            work_again(ctx, row.id, row.kind, row.payload)


def _columns(brought: Brought) -> dict[str, int | None]:
    return {"document_id": brought.document_id, "amount": brought.amount, "surplus": brought.surplus}


def note_refunded(ctx: Context, refund: Refund) -> Recorded:
    """Record a refund once and work it off."""
    packed = inbox.pack(refund)
    call = inbox.record(
        ctx,
        "invoice_refunded",
        refund.ref,
        packed,
        subject_ref=refund.invoice_ref,
        order_ref=refund.order_ref,
    )
    if not _is_repeat(ctx, call, "invoice_refunded", refund.ref, packed):
        _worked(ctx, call, lambda: refunds.refunded(ctx, refund, call.id))
    return call


def note_completed(ctx: Context, order_ref: str, at: datetime | None = None) -> Recorded:
    """Record once that an order was completed."""
    payload = {"ref": order_ref, "at": inbox.pack(at)}
    call = inbox.record(
        ctx, "order_completed", order_ref, payload, subject_ref=order_ref, order_ref=order_ref
    )
    if not _is_repeat(ctx, call, "order_completed", order_ref, payload):
        _worked(ctx, call, lambda: Brought(outcome=order_ends.complete(ctx, order_ref, at)))
    return call


def _is_repeat(ctx: Context, call: Recorded, kind: str, ref: str, packed: inbox.Json) -> bool:
    if call.new or call.outcome is not Outcome.DONE:
        return False
    if call.digest != inbox.digest_of(packed):
        log.warning("%s %s came again with other content; the first one stands", kind, ref)
    return True


def _worked(ctx: Context, call: Recorded, work: Callable[[], Brought]) -> Brought:
    brought = work()
    inbox.settle(ctx, call.id, brought.outcome, error=None, **_columns(brought))
    return brought


def work_off(ctx: Context, order_ref: str) -> int:
    """Work off what has waited for an order, in the order in which it came; gives the number of calls."""
    rows = inbox.waiting_for(ctx, order_ref)
    for row in rows:
        work_again(ctx, row.id, row.kind, row.payload)
    return len(rows)


def work_again(ctx: Context, call_id: int, kind: str, payload: inbox.Json) -> None:
    """Work a recorded call that has waited or was parked."""
    ctx = replace(ctx, as_fact=True)
    call = Recorded(id=call_id, new=True, outcome=Outcome.WAITING, digest="")
    if kind == "invoice_paid":
        invoice = inbox.unpack_invoice(payload)
        found = payments.meant(ctx, invoice)
        if invoice.order_ref is None or not found.waits:
            _pay(ctx, invoice, found, call, told=False)
    elif kind == "invoice_refunded":
        refund = inbox.unpack_refund(payload)
        _worked(ctx, call, lambda: refunds.refunded(ctx, refund, call_id))
    elif kind == "order_completed":
        at = datetime.fromisoformat(payload["at"]) if payload.get("at") else None
        _worked(ctx, call, lambda: Brought(outcome=order_ends.complete(ctx, payload["ref"], at)))
