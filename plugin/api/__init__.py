"""The REST API at `<prefix>/api/v1`: all that a shop tells and asks, for shops in any language."""

from __future__ import annotations

from . import (
    batches,
    codes,
    contacts,
    coupons,
    events,
    gate,
    orders,
    payments,
    quotes,
    redemptions,
    reports,
    reservations,
    touches,
)
from .spec import mount

__all__ = [
    "batches",
    "codes",
    "contacts",
    "coupons",
    "events",
    "gate",
    "mount",
    "orders",
    "payments",
    "quotes",
    "redemptions",
    "reports",
    "reservations",
    "touches",
]
