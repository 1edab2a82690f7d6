"""The REST API at `<prefix>/api/v1`: all that a shop tells and asks, for shops in any language."""

from __future__ import annotations

from . import (
    batches,
    codes,
    coupons,
    gate,
    orders,
    payments,
    people,
    quotes,
    redemptions,
    reports,
    reservations,
)
from .spec import mount

__all__ = [
    "batches",
    "codes",
    "coupons",
    "gate",
    "mount",
    "orders",
    "payments",
    "people",
    "quotes",
    "redemptions",
    "reports",
    "reservations",
]
