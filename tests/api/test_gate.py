"""Who may call, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.services import api_keys
from flask_firstline.testing import FakeShop, make_code
from tests.tables import file_with_tables

from .kit import CART, ROOT, Caller, kind_of, make_key


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeShop]:
    """Give one shop for all: what is asked here changes nothing of it."""
    with FakeShop(file_with_tables(tmp_path_factory.mktemp("gate"))) as shop:
        make_code(shop.app, "vonmeier")
        yield shop


@pytest.fixture(scope="module")
def api(shop: FakeShop) -> Caller:
    """Give a caller that may do everything."""
    return Caller(shop, make_key(shop, "warehouse"))


OPERATIONS = (
    ("GET", "/coupons", "coupons:read"),
    ("GET", "/coupons/1", "coupons:read"),
    ("POST", "/coupons", "coupons:write"),
    ("PUT", "/coupons/1", "coupons:write"),
    ("PATCH", "/coupons/1", "coupons:write"),
    ("PUT", "/coupons/1/active", "coupons:write"),
    ("GET", "/codes", "codes:read"),
    ("GET", "/codes/vonmeier", "codes:read"),
    ("PUT", "/codes/vonmeier/shares", "codes:write"),
    ("POST", "/orders/o1/share", "commissions:write"),
    ("GET", "/codes/vonmeier/check", "codes:read"),
    ("POST", "/codes", "codes:write"),
    ("PATCH", "/codes/vonmeier", "codes:write"),
    ("PUT", "/codes/vonmeier/active", "codes:write"),
    ("GET", "/batches", "codes:read"),
    ("GET", "/batches/1", "codes:read"),
    ("GET", "/batches/1/codes.csv", "codes:read"),
    ("POST", "/batches", "codes:write"),
    ("GET", "/redemptions", "redemptions:read"),
    ("GET", "/redemptions/1", "redemptions:read"),
    ("POST", "/quote", "quote"),
    ("GET", "/orders", "orders:read"),
    ("GET", "/orders/o1", "orders:read"),
    ("POST", "/orders", "orders:write"),
    ("PUT", "/orders/o1", "orders:write"),
    ("POST", "/orders/o1/cancel", "orders:write"),
    ("POST", "/orders/o1/complete", "orders:write"),
    ("POST", "/orders/o1/payment-failed", "orders:write"),
    ("POST", "/reservations", "orders:write"),
    ("DELETE", "/reservations/c1", "orders:write"),
    ("GET", "/invoices", "invoices:read"),
    ("GET", "/invoices/1", "invoices:read"),
    ("POST", "/invoices", "invoices:write"),
    ("GET", "/refunds", "invoices:read"),
    ("GET", "/refunds/1", "invoices:read"),
    ("POST", "/refunds", "invoices:write"),
    ("POST", "/events", "events:write"),
    ("GET", "/contacts", "contacts:read"),
    ("POST", "/contacts", "contacts:write"),
    ("GET", "/contacts/17", "contacts:read"),
    ("GET", "/contacts/17/history", "contacts:read"),
    ("GET", "/contacts/17/export", "contacts:export"),
    ("PATCH", "/contacts/17", "contacts:write"),
    ("DELETE", "/contacts/17", "contacts:erase"),
    ("PUT", "/contacts/17/segments", "contacts:write"),
    ("GET", "/touches", "touches:read"),
    ("POST", "/touches", "touches:write"),
    ("GET", "/partners", "partners:read"),
    ("GET", "/partners/meier", "partners:read"),
    ("GET", "/partners/meier/first-line", "partners:read"),
    ("POST", "/partners", "partners:write"),
    ("GET", "/accruals", "commissions:read"),
    ("GET", "/accruals/1.1", "commissions:read"),
    ("GET", "/payout-runs", "payouts:read"),
    ("GET", "/payout-runs/1", "payouts:read"),
    ("POST", "/payout-runs", "payouts:write"),
    ("POST", "/payout-runs/1/refresh", "payouts:write"),
    ("POST", "/payout-runs/1/discard", "payouts:write"),
    ("POST", "/payout-runs/1/release", "payouts:release"),
    ("POST", "/payout-runs/1/sepa.xml", "payouts:release"),
    ("POST", "/payout-runs/1/paypal.csv", "payouts:release"),
    ("POST", "/payout-runs/1/paid", "payouts:release"),
    ("PATCH", "/payouts/1", "payouts:write"),
    ("POST", "/payouts/1/paid", "payouts:release"),
    ("POST", "/payouts/1/failed", "payouts:release"),
    ("GET", "/campaigns", "campaigns:read"),
    ("GET", "/campaigns/1", "campaigns:read"),
    ("GET", "/sharers", "campaigns:read"),
    ("GET", "/rewards", "campaigns:read"),
    ("GET", "/rewards/1", "campaigns:read"),
    ("GET", "/suspicions", "suspicions:read"),
    ("GET", "/suspicions/1", "suspicions:read"),
    ("GET", "/payouts", "payouts:read"),
    ("GET", "/payouts/1", "payouts:read"),
    ("GET", "/statements", "payouts:read"),
    ("GET", "/statements/1", "payouts:read"),
    ("GET", "/reports/sales", "reports:read"),
    ("GET", "/bookkeeping.csv", "reports:read"),
)


def test_each_operation_asks_for_exactly_its_scope(shop: FakeShop) -> None:
    scopes = {scope for _method, _path, scope in OPERATIONS}
    without = {one: Caller(shop, make_key(shop, f"no {one}", sorted(scopes - {one}))) for one in scopes}
    only = {one: Caller(shop, make_key(shop, f"only {one}", [one])) for one in scopes}

    for method, path, scope in OPERATIONS:
        body: object = None if method in {"GET", "DELETE"} else {}
        refused = without[scope](method, path, body)
        let_in = only[scope](method, path, body)

        assert (refused.status_code, kind_of(refused)) == (403, "not-allowed"), path
        assert scope in refused.get_json()["detail"]
        assert f'scope="{scope}"' in refused.headers["WWW-Authenticate"]
        assert let_in.status_code not in {401, 403}, path


def test_the_list_of_operations_is_whole(shop: FakeShop) -> None:
    document = shop.browser().get(f"{ROOT}/openapi.json").get_json()

    offered = {
        (method.upper(), about["security"][0]["key"][0])
        for methods in document["paths"].values()
        for method, about in methods.items()
        if method != "parameters"
    }
    count = sum(m != "parameters" for methods in document["paths"].values() for m in methods)

    assert {scope for _method, _path, scope in OPERATIONS} == set(api_keys.SCOPES)
    assert offered == {(method, scope) for method, _path, scope in OPERATIONS}
    assert count == len(OPERATIONS)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic bWVpZXI6c2VjcmV0"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Cookie": "session=x"},
    ],
)
def test_without_a_key_there_is_nothing(shop: FakeShop, headers: dict[str, str]) -> None:
    response = shop.browser().get(f"{ROOT}/coupons", headers=headers)

    assert (response.status_code, kind_of(response)) == (401, "no-key")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/coupons", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/coupons/1", "GET, HEAD, OPTIONS, PATCH, PUT"),
        ("TRACE", "/quote", "OPTIONS, POST"),
    ],
)
def test_a_method_that_is_not_offered_names_those_that_are(
    api: Caller, method: str, path: str, allowed: str
) -> None:
    response = api(method, path)

    assert (response.status_code, kind_of(response)) == (405, "method")
    assert response.headers["Allow"] == allowed
    assert api("OPTIONS", path).headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/nothing", "/coupons/1/nothing", "/coupons/", "/coupons/1/active/x"])
def test_an_address_that_means_nothing_is_told_as_a_problem(api: Caller, path: str) -> None:
    response = api("POST", path, {})

    assert response.status_code in {404, 405}
    assert kind_of(response) in {"not-found", "method"}


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"", "application/json", "not-json"),
        (b"{", "application/json", "not-json"),
        (b'{"name": NaN}', "application/json", "not-json"),
        (b"\xff\xfe", "application/json", "not-json"),
        (b"[" * 100_000, "application/json", "not-json"),
        (b'{"max": ' + b"9" * 5000 + b"}", "application/json", "not-json"),
        (b"[]", "application/json", "malformed"),
        (b"null", "application/json", "malformed"),
        (b"{}", "text/plain", "media-type"),
        (b"name=x", "application/x-www-form-urlencoded", "media-type"),
        (b" " * 1_000_001, "application/json", "too-large"),
    ],
)
@pytest.mark.parametrize("idempotent", [False, True])
def test_a_body_that_is_no_json_object_is_refused(
    api: Caller, body: bytes, content_type: str, kind: str, idempotent: bool
) -> None:
    key = "one" if idempotent else None

    response = api("POST", "/coupons", data=body, content_type=content_type, key=key)

    assert kind_of(response) == kind


def test_answers_carry_no_cookies_and_open_nothing_to_other_sites(api: Caller) -> None:
    for response in (
        api("GET", "/coupons"),
        api("POST", "/quote", CART),
        api("OPTIONS", "/quote", headers={"Origin": "https://evil.example"}),
    ):
        assert "Set-Cookie" not in response.headers
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
        assert response.headers["Cache-Control"] == "no-store"
