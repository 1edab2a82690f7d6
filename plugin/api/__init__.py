"""The REST API at `<prefix>/api/v1`: all that a shop tells and asks, for shops in any language."""

from __future__ import annotations

from . import (
    batches,
    codes,
    commissions,
    contacts,
    coupons,
    events,
    gate,
    orders,
    partners,
    payments,
    payouts,
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
    "commissions",
    "contacts",
    "coupons",
    "events",
    "gate",
    "mount",
    "orders",
    "partners",
    "payments",
    "payouts",
    "quotes",
    "redemptions",
    "reports",
    "reservations",
    "touches",
]
