"""Reports: their figures by hand, at the borders of days, and as the books have them."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flask_firstline.domain.report import Report
from flask_firstline.services import reports
from flask_firstline.services.report_asked import Asked
from flask_firstline.services.reports import REPORTS
from flask_firstline.testing import FakeShop, make_cart

BERLIN = ZoneInfo("Europe/Berlin")


def asked(shop: FakeShop, first: date | None = None, last: date | None = None, **more: Any) -> Asked:
    today = shop.clock.now.astimezone(BERLIN).date()
    known = {"zone": BERLIN, "home": "EUR", "now": shop.clock.now, **more}
    return Asked(first=first or today, last=last or first or today, **known)


def report(shop: FakeShop, name: str, question: Asked, **more: Any) -> Report:
    with shop.transaction() as session:
        return reports.report(session.connection(), name, question, **more)


def sold(shop: FakeShop, ref: str, buyer: str = "ina", code: str = "vonmeier", *, pay: bool = True) -> None:
    shop.place(make_cart(customer=shop.add_customer(buyer), key=ref), ref, codes=[code])
    if pay:
        shop.pay(ref)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_of_an_empty_shop_has_nothing_but_noughts(shop: FakeShop, name: str) -> None:
    found = report(shop, name, asked(shop))

    assert not any(
        any(map(bool, found.sums(currency).values())) for currency in found.currencies if not currency
    )
    assert all(
        not value for row in found.rows for key, value in row.items() if key not in {"begins", "currency"}
    )
    assert len(found.rows) == (1 if found.has_spans else 0)


def test_sales_say_what_was_sold_what_went_back_and_what_was_given(shop: FakeShop) -> None:
    sold(shop, "o1")
    sold(shop, "o2", "uwe")
    shop.refund("o1")

    [row] = report(shop, "sales", asked(shop)).rows

    assert {name: row[name] for name in ("orders", "sales", "returned", "net_sales", "discount")} == {
        "orders": 2,
        "sales": 4000,
        "returned": 2000,
        "net_sales": 2000,
        "discount": 1000,
    }
