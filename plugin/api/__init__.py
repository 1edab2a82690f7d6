"""The REST API at `<prefix>/api/v1`: all that a shop tells and asks, for shops in any language."""

from __future__ import annotations

from . import (
    batches,
    campaigns,
    codes,
    commissions,
    contacts,
    coupons,
    events,
    gate,
    orders,
    partners,
    payments,
    payout_runs,
    payouts,
    quotes,
    redemptions,
    reports,
    reservations,
    suspicions,
    touches,
)
from .spec import mount

__all__ = [
    "batches",
    "campaigns",
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
    "payout_runs",
    "payouts",
    "quotes",
    "redemptions",
    "reports",
    "reservations",
    "suspicions",
    "touches",
]
