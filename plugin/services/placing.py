"""Orders placed, whoever tells of them, with what has waited for them."""

from __future__ import annotations

import logging

from ..shop import Order, Quote
from . import orders, receiving
from .carts import Holders
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


def _worked_off(ctx: Context, order: Order, done: orders.Placed) -> Quote:
    if done.waiting:
        receiving.work_off(ctx, order.ref)
    return done.quote
