"""The REST API at `<prefix>/api/v1`: coupons, codes, batches, redemptions, quotes, events and contacts."""

from __future__ import annotations

from . import batches, codes, coupons, gate, people, quotes, redemptions
from .spec import mount

__all__ = ["batches", "codes", "coupons", "gate", "mount", "people", "quotes", "redemptions"]
