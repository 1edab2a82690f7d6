"""Facts that programs tell over HTTP: each once, and the same fact told otherwise is refused, not ignored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from ..domain.codes import canonical
from ..errors import FirstlineError, Refused
from ..models import DocumentKind, DocumentState
from ..shop import Invoice, Order, Quote, Refund
from . import documents, inbox, order_changes, order_ends, orders, placing, receiving
from .attempted import in_savepoint
from .carts import CartReader, Holders
from .context import Context
from .documents import Paper
from .inbox import Recorded
from .mistakes import NotThere
from .sales import content_digest


class ToldOtherwise(FirstlineError):
    """The same ref stands for something else already; what was told first stands."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What an order costs, and whether it was new."""

    quote: Quote
    new: bool


@dataclass(frozen=True, kw_only=True)
class Told:
    """A recorded call with what it brought, and whether it was new."""

    row: Row[Any]
    new: bool


def place(ctx: Context, order: Order, holders: Holders) -> Placed:
    """Place an order once. Raises Refused with the quote that holds now, or ToldOtherwise."""
    try:
        return _placed(ctx, order, holders)
    except Refused as refused:
        raise placing.with_quote(ctx, refused, order, holders) from refused


def _placed(ctx: Context, order: Order, holders: Holders) -> Placed:
    try:
        quote = in_savepoint(ctx, lambda inner: placing.place(inner, order, holders))
    except orders.Repeated:
        paper = get_order(ctx, order.ref)
        if paper.state == DocumentState.FAILED.value:
            quote = in_savepoint(ctx, lambda inner: placing.place_again(inner, order, holders))
            return Placed(quote=quote, new=True)
        _check_same(paper, order)
        return Placed(quote=documents.unpack_quote(paper.quote), new=False)
    return Placed(quote=quote, new=True)


def _check_same(paper: Paper, order: Order) -> None:
    pinned = {canonical(code) for _, code, _ in paper.sale["coupons"]}
    same_codes = order.codes is None or {canonical(code) for code in order.codes} == pinned
    if paper.digest != content_digest(order, CartReader(order)) or not same_codes:
        raise ToldOtherwise(
            f"Order {order.ref} was placed with other content, or changed since. Change it with PUT."
        )


def get_order(ctx: Context, ref: str) -> Paper:
    """Give an order as it stands, or raise NotThere."""
    paper = documents.find(ctx, DocumentKind.ORDER, ref, lock=False)
    if paper is None:
        raise NotThere(f"There is no order {ref}.")
    return paper


def change(ctx: Context, order: Order) -> Quote:
    """Change a known order. Raises NotThere; WrongFact where it cannot change so."""
    get_order(ctx, order.ref)
    return in_savepoint(ctx, lambda inner: order_changes.change(inner, order))


def cancel(ctx: Context, ref: str) -> bool:
    """Cancel an order; False where it was cancelled before. Raises NotThere."""
    get_order(ctx, ref)
    return in_savepoint(ctx, lambda inner: order_ends.cancel(inner, ref))


def fail_payment(ctx: Context, ref: str) -> bool:
    """Free what an unpaid order holds; False where there was nothing to free. Raises NotThere."""
    before = get_order(ctx, ref).state
    in_savepoint(ctx, lambda inner: order_ends.fail_payment(inner, ref, None))
    return bool(get_order(ctx, ref).state != before)


def release(ctx: Context, cart_key: str) -> None:
    """Free what is held for a cart; its codes stay applied to it."""
    in_savepoint(ctx, lambda inner: order_ends.fail_payment(inner, None, cart_key))


def complete(ctx: Context, ref: str, at: datetime | None) -> Told:
    """Note that an order was completed; waits where it is not known yet."""
    done = in_savepoint(ctx, lambda inner: receiving.note_completed(inner, ref, at))
    return Told(row=_row(ctx, "order_completed", ref), new=done.new)


def pay(ctx: Context, invoice: Invoice) -> Told:
    """Record a payment once; waits for its order. Raises ToldOtherwise, WrongFact."""
    receiving.check_stands(invoice)
    fact = replace(ctx, as_fact=True)
    done = in_savepoint(fact, lambda inner: receiving.note_paid(inner, invoice))
    what = f"invoice {invoice.ref}, payment {invoice.payment_ref or invoice.ref}"
    _check_digest(done, inbox.pack(invoice), what)
    return Told(row=_row(ctx, "invoice_paid", receiving.payment_key(invoice)), new=done.new)


def refund(ctx: Context, given: Refund) -> Told:
    """Record a refund once; waits for its order or invoice. Raises ToldOtherwise, WrongFact."""
    fact = replace(ctx, as_fact=True)
    done = in_savepoint(fact, lambda inner: receiving.note_refunded(inner, given))
    _check_digest(done, inbox.pack(given), f"refund {given.ref}")
    return Told(row=_row(ctx, "invoice_refunded", given.ref), new=done.new)


def _check_digest(done: Recorded, packed: inbox.Json, what: str) -> None:
    if not done.new and done.digest != inbox.digest_of(packed):
        raise ToldOtherwise(f"The {what} is known with other content. What was told first stands.")


def _row(ctx: Context, kind: str, key: str) -> Row[Any]:
    row = inbox.find(ctx, kind, key)
    if row is None:
        raise LookupError(f"the recorded call {kind} {key} vanished")
    return row
