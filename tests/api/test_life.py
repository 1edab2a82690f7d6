"""A whole life of a partner program told and read by the API alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flask_firstline.delivery.worker import work_once
from flask_firstline.services.checking_books import check_books
from flask_firstline.testing import FakeShop, make_terms
from tests.service import pay_kit
from tests.service.pay_kit import act
from tests.service.statement_kit import issue, issuer, taxed
from tests.tables import file_with_tables

from .kit import Caller, kind_of
from .test_orders import order, paid


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FakeShop]:
    """Give a shop with nothing but terms: 10 per cent, and 5 for who stands above."""
    with FakeShop(file_with_tables(tmp_path)) as shop:
        make_terms(shop.app, 10, 5)
        yield shop


def begin(api: Caller) -> None:
    """Make partner Opa, Meier below, and Meier's code of 5.00 off."""
    api.post("/partners", {"ref": "opa", "email": "opa@shop.example"})
    api.post("/partners", {"ref": "meier", "name": "Hans Meier", "sponsor": "opa"})
    coupon = api.post("/coupons", {"name": "Welcome", "amount": "5.00"})
    api.post("/codes", {"code": "VonMeier", "coupon": coupon["id"], "owner": "meier"})


def balance(api: Caller, ref: str) -> list[dict[str, Any]]:
    balances: list[dict[str, Any]] = api.get(f"/partners/{ref}")["balances"]
    return balances


def test_a_life_by_the_api_alone_ends_at_nought(api: Caller, shop: FakeShop) -> None:
    begin(api)
    api.post("/contacts", {"ref": "ina", "email": "ina@shop.example", "code": "VonMeier"})
    cart = {name: order()[name] for name in ("currency", "lines", "customer", "codes")}
    quote = api.post("/quote", cart)
    api.post("/orders", order(promised_discount=quote["discount"]))
    api.post("/invoices", paid())

    accruals = api.get("/accruals", order="o1", state="on_hold")["items"]
    assert [(one["partner"], one["level"], one["amount"], one["reversed"]) for one in accruals] == [
        ("meier", 1, "10.00", "0.00"), ("opa", 2, "5.00", "0.00"),
    ]  # fmt: skip
    one = api.get(f"/accruals/{accruals[0]['id']}")
    assert one["why"] == "10% of €100.00 net (In general)"
    german: Any = api("GET", f"/accruals/{one['id']}", headers={"Accept-Language": "de"}).json
    assert german["why"] == "10\xa0% von 100,00\xa0€ netto (Allgemein)"
    assert one["trace"]["percent"] == "10"
    assert [(posting["kind"], posting["amount"]) for posting in one["postings"]] == [("commission", "10.00")]
    assert balance(api, "meier") == [
        {"currency": "EUR", "on_hold": "10.00", "payable": "0.00", "paid": "0.00"}
    ]
    assert [one["ref"] for one in api.get("/partners/meier/first-line")["items"]] == ["ina"]

    api.post("/refunds", {"ref": "g1", "order": "o1", "currency": "EUR"})
    taken_back = api.get(f"/accruals/{accruals[0]['id']}")
    assert [posting["kind"] for posting in taken_back["postings"]] == ["commission", "reversal"]
    assert [balance(api, ref)[0]["on_hold"] for ref in ("meier", "opa")] == ["0.00", "0.00"]
    with shop.app.app_context():
        assert not work_once(shop.state).failed
    assert all(check.ok for check in act(shop, check_books))


def test_what_is_due_is_payable_then_paid_and_stands_on_a_statement(api: Caller, shop: FakeShop) -> None:
    begin(api)
    api.post("/orders", order())
    api.post("/invoices", paid())
    issuer(shop)
    taxed(shop)
    pay_kit.wants(shop, "meier")
    pay_kit.wants(shop, "opa")
    shop.clock.advance(days=31)
    assert [one["payable"] for one in balance(api, "meier")] == ["10.00"]
    assert len(api.get("/accruals", state="payable")["items"]) == 2

    issue(shop)
    run = pay_kit.run(shop)
    pay_kit.release(shop, run)

    assert [(one["id"], one["state"]) for one in api.get("/payout-runs")["items"]] == [(run, "released")]
    assert api.get(f"/payout-runs/{run}")["made_by"] == "Ines Walter"
    payout = api.get("/payouts", partner="meier", run=run)["items"][0]
    seen = api.get(f"/payouts/{payout['id']}")
    accrual = api.get("/accruals", partner="meier", state="paid_out")["items"][0]
    assert (seen["amount"], seen["accruals"]) == ("10.00", [{"accrual": accrual["id"], "amount": "10.00"}])
    assert accrual["payout"] == payout["id"]
    assert "DE89" not in str(seen)
    file = api("GET", "/bookkeeping.csv", query_string={"period": "this-year"})
    assert (file.status_code, file.content_type.partition(";")[0]) == (200, "text/csv")
    assert len(file.get_data(as_text=True).splitlines()) == 1 + 6
    assert balance(api, "meier")[0]["paid"] == "10.00"
    statement = api.get("/statements", partner="meier")["items"][0]
    lines = api.get(f"/statements/{statement['id']}")["lines"]
    assert [statement[name] for name in ("net", "vat", "gross")] == ["8.40", "1.60", "10.00"]
    assert [(line["kind"], line["document"], line["amount"]) for line in lines] == [
        ("release", "o1", "10.00")
    ]


def test_lists_of_accruals_come_in_pages(api: Caller) -> None:
    begin(api)
    for ref in ("o1", "o2", "o3"):
        api.post("/orders", order(ref))
        api.post("/invoices", paid(ref))

    seen, after = [], None
    while True:
        asked = {"limit": 4} if after is None else {"limit": 4, "after": after}
        page = api.get("/accruals", **asked)
        seen += [(one["order"], one["level"]) for one in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert seen == [(ref, level) for ref in ("o1", "o2", "o3") for level in (1, 2)]
    assert api.get("/accruals", since="2030-01-01T00:00:00Z")["items"] == []
    assert kind_of(api("GET", "/accruals/nothing")) == "not-found"
    assert kind_of(api("GET", "/accruals/9.9")) == "not-found"


def test_a_partner_is_made_once_below_a_sponsor_who_is_known(api: Caller) -> None:
    api.post("/partners", {"ref": "opa"})
    first, again = (api("POST", "/partners", {"ref": "meier", "sponsor": "opa"}) for _ in range(2))
    unknown = api("POST", "/partners", {"ref": "x", "sponsor": "nobody"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.get_json()["state"], first.get_json()["sponsor"]) == ("active", "opa")
    assert (unknown.status_code, kind_of(unknown)) == (422, "contradiction")
    assert [one["ref"] for one in api.get("/partners", sponsor="opa")["items"]] == ["meier"]
    assert api("GET", "/partners/nobody").status_code == 404
