"""Payout runs by the API: looked at before they are paid, paid once, and never by one pair of eyes alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.models import Audit, Coupon, Payout, PayoutRun
from flask_firstline.models.approval import ApprovalKind
from flask_firstline.services import approval_rules
from flask_firstline.services.approval_rules import Rule
from flask_firstline.services.checking_books import check_books
from flask_firstline.testing import FakeShop, make_terms
from tests.service import pay_kit
from tests.service.pay_kit import act

from .kit import Caller, kind_of, make_key

TEN = {"count": 1, "sums": [{"currency": "EUR", "amount": "10.00"}]}


@pytest.fixture
def owed(shop: FakeShop) -> FakeShop:
    """Give a shop that owes Meier 10.00."""
    make_terms(shop.app, 10)
    pay_kit.settle(shop)
    pay_kit.wants(shop, "meier")
    pay_kit.earned(shop)
    return shop


def problem_of(response: Any) -> str:
    assert (response.status_code, kind_of(response)) == (422, "payout-refused"), response.get_json()
    return str(response.get_json()["problem"])


def test_a_run_is_paid_as_it_was_seen_and_only_once(api: Caller, owed: FakeShop) -> None:
    run = api.post("/payout-runs", {}, key="run-of-may")
    again = api.post("/payout-runs", {}, key="run-of-may")
    place = f"/payout-runs/{run['id']}"

    assert run == again
    assert (run["state"], run["count"], run["sums"], run["skips"]) == (
        "draft",
        1,
        [{"currency": "EUR", "amount": "10.00"}],
        [],
    )
    for other in (
        {**TEN, "count": 2},
        {**TEN, "sums": [{"currency": "EUR", "amount": "9.99"}]},
        {**TEN, "sums": [{"currency": "USD", "amount": "10.00"}]},
    ):
        assert problem_of(api("POST", f"{place}/release", other)) == "not_confirmed"
    assert problem_of(api("POST", f"{place}/sepa.xml", {})) == "not_released"
    assert api.post(f"{place}/release", TEN)["state"] == "released"
    assert problem_of(api("POST", f"{place}/release", TEN)) == "released"
    assert problem_of(api("POST", f"{place}/discard", {})) == "released"

    first, second = (api("POST", f"{place}/sepa.xml", {}) for _ in range(2))
    assert (first.status_code, first.mimetype) == (200, "application/xml")
    assert first.get_data() == second.get_data() and b"DE89370400440532013000" in first.get_data()
    assert api.get("/payouts", state="sent")["items"][0]["amount"] == "10.00"
    assert api.post(f"{place}/paid", {}) == {"changed": 1}
    assert api.get("/partners/meier")["balances"][0]["paid"] == "10.00"
    assert all(check.ok for check in act(owed, check_books))
    assert {row.who for row in owed.rows(Audit, noun="payout run")} == {"warehouse"}


def test_one_partner_is_paid_alone_with_less_and_the_rest_stays(api: Caller, owed: FakeShop) -> None:
    unknown = api("POST", "/payout-runs", {"partner": "nobody"})
    lonely = api("POST", "/payout-runs", {"amount": "5.00"})
    too_much = api("POST", "/payout-runs", {"partner": "meier", "amount": "10.01"})
    run = api.post("/payout-runs", {"partner": "meier", "amount": "4.00", "method": "cash"})
    payout = api.get("/payouts", run=run["id"])["items"][0]

    assert (unknown.status_code, kind_of(unknown)) == (422, "contradiction")
    assert (lonely.status_code, kind_of(lonely)) == (422, "contradiction")
    assert problem_of(too_much) == "amount"
    assert (run["single"], payout["amount"], payout["method"]) == (True, "4.00", "cash")
    assert kind_of(api("PATCH", f"/payouts/{payout['id']}", {"amount": "3.999"})) == "contradiction"
    assert api("PATCH", f"/payouts/{payout['id']}", {"amount": "3.00"}).get_json()["amount"] == "3.00"

    api.post(
        f"/payout-runs/{run['id']}/release", {"count": 1, "sums": [{"currency": "EUR", "amount": "3.00"}]}
    )
    balance = api.get("/partners/meier")["balances"][0]
    assert (balance["payable"], balance["paid"]) == ("7.00", "3.00")
    taken_back = api.post(f"/payouts/{payout['id']}/failed", {"why": "not at home"})
    assert (taken_back["state"], taken_back["failed_why"]) == ("failed", "not at home")
    assert api.get("/partners/meier")["balances"][0]["payable"] == "10.00"
    assert all(check.ok for check in act(owed, check_books))


def test_with_four_eyes_a_key_does_not_release_what_it_has_made(api: Caller, owed: FakeShop) -> None:
    pay_kit.settle(owed, four_eyes=True)
    run = api.post("/payout-runs", {})["id"]
    other = Caller(owed, make_key(owed, "bookkeeping"))

    assert problem_of(api("POST", f"/payout-runs/{run}/release", TEN)) == "same_eyes"
    assert [row.state for row in owed.rows(PayoutRun)] == ["draft"]
    assert other.post(f"/payout-runs/{run}/release", TEN)["released_by"] == "bookkeeping"


def test_what_needs_approval_is_not_done_by_a_key(api: Caller, owed: FakeShop) -> None:
    wanted = {
        ApprovalKind.PAYOUT: Rule(active=True),
        ApprovalKind.COUPON: Rule(active=True, limits={"percent": Decimal(20)}),
    }
    act(owed, lambda ctx: approval_rules.save(ctx.conn, wanted, who="Ines", now=ctx.now))
    run = api.post("/payout-runs", {})["id"]
    coupon = api.post("/coupons", {"name": "Ten", "percent": "10"})["id"]

    for method, path, body in (
        ("POST", f"/payout-runs/{run}/release", TEN),
        ("POST", "/coupons", {"name": "Half", "percent": "50"}),
        ("PATCH", f"/coupons/{coupon}", {"percent": "21"}),
    ):
        response = api(method, path, body, key="k" if method == "POST" else None)
        assert (response.status_code, kind_of(response)) == (403, "needs-approval"), path

    assert [row.state for row in owed.rows(Payout)] == ["draft"]
    assert "Half" not in {row.name for row in owed.rows(Coupon)}
    assert api.get(f"/coupons/{coupon}")["percent"] == "10"
    assert api("PATCH", f"/coupons/{coupon}", {"percent": "20"}).status_code == 200
