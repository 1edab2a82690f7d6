"""Orders placed, whoever tells of them, with what has waited for them."""

from __future__ import annotations

import logging

from ..errors import TEXTS, Refused
from ..shop import Order, Quote
from . import candidates, orders, quoting, receiving
from .attempted import in_savepoint
from .carts import CartReader, Holders
from .context import Context

log = logging.getLogger("flask_firstline")


def place(ctx: Context, order: Order, holders: Holders) -> Quote:
    """Place an order and work off what has waited for it."""
    return _worked_off(ctx, order, orders.place(ctx, order, holders))


def place_again(ctx: Context, order: Order, holders: Holders) -> Quote:
    """Answer an order that was placed before; one whose payment had failed is placed as new."""
    done = orders.repeat(ctx, order, holders)
    if done.ignored:
        log.warning("order_placed %s came again with other content; the first one stands", order.ref)
    return _worked_off(ctx, order, done)


def place_either_way(ctx: Context, order: Order, holders: Holders) -> Quote:
    """Place an order or answer one that was placed before, each in a savepoint. Raises Refused."""
    try:
        return in_savepoint(ctx, lambda inner: place(inner, order, holders))
    except orders.Repeated:
        return in_savepoint(ctx, lambda inner: place_again(inner, order, holders))


def with_quote(ctx: Context, refused: Refused, order: Order, holders: Holders) -> Refused:
    """Price the cart anew where a guard of the database refused, so that the shop can show what holds now."""
    if refused.quote is not None:
        return refused
    reader = CartReader(order)
    if order.codes is None:
        waiting = candidates.applied_to(ctx, holders)
    else:
        waiting, _ = candidates.named(ctx, order.codes, holders)
    quote = quoting.to_quote(ctx, quoting.evaluate(ctx, reader, waiting, order_ref=order.ref))
    message = ctx.translate(TEXTS[refused.reason.public])
    if quote.ok:
        quote = quoting.undiscounted(reader).refused(refused.reason, message)
    return Refused(quote.reason or refused.reason, quote.message or message, quote, quote.codes)


def _worked_off(ctx: Context, order: Order, done: orders.Placed) -> Quote:
    if done.waiting:
        receiving.work_off(ctx, order.ref)
    return done.quote
