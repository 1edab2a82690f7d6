"""Invoices paid: what a payment does to its document, its contact and the books."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import FlipOn
from ..domain.codes import canonical
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
    parts,
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
        part = own is not None and own.order_id is not None
        return Meant(order=documents.get(ctx, own.order_id) if own is not None and part else None, paper=own)
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


def brings(invoice: Invoice, found: Meant) -> Brought | None:
    """Say what a payment brings before anything is changed; None where the parts of its order must say it."""
    paper = found.paper
    if paper is None or (found.order is not None and found.order.is_split):
        return None
    amount = _amount(invoice, paper)
    surplus = max(0, paper.paid + amount - paper.total) - max(0, paper.paid - paper.total)
    return Brought(outcome=Outcome.DONE, document_id=paper.id, amount=amount, surplus=surplus or None)


def _amount(invoice: Invoice, paper: Paper) -> int:
    if invoice.amount is not None:
        return minor(invoice.amount, invoice.currency)
    return max(0, paper.progress.total - paper.progress.paid)


def paid(ctx: Context, invoice: Invoice, found: Meant, call_id: int) -> Brought:
    """Work a recorded payment off."""
    if found.order is not None and found.order.state == DocumentState.FAILED.value:
        _revive(ctx, found.order)
    if invoice.recurring and found.order is not None and found.order.plan is None:
        found.order.change(sale={**found.order.sale, "recurring": invoices.recurring(invoice)})
    paper, papers = _papers(ctx, invoice, found)
    parts.divide(papers)
    amount, before = _amount(invoice, paper), parts.surplus(papers)
    paper.change(paid=paper.paid + amount)
    parts.divide(papers)
    if parts.note_paid(papers, invoice.paid_at or ctx.now):
        _tell_paid(ctx, papers[0])
        if order_ends.flips_on(ctx, papers[0]) is FlipOn.PAID:
            _complete(ctx, papers[0])
    earnings.earn(ctx, papers, call_id, paid_at=invoice.paid_at)
    for one in papers:
        one.save(ctx)
    first = papers[0]
    outbox.flush(
        ctx,
        outbox.fact(ctx, "invoice_paid", document_id=first.id, contact_id=first.contact_id, call_id=call_id),
    )
    more = max(0, parts.surplus(papers) - before)
    return Brought(outcome=Outcome.DONE, document_id=paper.id, amount=amount, surplus=more or None)


def _tell_paid(ctx: Context, paper: Paper) -> None:
    """Let rules know of a sale once it is paid in full."""
    if paper.contact_id is not None and paper.paid_at is not None:
        ctx.fact("order_paid", paper.id, document_id=paper.id)


def _papers(ctx: Context, invoice: Invoice, found: Meant) -> tuple[Paper, list[Paper]]:
    """Give the document that a payment pays, and with it all documents of its order."""
    order, paper = found.order, found.paper
    if order is None:
        paper = paper or invoices.stand_alone(ctx, invoice)
        return paper, [paper]
    if paper is not None and paper is not order and paper.order_id != order.id:
        return paper, [paper]
    paper_id = invoices.split_off(ctx, order, invoice) if paper is None else paper.id
    papers = parts.around(ctx, order)
    return next(one for one in papers if one.id == paper_id), papers


def _complete(ctx: Context, paper: Paper) -> None:
    if paper.kind == DocumentKind.ORDER.value and paper.state == DocumentState.OPEN.value:
        order_ends.complete_for_contact(ctx, paper)


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
    if order_ends.flips_on(ctx, order) is FlipOn.PLACED:
        order_ends.complete_for_contact(ctx, order, flagged=not held)
