"""The REST API at `<prefix>/api/v1`: coupons, codes, batches, redemptions and quotes."""

from __future__ import annotations

from . import batches, codes, coupons, gate, quotes, redemptions
from .spec import mount

__all__ = ["batches", "codes", "coupons", "gate", "mount", "quotes", "redemptions"]
