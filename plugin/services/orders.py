"""Orders placed: their codes used up, their contact completed, themselves kept once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from ..config import FlipOn
from ..domain.judging import Check
from ..domain.money import major
from ..errors import Reason, Refused
from ..models import DocumentKind, DocumentState
from ..shop import Order, Quote
from . import (
    applied,
    attribution,
    candidates,
    contacts,
    credit_back,
    documents,
    earnings,
    inbox,
    order_changes,
    outbox,
    own_fields,
    products,
    quoting,
    redemption,
    touches,
)
from .attribution import Joining, Owner
from .candidates import Candidate
from .carts import CartReader, Holders
from .contacts import Known, Overtaken
from .context import Context
from .documents import Paper
from .sales import Sale, agreed, content_digest, flag_of, pack


class Repeated(Exception):  # noqa: N818 - not an error: the order is known already
    """The order was placed before; everything this call did must be taken back."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The quote that was pinned, and whether calls have waited for the order."""

    quote: Quote
    waiting: bool = False
    ignored: bool = False
    """Whether a repeat said something else than the first call, which stands."""


def place(ctx: Context, order: Order, holders: Holders, *, over: Paper | None = None) -> Placed:
    """Place an order: use its codes up, complete it, keep it. Raises Refused or Repeated.

    `over` is the same order, locked, whose payment had failed.
    """
    reader = CartReader(order)
    given, unknown = _given(ctx, order, holders)
    found = quoting.evaluate(ctx, reader, given, placing=True, order_ref=order.ref)
    found = replace(found, refused=(*((code, _UNKNOWN) for code in unknown), *found.refused))
    try:
        sale = agreed(ctx, order, found, given)
    except Refused as refused:
        known = documents.find(ctx, DocumentKind.ORDER, order.ref, lock=False) if over is None else None
        if known is not None and known.state != DocumentState.FAILED.value:
            raise Repeated from refused
        raise
    _keep(ctx, sale, holders, over)
    waiting = found.facts.waiting if given else bool(inbox.waiting_for(ctx, order.ref))
    return Placed(quote=sale.quote, waiting=waiting)


_UNKNOWN = Check(name="known", ok=False, reason=Reason.UNKNOWN)


def _given(ctx: Context, order: Order, holders: Holders) -> tuple[list[Candidate], list[str]]:
    if order.codes is None:
        return candidates.applied_to(ctx, holders, to_use=True), []
    return candidates.named(ctx, order.codes, holders, to_use=True)


def _keep(ctx: Context, sale: Sale, holders: Holders, over: Paper | None) -> None:
    order, known = sale.order, sale.evaluation.known
    if not sale.candidates:
        known = contacts.find(ctx, sale.evaluation.reader.customer, order_ref=order.ref, lock=True)
    owner = None if sale.flagged else attribution.owner_of(ctx, sale.candidates, known)
    if not sale.flagged and (owner is None or not owner.gains):
        owner = touches.owner_by_touch(ctx, holders, known) or owner
    free = sale.total == 0
    flip_on = ctx.settings_at(order.placed_at or ctx.now).flip_on
    completes = flip_on is FlipOn.PLACED or (free and flip_on is FlipOn.PAID)
    joining = attribution.joining(ctx, known.row, owner, order.ref, completes=completes)
    contact_id = _keep_contact(ctx, sale.evaluation.reader, known, joining, owner)
    document_id = _keep_document(ctx, _document(ctx, sale, known, contact_id, owner, joining), over)
    purpose = redemption.Purpose(
        order_ref=order.ref,
        contact_id=contact_id,
        known=known,
        holders=holders,
        counted=not sale.flagged,
        note=flag_of(sale),
    )
    redemption.use(ctx, sale.candidates, sale.priced, purpose)
    if over is not None:
        credit_back.settle(ctx, over)
    _tell(ctx, sale, known, contact_id, joining)
    _tell_rules(ctx, contact_id, document_id, free=free)
    if contact_id is not None:
        attribution.write_history(ctx, contact_id, joining.entries)
        if owner is not None and owner.how != "code":
            touches.tie(ctx, holders.visitor, contact_id)
    if sale.total == 0 and sale.priced.credits:
        _earn_at_once(ctx, sale.order.ref)
    if not sale.candidates:
        products.note(ctx, ((line.product_ref, line.title) for line in sale.evaluation.reader.lines or ()))
    outbox.flush(ctx, outbox.fact(ctx, "order_placed", document_id=document_id, contact_id=contact_id))
    applied.forget(ctx, holders)


def _earn_at_once(ctx: Context, order_ref: str) -> None:
    """Post what is earned on an order that store credit has paid whole: no payment of it will be told."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    if paper is not None:
        told = {"ref": order_ref}
        call = inbox.record(ctx, "order_paid_by_credit", uuid.uuid4().hex, told, subject_ref=order_ref)
        earnings.earn(ctx, [paper], call.id)
        paper.save(ctx)


def _tell(ctx: Context, sale: Sale, known: Known, contact_id: int | None, joining: Joining) -> None:
    ref = known.customer.ref if known.customer else None
    discounts = {item.code: item.gross for item in sale.priced.items}
    for candidate in sale.candidates:
        ctx.tell(
            "coupon_redeemed",
            order_ref=sale.order.ref,
            code=candidate.code,
            coupon=candidate.terms.name,
            customer_ref=ref,
            contact_id=contact_id,
            owner_id=candidate.owner_id,
            discount=str(major(discounts.get(candidate.code, 0), sale.order.currency)),
            currency=sale.order.currency,
            flagged=sale.flagged,
        )
    if contact_id is not None:
        attribution.tell_joining(ctx, contact_id, ref, joining)


def _tell_rules(ctx: Context, contact_id: int | None, document_id: int, *, free: bool) -> None:
    if contact_id is None:
        return
    ctx.fact("order_placed", document_id, document_id=document_id)
    if free:
        ctx.fact("order_paid", document_id, document_id=document_id)


def _keep_contact(
    ctx: Context, reader: CartReader, known: Known, joining: Joining, owner: Owner | None
) -> int | None:
    """Insert or change the contact of an order: details, first order and sponsor in one statement."""
    customer = known.customer
    if customer is None or not known.reachable:
        # A buyer who cannot be told from others gets a contact only where somebody earns by the order.
        return None if owner is None else contacts.insert_contact(ctx, dict(joining.values))
    if reader.__dict__.get("has_bought") is True:
        customer = replace(customer, has_bought=True)
    values = contacts.details(customer, known.row) | joining.values
    if known.row is None:
        contact_id = contacts.insert_contact(ctx, values)
        if contact_id is None:
            raise Overtaken
        own_fields.tell(ctx, contact_id, None, values)
        return contact_id
    own_fields.tell(ctx, known.row.id, known.row, values)
    if values:
        contacts.update_contact(ctx, known.row.id, values)
        attribution.carry_below(ctx, known.row, values)
    return int(known.row.id)


def _keep_document(ctx: Context, values: dict[str, object], over: Paper | None) -> int:
    """Insert an order, or write it over the same one whose payment had failed; give its id."""
    if over is not None:
        over.change(**values, state=DocumentState.OPEN.value)
        over.save(ctx)
        return int(over.id)
    document_id = documents.insert_document(ctx, values)
    if document_id is None:
        raise Repeated
    return document_id


def _document(
    ctx: Context, sale: Sale, known: Known, contact_id: int | None, owner: Owner | None, joining: Joining
) -> dict[str, object]:
    order = sale.order
    credit = attribution.credit_of(ctx, known.row, owner)
    return {
        "kind": DocumentKind.ORDER.value,
        "ref": order.ref,
        "number": order.number,
        "cart_key": order.cart_key,
        "contact_id": contact_id,
        "partner_id": credit.partner_id,
        "credit": credit.why,
        "portions": documents.pack_portions(credit.portions) if credit.portions else None,
        "currency": order.currency,
        "sale": pack(sale, owner),
        "quote": documents.pack_quote(sale.quote),
        "digest": content_digest(order, sale.evaluation.reader),
        "total": sale.total,
        "address_type_before": joining.before.value,
        "first_order": joining.flips,
        "flags": [flag_of(sale)] if sale.flagged else [],
        "placed_at": order.placed_at or ctx.now,
        "paid_at": (order.placed_at or ctx.now) if sale.total == 0 else None,
    }


def repeat(ctx: Context, order: Order, holders: Holders) -> Placed:
    """Answer a repeated order: the first answer, or the change it brings while nothing is paid.

    One whose payment had failed is placed again.
    """
    paper = documents.find(ctx, DocumentKind.ORDER, order.ref)
    if paper is None:
        raise LookupError(f"order {order.ref} vanished")
    if paper.state == DocumentState.FAILED.value:
        if paper.contact_id is not None:
            ctx = attribution.with_line_locked(ctx, paper.contact_id, paper.sale.get("owner"))
        return place(ctx, order, holders, over=paper)
    reader = CartReader(order)
    same = paper.digest == content_digest(order, reader)
    if same or paper.was_paid or paper.state != DocumentState.OPEN.value:
        return Placed(quote=documents.unpack_quote(paper.quote), ignored=not same)
    return Placed(quote=order_changes.apply(ctx, paper, order, reader))
