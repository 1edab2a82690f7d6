"""Examples of contacts, partners, touches and events, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from .story import RUN, SIGN_UP, Example

_CONTACT: Example = {
    "id": 3,
    "ref": "1003",
    "email": "ina@example.org",
    "email_verified": False,
    "name": "Ina Test",
    "phone": None,
    "address": None,
    "country": "DE",
    "locale": "de",
    "type": "customer",
    "sponsor": "2001",
    "sponsor_at": SIGN_UP,
    "first_order": "4711",
    "fields": {"plan": "pro", "seats": 12},
    "segments": ["b2b"],
    "tags": ["newsletter"],
    "created_at": SIGN_UP,
}
_PARTNER: Example = {
    "id": 2,
    "ref": "2001",
    "email": "hans@example.org",
    "name": "Hans Meier",
    "state": "active",
    "sponsor": "2000",
    "since": "2026-11-01T10:00:00+00:00",
    "until": None,
}

EXAMPLES: Mapping[str, Example] = {
    "Contact": _CONTACT,
    "ContactTold": {**_CONTACT, "new": True, "refusal": None},
    "HistoryEntry": {
        "id": 8,
        "kind": "sponsor",
        "how": "code",
        "partner": "2001",
        "code": "VonMeier",
        "order": None,
        "before": None,
        "after": "2001",
        "why": "",
        "at": SIGN_UP,
    },
    "Person": {
        "format": "flask-firstline person 1",
        "made_at": RUN,
        "about": {"contact_id": 3, "refs": ["1003"], "emails": ["ina@example.org"]},
        "readme": ["Amounts are whole numbers of the currency's smallest unit: 1250 in EUR is 12.50."],
        "parts": [
            {
                "name": "contact",
                "says": "Who the person is: names, addresses, address type, sponsor.",
                "rows": [{"id": 3, "ref": "1003", "email": "ina@example.org", "name": "Ina Test"}],
            }
        ],
    },
    "Touch": {
        "id": 1,
        "source": "link",
        "link": "VZZZZL4YGH",
        "partner": "2001",
        "visitor": "v-81",
        "customer": None,
        "path": "/balm",
        "referrer_host": None,
        "utm": {"utm_source": "newsletter"},
        "counted": True,
        "at": SIGN_UP,
    },
    "TouchTold": {
        "counted": True,
        "link": "VZZZZL4YGH",
        "partner": "2001",
        "carry": "fl.WzEsMTc3Nzg5NjAwMF0.xhM9SAXmaYCl8V-i6svCzCt6f9c",
    },
    "Event": {"name": "demo_done", "customer": "1003", "new": True},
    "Partner": _PARTNER,
    "PartnerMade": {**_PARTNER, "new": True},
    "PartnerView": {
        **_PARTNER,
        "balances": [{"currency": "EUR", "on_hold": "0.00", "payable": "0.00", "paid": "2.08"}],
    },
}
