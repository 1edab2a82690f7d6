"""The times of the story that all examples tell: from the sign-up to the payout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Example = Mapping[str, Any]
SIGN_UP, ORDER, PAID = "2026-11-18T08:30:00+00:00", "2026-11-20T17:00:00+00:00", "2026-11-20T17:02:10+00:00"
DUE, RUN = "2026-12-20T17:02:10+00:00", "2027-01-04T09:00:00+00:00"
