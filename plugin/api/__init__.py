"""The REST API at `<prefix>/api/v1`: coupons, codes, redemptions, quotes, events, contacts, reports."""

from __future__ import annotations

from . import batches, codes, coupons, gate, people, quotes, redemptions, reports
from .spec import mount

__all__ = ["batches", "codes", "coupons", "gate", "mount", "people", "quotes", "redemptions", "reports"]
