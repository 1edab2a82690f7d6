"""Invoices paid: what a payment does to its document, its contact and the books."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import FlipOn
from ..domain.codes import canonical
from ..domain.commission import paid_so_far
from ..domain.money import minor
from ..errors import WrongFact
from ..models import DocumentKind, DocumentState, Outcome
from ..shop import Invoice
from . import (
    attribution,
    candidates,
    contacts,
    credit_back,
    documents,
    earnings,
    invoices,
    order_ends,
    outbox,
    redemption,
)
from .carts import Holders
from .context import Context
from .documents import Paper


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What a payment or refund did: the document, the amount, and what exceeded it, in minor units."""

    outcome: Outcome
    document_id: int | None = None
    amount: int | None = None
    surplus: int | None = None
    refund_waits: bool = False


@dataclass(frozen=True, kw_only=True)
class Meant:
    """The documents a payment is about, locked: its order, and the document that it pays."""

    order: Paper | None
    paper: Paper | None

    @property
    def waits(self) -> bool:
        """Whether the order is not known yet."""
        return self.order is None and self.paper is None


def meant(ctx: Context, invoice: Invoice) -> Meant:
    """Find what a payment is about; `paper` None: the invoice becomes a document of its own."""
    if invoice.order_ref is None:
        own = documents.find_for_payment(ctx, DocumentKind.INVOICE, invoice.ref, invoice.ref)
        return Meant(order=None, paper=own)
    order = documents.find_for_payment(ctx, DocumentKind.ORDER, invoice.order_ref, invoice.ref)
    if order is None:
        return Meant(order=None, paper=None)
    if order.currency != invoice.currency:
        raise WrongFact(
            f"invoice {invoice.ref} is in {invoice.currency}, its order {order.ref} in {order.currency}"
        )
    if invoice.lines is None:
        return Meant(order=order, paper=order)
    return Meant(order=order, paper=documents.find(ctx, DocumentKind.INVOICE, invoice.ref))


def brings(invoice: Invoice, paper: Paper) -> Brought:
    """Say what a payment brings to a known document, before anything is changed."""
    open_ = max(0, paper.total - paper.paid)
    amount = open_ if invoice.amount is None else minor(invoice.amount, invoice.currency)
    surplus = max(0, paper.paid + amount - paper.total) - max(0, paper.paid - paper.total)
    return Brought(outcome=Outcome.DONE, document_id=paper.id, amount=amount, surplus=surplus or None)


def paid(ctx: Context, invoice: Invoice, found: Meant, call_id: int) -> Brought:
    """Work a recorded payment off."""
    order, paper = found.order, found.paper
    if order is not None and order.state == DocumentState.FAILED.value:
        _revive(ctx, order)
    if paper is None:
        paper = (
            invoices.stand_alone(ctx, invoice)
            if order is None
            else invoices.split_off(ctx, order, invoice, call_id)
        )
    brought = brings(invoice, paper)
    paper.change(paid=paper.paid + (brought.amount or 0))
    if paper.paid_at is None and paid_so_far(paper.progress, len(paper.lines)) >= paper.total:
        paper.change(paid_at=invoice.paid_at or ctx.now)
        if ctx.settings.flip_on is FlipOn.PAID:
            _complete(ctx, paper, order if order is not paper else None)
    earnings.earn(ctx, paper, call_id, paid_at=invoice.paid_at)
    paper.save(ctx)
    outbox.flush(ctx)
    return brought


def _complete(ctx: Context, paper: Paper, order: Paper | None) -> None:
    whole = order or paper
    if whole.kind != DocumentKind.ORDER.value or whole.state != DocumentState.OPEN.value:
        return
    order_ends.complete_for_contact(ctx, whole)
    if order is not None:
        order.save(ctx)


def _revive(ctx: Context, order: Paper) -> None:
    """Use the codes of an order again whose payment had failed and then came: it is a fact."""
    order.change(state=DocumentState.OPEN.value)
    known = contacts.Known()
    if order.contact_id is not None:
        ctx = attribution.with_line_locked(ctx, order.contact_id, order.sale.get("owner"))
        known = contacts.with_keys(ctx, contacts.by_id(ctx, order.contact_id))
    pinned = [code for _, code, _ in order.sale["coupons"]]
    found = candidates.by_keys(ctx, [canonical(code) for code in pinned], Holders(), to_use=True)
    stays = credit_back.staying(ctx, order)
    held = redemption.claim_again(ctx, list(found.values()), order, known, stays)
    if not held:
        order.change(flags=[*order.flags, "payment after failure"])
    if ctx.settings.flip_on is FlipOn.PLACED:
        order_ends.complete_for_contact(ctx, order, flagged=not held)
