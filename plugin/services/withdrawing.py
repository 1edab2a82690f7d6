"""Refunds that do not exist any more: what they took is earned again, by postings of its own."""

from __future__ import annotations

from fractions import Fraction

from ..models import DocumentKind, DocumentState, Outcome
from . import documents, earnings, inbox, outbox, parts, returns
from .context import Context


def withdraw(ctx: Context, order_ref: str, refund_ref: str) -> int | None:
    """Take a refund of an order back; gives its amount in minor units, None where a person must look.

    That is where store credit paid for the order, or what came back was told of one of its invoices.
    """
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    call = inbox.find(ctx, "invoice_refunded", refund_ref)
    if paper is None or call is None or call.outcome != Outcome.DONE.value:
        return None
    refund = inbox.unpack_refund(call.payload)
    if paper.quote.get("credits") or refund.invoice_ref is not None or (not refund.lines and not call.amount):
        return None
    told = {"ref": refund_ref, "order_ref": order_ref}
    taken = inbox.record(
        ctx, "refund_withdrawn", refund_ref, told, subject_ref=order_ref, order_ref=order_ref,
        document_id=paper.id, amount=call.amount,
    )  # fmt: skip
    if not taken.new:
        return int(call.amount or 0)
    if refund.lines:
        units = {line.key: -Fraction(line.quantity) for line in refund.lines}
        returns.note_units(paper, returns.OF_ORDER, units)
    else:
        returns.note_amount(paper, returns.OF_ORDER, -call.amount)
    papers = parts.around(ctx, paper)
    parts.divide(papers)
    if paper.state != DocumentState.CANCELLED.value:
        earnings.earn(ctx, papers, taken.id)
    for one in papers:
        one.save(ctx)
    outbox.flush(ctx, outbox.fact(ctx, "order_changed", document_id=paper.id, contact_id=paper.contact_id))
    return int(call.amount or 0)
