"""Any further fact of the shop: stored once, for rules to react to."""

from __future__ import annotations

from collections.abc import Mapping

from ..shop import Customer
from . import inbox
from .context import Context
from .inbox import Json, Recorded


def packed(name: str, customer: Customer, data: Mapping[str, object]) -> Json:
    """Give the content of an event."""
    return {"name": name, "customer": inbox.pack(customer), "data": inbox.pack(dict(data))}


def note(ctx: Context, name: str, customer: Customer, data: Mapping[str, object], key: str) -> Recorded:
    """Store an event once under its key."""
    return inbox.record(ctx, "event", key, packed(name, customer, data), subject_ref=customer.ref)
