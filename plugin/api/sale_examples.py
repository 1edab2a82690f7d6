"""Examples of quotes, orders, invoices and refunds, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from .story import ORDER, PAID, Example

_PRICES: Example = {
    "currency": "EUR",
    "codes": ["VonMeier"],
    "items": [
        {
            "code": "VonMeier",
            "label": "Welcome",
            "treatment": "price_cut",
            "text": "Reduces the price; VAT is computed on the reduced price.",
            "net": "4.20",
            "vat": {"19": "0.80"},
            "gross": "5.00",
        }
    ],
    "credits": [],
    "discount": "5.00",
    "allocation": {"1": "5.00"},
    "by_rate": {"19": "5.00"},
    "shipping_discount": "0.00",
    "vat": {"19": "4.74"},
    "total": "29.70",
    "credit": "0.00",
    "to_pay": "29.70",
}
_WITHOUT: Example = {
    **_PRICES,
    "codes": [],
    "items": [],
    "discount": "0.00",
    "allocation": {"1": "0.00"},
    "by_rate": {},
    "vat": {"19": "3.16"},
    "total": "19.80",
    "to_pay": "19.80",
}
_ORDER_ROW: Example = {
    "ref": "4711",
    "number": "2026-4711",
    "state": "open",
    "customer": "1003",
    "partner": "2001",
    "credit": "sponsor",
    "currency": "EUR",
    "total": "29.70",
    "paid": "29.70",
    "given_back": "0.00",
    "returned": {},
    "flags": [],
    "first_order": True,
    "placed_at": ORDER,
    "paid_at": PAID,
    "completed_at": None,
}
_TOLD: Example = {
    "order": "4711",
    "currency": "EUR",
    "surplus": None,
    "state": "done",
    "told_at": PAID,
}
_INVOICE: Example = {"id": 2, **_TOLD, "amount": "29.70", "ref": "R-4711", "payment_ref": None}
_REFUND: Example = {
    "id": 6,
    **_TOLD,
    "amount": "12.40",
    "ref": "G-4711",
    "invoice": None,
    "reason": "one came back",
}

EXAMPLES: Mapping[str, Example] = {
    "Quote": {**_PRICES, "ok": True, "refused": [], "message": ""},
    "Reservation": {"key": "cart-1003", "expires_at": ORDER, "quote": _PRICES},
    "Placed": {"ref": "4711", "new": True, "quote": _PRICES},
    "OrderQuote": {"ref": "4711", "quote": _PRICES},
    "Done": {"ref": "4711", "state": "open", "new": True},
    "OrderShared": {
        "ref": "4711",
        "new": True,
        "shares": [{"partner": "2001", "percent": "60"}, {"partner": "2000", "percent": "40"}],
        "moved": [
            {"partner": "2001", "level": 1, "amount": "-0.83", "currency": "EUR"},
            {"partner": "2000", "level": 1, "amount": "0.83", "currency": "EUR"},
        ],
        "barred": [],
    },
    "OrderRow": _ORDER_ROW,
    "OrderView": {
        **_ORDER_ROW,
        "lines": [
            {
                "key": "1",
                "product_ref": "balsam",
                "title": "Balsam",
                "quantity": "2",
                "vat_rate": "19",
                "total": "29.80",
                "discount": "5.00",
            }
        ],
        "quote": _PRICES,
        "partner_invoice": True,
        "address_type_before": "prospect",
        "credit_back": "0.00",
        "shares": [],
    },
    "Invoice": _INVOICE,
    "InvoiceTold": {**_INVOICE, "new": True},
    "Refund": _REFUND,
    "RefundTold": {**_REFUND, "new": True},
}

REFUSED: Example = {"reason": "minimum", "codes": [], "quote": _WITHOUT}
"""What a refusal says besides."""
CHANGED: Example = {"reason": "changed", "codes": ["VonMeier"], "quote": _PRICES}
"""What is said besides where the discount is another than was promised."""
