"""Reports through the API."""

from __future__ import annotations

from flask_firstline.testing import FakeShop, make_cart, make_code, make_partner, make_terms

from .kit import Caller, make_key


def test_a_report_has_its_columns_rows_and_exact_amounts() -> None:
    with FakeShop() as shop:
        make_partner(shop.app, "meier")
        make_terms(shop.app, 10)
        make_code(shop.app, "vonmeier", owner="meier")
        shop.place(make_cart(customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
        shop.pay("o1")
        api = Caller(shop, make_key(shop, "sheet", ["reports:read"]))
        today = shop.clock.now.date().isoformat()

        found = api.get("/reports/sales", **{"from": today, "until": today, "partner": "meier", "coupon": 1})

        assert {name: found[name] for name in ("name", "from", "until", "by")} == {
            "name": "sales", "from": today, "until": today, "by": "day",
        }  # fmt: skip
        assert found["columns"][:3] == [
            {"name": "begins", "kind": "span"},
            {"name": "currency", "kind": "currency"},
            {"name": "orders", "kind": "count"},
        ]
        [row] = found["rows"]
        assert (row["begins"], row["orders"], row["sales"], row["discount"]) == (today, 1, "20.00", "5.00")
        assert api("GET", "/reports/weather").status_code == 404
        assert api("GET", "/reports/sales?partner=nobody").status_code == 422
        assert api("GET", "/reports/sales?from=1066-01-01").status_code == 422
