"""Examples of campaigns, sharers, rewards and suspicions, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from .story import ORDER, RUN, SIGN_UP, Example

_SAVES: Example = {"amount": None, "percent": "10", "currency": None}
_FIVE: Example = {"amount": "5.00", "percent": None, "currency": "EUR"}
EXAMPLES: Mapping[str, Example] = {
    "Campaign": {
        "id": 1,
        "name": "Bring a friend",
        "active": True,
        "running": True,
        "coupon": 2,
        "friend": _SAVES,
        "kickback": _FIVE,
        "share_steps": [],
        "products": [],
        "categories": ["balms"],
        "hold_days": 30,
        "remind_after_days": 7,
        "landing": "/balms",
        "from": "2026-11-01T00:00:00+00:00",
        "until": None,
        "promoters": 81,
        "redemptions": 17,
        "rewards": 17,
        "created_at": "2026-10-28T09:00:00+00:00",
    },
    "Sharer": {
        "id": 4,
        "campaign": 1,
        "customer": "1003",
        "code": "INA-7KX3M",
        "ways": 2,
        "visits": 9,
        "redemptions": 1,
        "pending": 1,
        "active": 0,
        "used": 0,
        "joined_at": SIGN_UP,
    },
    "Reward": {
        "id": 3,
        "customer": "1003",
        "campaign": 1,
        "friend": "1011",
        "order": "4802",
        "state": "pending",
        **_FIVE,
        "code": None,
        "due_at": RUN,
        "owed": "0.00",
        "why": "",
        "created_at": ORDER,
        "used_at": None,
        "withdrawn_at": None,
    },
    "Suspicion": {
        "id": 5,
        "about": "order",
        "partner": "2001",
        "other": "1003",
        "order": "4711",
        "signals": ["phone"],
        "action": "hold",
        "state": "released",
        "why": "They share an office.",
        "closed_by": "Ines Walter",
        "opened_at": ORDER,
        "closed_at": RUN,
    },
}
