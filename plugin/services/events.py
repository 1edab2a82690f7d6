"""Any further fact of the shop: recorded once, and kept as an event for rules to follow."""

from __future__ import annotations

from collections.abc import Mapping

from ..shop import Customer
from . import inbox, outbox
from .context import Context
from .inbox import Json, Recorded


def packed(name: str, customer: Customer, data: Mapping[str, object]) -> Json:
    """Give the content of an event."""
    return {"name": name, "customer": inbox.pack(customer), "data": inbox.pack(dict(data))}


def note(ctx: Context, name: str, customer: Customer, data: Mapping[str, object], key: str) -> Recorded:
    """Record an event once under its key, and let the worker judge rules by it."""
    call = inbox.record(ctx, "event", key, packed(name, customer, data), subject_ref=customer.ref)
    if call.new:
        ctx.fact("event", call.id, call_id=call.id)
        outbox.flush(ctx)
    return call
