"""Orders changed: amounts anew from the pinned terms, no new use counted, no limit judged again."""

from __future__ import annotations

import uuid
from dataclasses import replace

from ..domain.basket import Basket
from ..domain.money import minor
from ..domain.quote import Priced
from ..domain.repricing import reprice
from ..errors import Reason, WrongFact
from ..models import DocumentKind, DocumentState
from ..shop import Customer, Order, Quote
from . import (
    attribution,
    contacts,
    credit_back,
    documents,
    earnings,
    inbox,
    outbox,
    own_fields,
    parts,
    plans,
    quoting,
    redemption,
    returns,
)
from .carts import CartReader
from .contacts import Known, Overtaken
from .context import Context
from .documents import Paper
from .sales import content_digest


def change(ctx: Context, order: Order) -> Quote:
    """Change a known order: amounts anew from the pinned terms, no new use counted, no limit judged again."""
    paper = documents.find(ctx, DocumentKind.ORDER, order.ref)
    if paper is None:
        raise WrongFact(f"order {order.ref} is not known yet; call order_placed first")
    reader = CartReader(order)
    if reader.lines is None or (not reader.lines and not paper.was_paid):
        raise WrongFact(f"order_changed({order.ref}) has no lines; call order_cancelled to cancel it")
    if paper.digest == content_digest(order, reader) or paper.state != DocumentState.OPEN.value:
        return documents.unpack_quote(paper.quote)
    return apply(ctx, paper, order, reader)


def apply(ctx: Context, paper: Paper, order: Order, reader: CartReader) -> Quote:
    """Write a change into a known order and post what it changes."""
    if order.currency != paper.currency:
        raise WrongFact(
            f"order {order.ref} was placed in {paper.currency}; it cannot change to {order.currency}"
        )
    basket = reader.basket({line["product"]: line["absolute"] for line in paper.sale["lines"]})
    if basket is None:
        raise WrongFact(f"order {order.ref} has no lines")
    packed, priced, quote = _priced_anew(ctx, paper, reader, basket)
    total = minor(quote.to_pay if order.total is None else order.total, order.currency)
    told = paper.sale.get("told")
    paper.change(
        sale=packed,
        quote=documents.pack_quote(quote),
        digest=content_digest(order, reader),
        total=total,
        number=order.number or paper.number,
    )
    codes = {code_id: code for code_id, code, _ in packed["coupons"]}
    redemption.adjust(ctx, paper.ref, priced, codes, credit_back.staying(ctx, paper))
    if total == 0 and paper.paid_at is None:
        paper.change(paid_at=ctx.now)
        ctx.fact("order_paid", paper.id, document_id=paper.id)
    _move_orderer(ctx, paper, reader.customer)
    if paper.plan is not None:
        call = inbox.record(ctx, "order_changed", uuid.uuid4().hex, {"ref": order.ref}, subject_ref=order.ref)
        plans.thaw_for_new_lines(ctx, paper)
        _post(ctx, paper, told, call.id)
    paper.save(ctx)
    outbox.flush(ctx, outbox.fact(ctx, "order_changed", document_id=paper.id, contact_id=paper.contact_id))
    return quote


def _post(ctx: Context, paper: Paper, told: inbox.Json | None, call_id: int) -> None:
    """Post what a change brings; `told` of an order that is split: it is divided anew."""
    if told is not None:
        returns.split(paper, told)
    papers = parts.around(ctx, paper)
    parts.divide(papers)
    if told is not None:
        parts.note_paid(papers, ctx.now)
    earnings.earn(ctx, papers, call_id)
    for part in papers[1:]:
        part.save(ctx)


def _priced_anew(
    ctx: Context, paper: Paper, reader: CartReader, basket: Basket
) -> tuple[inbox.Json, Priced, Quote]:
    """Price the new lines by the pinned terms, with no more store credit than pays for the order now."""
    pinned = [
        (code_id, code, documents.unpack_terms(terms)) for code_id, code, terms in paper.sale["coupons"]
    ]
    held = credit_back.held(ctx, paper)
    priced = reprice(basket, [(code, terms) for _, code, terms in pinned], held)
    quote = quoting.priced_quote(paper.currency, priced, ctx.translate)
    packed = documents.pack_sale(basket, priced, pinned)
    packed["owner"] = paper.sale.get("owner")
    packed |= credit_back.gone_before(paper, held, priced.to_pay)
    titles = {line.key: line.title for line in reader.lines or ()}
    for line in packed["lines"]:
        line["title"] = titles.get(line["key"], "")
    return packed, priced, replace(quote, codes=tuple(code for _, code, _ in pinned))


def _move_orderer(ctx: Context, paper: Paper, customer: Customer | None) -> None:
    """Give the order to another orderer: the claim moves, nobody's first line changes."""
    known = contacts.find(ctx, customer, order_ref=paper.ref, lock=True, beside=paper.contact_id)
    if not known.reachable or known.customer is None:
        return
    contact_id = _save_orderer(ctx, known.customer, known)
    if contact_id == paper.contact_id:
        return
    if paper.contact_id is not None and paper.first_order:
        attribution.unflip(ctx, paper.contact_id, paper.ref, how="order changed")
    joining = attribution.joining(ctx, known.row, None, paper.ref, completes=bool(paper.first_order))
    if joining.values:
        contacts.update_contact(ctx, contact_id, joining.values)
    attribution.write_history(ctx, contact_id, joining.entries)
    attribution.tell_joining(ctx, contact_id, known.customer.ref, joining)
    if not redemption.move_claims(ctx, paper.ref, known, contact_id):
        paper.change(flags=[*paper.flags, str(Reason.NEW_CUSTOMERS_ONLY)])
    paper.change(contact_id=contact_id, first_order=joining.flips)


def _save_orderer(ctx: Context, customer: Customer, known: Known) -> int:
    values = contacts.details(customer, known.row)
    if known.id is None:
        contact_id = contacts.insert_contact(ctx, values)
        if contact_id is None:
            raise Overtaken
        own_fields.tell(ctx, contact_id, None, values)
        return contact_id
    own_fields.tell(ctx, known.id, known.row, values)
    if values:
        contacts.update_contact(ctx, known.id, values)
    return known.id
