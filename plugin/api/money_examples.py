"""Examples of commissions, payouts, statements and reports, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from .story import DUE, PAID, RUN, Example

_ACCRUAL: Example = {
    "id": "2.1",
    "partner": "2001",
    "order": "4711",
    "invoice": None,
    "line": "1",
    "level": 1,
    "currency": "EUR",
    "amount": "2.08",
    "reversed": "0.00",
    "state": "paid_out",
    "disputed": False,
    "payout": 2,
    "why": "Level 1: 10 % of 20.84 EUR (general terms) is 2.08 EUR.",
    "earned_at": PAID,
    "payable_at": DUE,
}
_PAYOUT: Example = {
    "id": 2,
    "run": 1,
    "partner": "2001",
    "currency": "EUR",
    "payable": "2.08",
    "amount": "2.08",
    "method": "sepa",
    "state": "released",
    "failed_why": "",
    "changed_at": RUN,
}
_STATEMENT: Example = {
    "id": 1,
    "number": "GS-2027-00001",
    "kind": "statement",
    "partner": "2001",
    "currency": "EUR",
    "net": "1.75",
    "vat": "0.33",
    "gross": "2.08",
    "payout": None,
    "begins": "2026-11-30T23:00:00+00:00",
    "ends": "2026-12-31T23:00:00+00:00",
    "issued_at": "2027-01-01T06:00:00+00:00",
    "objection": "",
}

_RUN: Example = {
    "id": 1,
    "state": "released",
    "single": False,
    "made_by": "Warehouse",
    "made_at": RUN,
    "released_by": "Bookkeeping",
    "released_at": RUN,
}

EXAMPLES: Mapping[str, Example] = {
    "Accrual": _ACCRUAL,
    "AccrualView": {
        **_ACCRUAL,
        "postings": [
            {
                "kind": "commission",
                "origin": "expense",
                "destination": "on_hold",
                "amount": "2.08",
                "currency": "EUR",
                "rate": None,
                "at": PAID,
            }
        ],
        "trace": {
            "base": 2084,
            "full": 208,
            "cut": 0,
            "step": "general",
            "percent": "10",
            "fixed": None,
            "terms": 1,
        },
    },
    "Payout": _PAYOUT,
    "PayoutView": {**_PAYOUT, "accruals": [{"accrual": "2.1", "amount": "2.08"}]},
    "Statement": _STATEMENT,
    "StatementView": {
        **_STATEMENT,
        "lines": [
            {
                "posting": "2.1",
                "kind": "release",
                "document": "4711",
                "title": "Balsam",
                "level": 1,
                "amount": "2.08",
                "at": DUE,
            }
        ],
    },
    "Run": _RUN,
    "RunView": {
        **_RUN,
        "count": 2,
        "sums": [{"currency": "EUR", "amount": "3.12"}],
        "outdated": False,
        "skips": [
            {
                "partner": "2002",
                "currency": "EUR",
                "amount": "0.40",
                "reason": "no_method",
                "until": None,
                "note": "",
            }
        ],
    },
    "PayoutsPaid": {"changed": 2},
    "Report": {
        "name": "redemptions",
        "from": "2026-11-01",
        "until": "2026-11-30",
        "by": "month",
        "columns": [
            {"name": "begins", "kind": "span"},
            {"name": "currency", "kind": "currency"},
            {"name": "redemptions", "kind": "count"},
            {"name": "discount", "kind": "money"},
        ],
        "rows": [{"begins": "2026-11-01", "currency": "EUR", "redemptions": 12, "discount": "60.00"}],
        "left_out": False,
    },
}
