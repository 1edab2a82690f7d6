"""Requests that nobody sends in good faith: never a 500, always problem details."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from flask_firstline.testing import FakeShop, make_code, make_partner

from .kit import ROOT, Caller, kind_of

ODD = ("\x00", "a\x00b", "\u202eabc", "İ" * 64, "' OR 1=1 --", "a" * 3000, "9" * 400, "-1", "%00", "\r\n")
BROKEN = (
    (b"[" * 100_000 + b"]" * 100_000, "application/json", {400}),
    (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "application/json", {400}),
    (b'{"a": ' + b"1" * 5000 + b"}", "application/json", {400}),
    (b'{"\\u0000": "\\ud800"}', "application/json", {400}),
    (b"\xff\xfe", "application/json", {400}),
    (b"", "application/json", {400}),
    (b"null", "application/json", {400}),
    (b"{}", "application/json; charset=utf-16", {200, 201, 400, 404, 422}),
    (b"{}", "multipart/form-data; boundary=x", {415}),
    (b"{}", "", {415}),
)


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    """Give a shop whose clock goes on by a second with every look: no key spends its minute."""
    with FakeShop(firstline_url, mount=("api", "hooks")) as shop:
        make_partner(shop.app, "meier")
        make_code(shop.app, "vonmeier", owner="meier")
        shop.state.clock = lambda: shop.clock.advance(seconds=1)
        yield shop


def addresses(shop: FakeShop) -> Iterator[tuple[str, str, Any]]:
    """Give the operations: their methods, their paths below the root, what is said of them."""
    document = shop.browser().get(f"{ROOT}/openapi.json").get_json()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            if method != "parameters":
                yield method.upper(), path.removeprefix(ROOT), about


def is_told_well(response: TestResponse) -> bool:
    """Say whether an answer is a success, or a refusal in the form of one."""
    if response.status_code >= 400:
        kind_of(response)
    return response.status_code < 500


@pytest.mark.both_databases
def test_no_address_breaks_it(shop: FakeShop, api: Caller) -> None:
    named = sorted({path for method, path, _about in addresses(shop) if method == "GET" and "{" in path})

    for path in named:
        begin, end = path[: path.index("{")], path[path.index("}") + 1 :]
        for odd in ODD:
            assert is_told_well(api("GET", f"{begin}{quote(odd, safe='')}{end}")), (path, odd)
    for odd in ODD:
        assert shop.browser().post(f"/firstline/hooks/{quote(odd, safe='')}").status_code == 404


def test_no_body_and_no_method_breaks_it(shop: FakeShop, api: Caller) -> None:
    for method, path, about in addresses(shop):
        there = path.format_map(dict.fromkeys(("code", "ref", "place", "report_name"), "meier") | IDS)
        for other in ("HEAD", "OPTIONS", "TRACE"):
            assert api(other, there).status_code < 500
        for body, kind, statuses in BROKEN if "requestBody" in about else ():
            response = api(method, there, data=body, content_type=kind)
            assert is_told_well(response) and response.status_code in statuses, (path, kind, body[:20])
    assert kind_of(api("POST", "/coupons", {"name": "x" * 5_000_000})) == "too-large"


IDS = dict.fromkeys(
    (
        "coupon_id", "batch_id", "redemption_id", "run_id", "payout_id", "statement_id", "campaign_id",
        "reward_id", "suspicion_id", "invoice_id", "refund_id",
    ),
    "1",
)  # fmt: skip


def test_numbers_beyond_all_bounds_are_refused_with_their_place(api: Caller) -> None:
    for amount in ("1000000000000", "1e9", "-0", "٣", "NaN", "0.00001", 10**400):
        response = api("POST", "/coupons", data=json.dumps({"name": "x", "amount": amount}),
                       content_type="application/json")  # fmt: skip
        assert (response.status_code, kind_of(response)) == (400, "malformed")
        assert response.get_json()["errors"][0]["pointer"] == "/amount"
    assert api.post("/coupons", {"name": "x", "amount": "999999999999.99"})["amount"] == "999999999999.99"
