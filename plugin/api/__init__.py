"""The REST API at `<prefix>/api/v1`: coupons, codes, batches, redemptions and quotes."""

from __future__ import annotations

from . import coupons
from .spec import mount

__all__ = ["coupons", "mount"]
