"""Invoices kept as documents of their own: without an order, or with lines taken out of one."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.money import minor
from ..domain.quote import price
from ..errors import WrongFact
from ..models import DocumentKind
from ..shop import Invoice
from . import attribution, contacts, documents, inbox, own_fields, parts, quoting, returns
from .contacts import Overtaken
from .context import Context
from .documents import Paper


def stand_alone(ctx: Context, invoice: Invoice) -> Paper:
    """Keep an invoice without an order: its lines are final prices."""
    if invoice.customer is None or not invoice.lines:
        raise WrongFact(
            f"invoice {invoice.ref} has no order_ref; give its customer and lines, or the order_ref"
        )
    basket = parts.basket_of(invoice.lines, invoice.currency)
    priced = price(basket, [])
    known = contacts.find(ctx, invoice.customer, lock=True)
    credit = attribution.credit_of(ctx, known.row, None)
    total = priced.total if invoice.total is None else minor(invoice.total, invoice.currency)
    values = {
        "kind": DocumentKind.INVOICE.value,
        "ref": invoice.ref,
        "number": invoice.number,
        "contact_id": known.id if known.id is not None else _insert(ctx, invoice),
        "partner_id": credit.partner_id,
        "credit": credit.why,
        "currency": invoice.currency,
        "sale": {**parts.pack(basket, invoice.lines), "recurring": recurring(invoice)},
        "quote": documents.pack_quote(quoting.priced_quote(invoice.currency, priced)),
        "digest": inbox.digest_of(inbox.pack(invoice)),
        "total": total,
        "address_type_before": contacts.address_type(known.row, ctx.now).value,
        "placed_at": ctx.now,
    }
    return documents.get(ctx, _kept(ctx, values))


def recurring(invoice: Invoice) -> inbox.Json | None:
    """Give what is kept of a recurring payment; None for a single purchase."""
    return {"ref": invoice.subscription_ref} if invoice.recurring else None


def _insert(ctx: Context, invoice: Invoice) -> int | None:
    if invoice.customer is None or not (invoice.customer.ref or invoice.customer.email):
        return None
    values = contacts.details(invoice.customer, None)
    contact_id = contacts.insert_contact(ctx, values)
    if contact_id is None:
        raise Overtaken
    own_fields.tell(ctx, contact_id, None, values)
    return contact_id


def _kept(ctx: Context, values: Mapping[str, object]) -> int:
    document_id = documents.insert_document(ctx, values)
    if document_id is None:
        raise Overtaken
    return document_id


def split_off(ctx: Context, order: Paper, invoice: Invoice) -> int:
    """Take the lines of an invoice out of its order; gives its document, which the parts fill."""
    _refuse_unknown(order, invoice)
    parts.freeze(ctx, order)
    returns.take_out(ctx, order, invoice)
    said = None if invoice.total is None else minor(invoice.total, invoice.currency)
    sale = parts.pack(parts.basket_of((), order.currency, include_vat=order.sale["include_vat"]), ())
    values = {
        "kind": DocumentKind.INVOICE.value,
        "ref": invoice.ref,
        "number": invoice.number,
        "order_id": order.id,
        "contact_id": order.contact_id,
        "partner_id": order.partner_id,
        "credit": order.credit,
        "portions": order.portions,
        "currency": order.currency,
        "sale": {**sale, "told": {"lines": inbox.pack(invoice.lines), "total": said}},
        "quote": order.quote,
        "digest": inbox.digest_of(inbox.pack(invoice)),
        "total": 0,
        "plan": order.plan,
        "credited_at": order.credited_at,
        "address_type_before": order.address_type_before,
        "placed_at": ctx.now,
        "completed_at": order.completed_at,
        "state": order.state,
    }
    return _kept(ctx, values)


def _refuse_unknown(order: Paper, invoice: Invoice) -> None:
    known = returns.keys(order)
    unknown = [line.key for line in invoice.lines or () if line.key not in known]
    if unknown:
        raise WrongFact(
            f"invoice {invoice.ref} has lines {', '.join(unknown)} that its order {order.ref} has not; "
            f"use the keys of the order's lines: {', '.join(known)}"
        )
