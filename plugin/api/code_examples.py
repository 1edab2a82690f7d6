"""Examples of coupons, codes and redemptions, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from .coupon_schemas import EXAMPLE as COUPON_GIVEN
from .coupon_schemas import OFFERED
from .story import ORDER, Example

_COUPON: Example = {
    "id": 1,
    "active": True,
    "uses": 12,
    "created_at": "2026-11-02T09:00:00+00:00",
    **dict.fromkeys(OFFERED),
    **dict.fromkeys(("product", "category", "not_product", "not_category", "day"), []),
    **dict.fromkeys(
        (
            "free_shipping",
            "minimum_again",
            "new_customers_only",
            "stackable",
            "link_only",
            "open_to_partners",
        ),
        False,
    ),
    "treatment": "price_cut",
    "order_value": "before",
    "priority": 100,
    **COUPON_GIVEN,
}

EXAMPLES: Mapping[str, Example] = {
    "Coupon": _COUPON,
    "Code": {
        "id": 1,
        "code": "VonMeier",
        "coupon": 1,
        "batch": None,
        "owner": "2001",
        "shares": [{"partner": "2001", "percent": "60"}, {"partner": "2000", "percent": "40"}],
        "holder": None,
        "max": 100,
        "uses": 12,
        "from": None,
        "until": "2026-12-31T23:00:00+00:00",
        "credit": None,
        "credit_left": None,
        "currency": "EUR",
        "link_only": False,
        "active": True,
        "created_at": "2026-11-02T09:00:00+00:00",
    },
    "Check": {
        "code": "VonMeier",
        "exists": True,
        "usable": False,
        "reason": "used_up",
        "message": "This code has been used as often as it may be.",
        "free": False,
        "problem": "taken",
    },
    "Batch": {
        "id": 1,
        "coupon": 1,
        "how": "api",
        "state": "done",
        "count": 100,
        "made": 100,
        "prefix": "",
        "length": 10,
        "check_signs": False,
        "occasion": "Fair",
        "made_by": "Warehouse",
        "created_at": "2026-11-02T09:00:00+00:00",
    },
    "Redemption": {
        "id": 1,
        "code": "VonMeier",
        "coupon": 1,
        "state": "redeemed",
        "order": "4711",
        "owner": "2001",
        "customer": "1003",
        "discount": "5.00",
        "credit": "0.00",
        "currency": "EUR",
        "came_by": "order",
        "note": "",
        "expires_at": None,
        "created_at": ORDER,
        "changed_at": ORDER,
    },
}
