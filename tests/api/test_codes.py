"""Codes, batches, redemptions and quotes by the API."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from flask_firstline.api.batches import AT_ONCE
from flask_firstline.delivery.worker import work_once
from flask_firstline.errors import TEXTS, Reason
from flask_firstline.models import AppliedCode, Attempt, Audit, Code, Redemption
from flask_firstline.services.code_wanted import MOST
from flask_firstline.testing import FakeShop, make_cart, make_code, make_line

from .kit import CART, Caller, kind_of


def test_a_code_is_made_found_in_any_spelling_and_changed(api: Caller) -> None:
    made = api.post("/codes", {"code": "Von Ina", "coupon": 1, "owner": "meier", "max": 3})

    found = api.get("/codes/VON-ina")
    changed = api("PATCH", "/codes/vonina", {"owner": None, "max": 5}).get_json()

    assert made == found
    assert (made["code"], made["owner"], made["max"], made["uses"]) == ("Von Ina", "meier", 3, 0)
    assert changed == {**made, "owner": None, "max": 5}


def test_a_patch_without_anything_changes_nothing(api: Caller, shop: FakeShop) -> None:
    before = api.get("/codes/vonmeier")

    assert api("PATCH", "/codes/vonmeier", {}).get_json() == before
    assert [row.act for row in shop.rows(Audit, noun="code")] == ["create"]


def test_a_code_that_is_off_stays_taken_and_says_so(api: Caller) -> None:
    off = api("PUT", "/codes/vonmeier/active", {"active": False}).get_json()

    assert off["active"] is False
    assert kind_of(api("POST", "/codes", {"code": "VONMEIER", "coupon": 1})) == "code-taken"
    assert api.get("/codes/vonmeier/check")["reason"] == "inactive"


def test_codes_and_batches_have_dates_of_their_own(api: Caller) -> None:
    begins, ends = "2026-12-01T00:00:00+00:00", "2026-12-31T23:00:00+00:00"
    given = {"coupon": 1, "from": "2026-12-01T01:00:00+01:00", "until": ends}

    made = api.post("/codes", {"code": "Advent", **given})
    batch = api.post("/batches", {"count": 1, **given})
    [drawn] = api.get("/codes", batch=batch["id"])["items"]
    open_end = api("PATCH", "/codes/advent", {"until": None}).get_json()
    wrong = api("PATCH", "/codes/advent", {"until": begins})

    assert [(code["from"], code["until"]) for code in (made, drawn)] == [(begins, ends)] * 2
    assert open_end == {**made, "until": None}
    assert (wrong.status_code, kind_of(wrong)) == (422, "contradiction")
    assert api.get("/codes/advent/check")["reason"] == "not_yet"


@pytest.mark.parametrize(
    ("given", "status", "kind"),
    [
        ({"code": "VON meier", "coupon": 1}, 409, "code-taken"),
        ({"code": "v0nmeier", "coupon": 1}, 409, "looks-alike"),
        ({"code": "---", "coupon": 1}, 422, "bad-code"),
        ({"code": "a\u2028b", "coupon": 1}, 422, "bad-code"),
        ({"code": "Neu", "coupon": 99}, 422, "contradiction"),
        ({"code": "Neu", "coupon": 1, "owner": "nobody"}, 422, "contradiction"),
        ({"code": "Neu", "coupon": 1, "credit": "5.00"}, 422, "contradiction"),
        ({"code": "", "coupon": 1}, 400, "malformed"),
        ({"code": "x" * 65, "coupon": 1}, 400, "malformed"),
        ({"code": "Neu"}, 400, "malformed"),
        ({"code": "Neu", "coupon": "1"}, 400, "malformed"),
    ],
)
def test_a_code_that_cannot_be_is_refused(
    api: Caller, shop: FakeShop, given: dict[str, Any], status: int, kind: str
) -> None:
    response = api("POST", "/codes", given)

    assert (response.status_code, kind_of(response)) == (status, kind), response.get_json()
    assert len(shop.rows(Code)) == 1


def test_a_limit_below_what_is_used_is_a_conflict(api: Caller, shop: FakeShop) -> None:
    for number in range(2):
        shop.place(make_cart(customer=shop.add_customer(f"c{number}")), f"o{number}", codes=["vonmeier"])

    assert kind_of(api("PATCH", "/codes/vonmeier", {"max": 1})) == "below-use"
    assert api("PATCH", "/codes/vonmeier", {"max": 2}).status_code == 200


@pytest.mark.parametrize("code", ["nobody", "%00", "a%0ab", "x" * 200, "%E2%80%8B", "%FF", "..", "%2e%2e"])
def test_a_code_that_is_not_there_is_not_found(api: Caller, code: str) -> None:
    assert kind_of(api("GET", f"/codes/{code}")) == "not-found"


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"owner": "meier"}, ["vonmeier"]),
        ({"owner": "nobody"}, []),
        ({"coupon": 1}, ["vonmeier", "Extra"]),
        ({"coupon": 2}, ["other"]),
        ({"active": "false"}, ["Extra"]),
        ({"code": "EX-tra"}, ["Extra"]),
        ({"holder": "meier"}, ["Extra"]),
    ],
)
def test_lists_of_codes_are_narrowed(
    api: Caller, shop: FakeShop, asked: dict[str, object], codes: list[str]
) -> None:
    api.post("/codes", {"code": "Extra", "coupon": 1, "holder": "meier"})
    api("PUT", "/codes/extra/active", {"active": False})
    make_code(shop.app, "other")

    assert [item["code"] for item in api.get("/codes", **asked)["items"]] == codes


def test_a_check_says_exactly_why_and_whether_the_code_can_be_made(api: Caller, shop: FakeShop) -> None:
    make_code(shop.app, "forina", holder="meier")

    assert api.get("/codes/VonMeier/check") == {
        "code": "vonmeier", "exists": True, "usable": True, "reason": None, "message": "", "free": False,
        "problem": "taken",
    }  # fmt: skip
    assert api.get("/codes/vonmeier/check", customer="meier")["reason"] == "own_code"
    assert api.get("/codes/vonmeier/check", currency="USD")["reason"] == "currency"
    assert api.get("/codes/forina/check", customer="otto")["reason"] == "not_yours"
    assert api.get("/codes/forina/check", customer="meier")["usable"] is True
    assert api.get("/codes/forina/check", email="meier@shop.example")["usable"] is True
    free = api.get("/codes/fresh/check")
    assert (free["exists"], free["usable"], free["reason"], free["free"]) == (False, False, "unknown", True)
    assert api.get("/codes/v0nmeier/check")["problem"] == "looks_alike"
    assert shop.rows(Attempt)[0].key == "api:1"
    assert len(shop.rows(Attempt)) == 1


def test_a_small_batch_is_there_at_once(api: Caller, shop: FakeShop) -> None:
    response = api(
        "POST", "/batches", {"coupon": 1, "count": 5, "prefix": "FAIR-", "owner": "meier", "max": 1}
    )

    batch = response.get_json()
    codes = api.get("/codes", batch=batch["id"])["items"]
    assert (response.status_code, batch["state"], batch["made"]) == (201, "done", 5)
    assert response.headers["Location"].endswith(f"/batches/{batch['id']}")
    assert {(code["owner"], code["max"], code["coupon"]) for code in codes} == {("meier", 1, 1)}
    assert len({code["code"] for code in codes}) == 5
    assert all(code["code"].startswith("FAIR-") for code in codes)


def test_a_large_batch_is_drawn_by_the_worker(api: Caller, shop: FakeShop) -> None:
    wanted = AT_ONCE + 1

    response = api("POST", "/batches", {"coupon": 1, "count": wanted})
    place = f"/batches/{response.get_json()['id']}"
    before = api.get(place)
    for _ in range(2):
        with shop.app.app_context():
            work_once(shop.state)
    after = api.get(place)

    assert response.status_code == 202
    assert (before["state"], before["made"]) == ("waiting", 0)
    assert (after["state"], after["made"]) == ("done", wanted)
    assert len(shop.rows(Code)) == wanted + 1


def test_the_codes_of_a_batch_are_exported(api: Caller) -> None:
    batch = api.post("/batches", {"coupon": 1, "count": 3, "owner": "meier"})

    response = api("GET", f"/batches/{batch['id']}/codes.csv")

    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    listed = [code["code"] for code in api.get("/codes", batch=batch["id"])["items"]]
    assert response.mimetype == "text/csv"
    assert [row["code"] for row in rows] == listed
    assert {row["owner"] for row in rows} == {"meier"}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"coupon": 1, "count": 0}, 400),
        ({"coupon": 1, "count": MOST + 1}, 400),
        ({"coupon": 1, "count": 5, "prefix": "a b"}, 400),
        ({"coupon": 99, "count": 5}, 422),
        ({"coupon": 1, "count": 600_000, "length": 4}, 422),
        ({"coupon": 1, "count": 5, "length": 40, "prefix": "X"}, 422),
    ],
)
def test_a_batch_that_cannot_be_is_refused(api: Caller, given: dict[str, Any], status: int) -> None:
    assert api("POST", "/batches", given).status_code == status
    assert api.get("/batches")["items"] == []


def test_redemptions_are_listed_with_what_they_took_off(api: Caller, shop: FakeShop) -> None:
    shop.place(make_cart(customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
    shop.clock.advance(hours=1)
    shop.place(make_cart(customer=shop.add_customer("tom")), "o2", codes=["vonmeier"])
    shop.cancel("o1")

    both = api.get("/redemptions", code="Von-Meier")["items"]
    since = api.get("/redemptions", since="2026-05-04T15:00:00+02:00", state="redeemed")["items"]

    assert [(r["order"], r["customer"], r["state"]) for r in both] == [
        ("o1", "ina", "released"),
        ("o2", "tom", "redeemed"),
    ]
    assert (both[1]["discount"], both[1]["currency"], both[1]["credit"]) == ("5.00", "EUR", "0.00")
    assert [r["order"] for r in since] == ["o2"]
    assert [r["order"] for r in api.get("/redemptions", customer="ina")["items"]] == ["o1"]
    assert [r["order"] for r in api.get("/redemptions", order="o2", coupon=1)["items"]] == ["o2"]
    assert api.get(f"/redemptions/{both[0]['id']}") == both[0]
    assert api.get("/codes/vonmeier")["uses"] == 1


def test_a_quote_prices_to_the_cent_and_keeps_nothing(api: Caller, shop: FakeShop) -> None:
    quote = api.post("/quote", {**CART, "shipping": "4.90", "shipping_vat_rate": "19"})

    assert quote["ok"] is True
    assert (quote["discount"], quote["total"], quote["to_pay"]) == ("5.00", "29.70", "29.70")
    assert quote["allocation"] == {"1": "5.00"}
    assert quote["vat"] == {"19": "4.74"}
    assert [item["label"] for item in quote["items"]] == ["Coupon vonmeier"]
    assert not shop.rows(AppliedCode) and not shop.rows(Redemption)


def test_a_quote_tells_every_code_that_does_not_hold_and_exactly_why(api: Caller, shop: FakeShop) -> None:
    make_code(shop.app, "spent", max_uses=1)
    shop.place(make_cart(customer=shop.add_customer("tom")), "o1", codes=["spent"])
    make_code(shop.app, "rich", min_order="100.00")
    codes = ["spent", "nobody", "VONMEIER", "rich", "von-meier"]

    quote = api.post("/quote", {**CART, "codes": codes})

    told = {refused["code"]: refused["reason"] for refused in quote["refused"]}
    messages = {refused["code"]: refused["message"] for refused in quote["refused"]}
    assert (quote["ok"], quote["codes"], quote["discount"]) == (False, ["vonmeier"], "5.00")
    assert (told["spent"], told["nobody"]) == ("used_up", "unknown")
    assert messages["spent"] == TEXTS[Reason.USED_UP]
    assert set(told) == {"spent", "nobody", "rich"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"lines": []}, 200),
        ({"codes": []}, 200),
        ({"customer": {"email": "guest@shop.example"}}, 200),
        ({"customer": {"ref": "meier"}}, 200),
        ({"customer": None}, 200),
        ({"currency": "JPY"}, 200),
        ({"came_by": "link"}, 200),
        ({"currency": "XXX"}, 422),
        ({"lines": CART["lines"] * 2}, 422),
        ({"lines": [{**CART["lines"][0], "unit_price": "999999999999", "quantity": "999999"}]}, 422),
        ({"lines": [{**CART["lines"][0], "quantity": 2}]}, 400),
        ({"lines": [{**CART["lines"][0], "quantity": "-1"}]}, 400),
        ({"lines": [{**CART["lines"][0], "vat_rate": "0.19"}]}, 400),
        ({"lines": None}, 400),
        ({"codes": ["x"] * 21}, 400),
        ({"total": "5.00"}, 400),
    ],
)
def test_carts_are_read_exactly(api: Caller, change: dict[str, Any], status: int) -> None:
    response = api("POST", "/quote", {**CART, **change})

    assert response.status_code == status, response.get_json()
    if status != 200:
        kind_of(response)


def test_quote_and_order_of_the_same_cart_agree(api: Caller, shop: FakeShop) -> None:
    lines = (make_line("a", "19.99", quantity=3), make_line("b", "0.35", vat_rate=7))
    packed = [
        {
            "key": line.key,
            "product_ref": line.product_ref,
            "quantity": str(line.quantity),
            "unit_price": str(line.unit_price),
            "vat_rate": str(line.vat_rate),
        }
        for line in lines
    ]

    quote = api.post("/quote", {**CART, "lines": packed})
    placed = shop.place(make_cart(*lines, customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])

    assert quote["total"] == str(placed.total)
    assert quote["allocation"] == {key: str(amount) for key, amount in placed.allocation.items()}


@pytest.mark.parametrize("code", ["Tea/2026", "/a//b/", "tea/../50% off?", "x/check", "x/active"])
def test_a_code_with_slashes_has_an_address(api: Caller, code: str) -> None:
    made = api("POST", "/codes", {"code": code, "coupon": 1})

    place = made.headers["Location"].removeprefix("/firstline/api/v1")
    found = api.get(place)
    off = api("PUT", f"{place}/active", {"active": False}).get_json()
    check = api.get(f"{place}/check")
    changed = api("PATCH", place, {"max": 7}).get_json()

    assert (made.status_code, found["code"], off["active"]) == (201, code, False)
    assert (check["reason"], changed["max"]) == ("inactive", 7)


def test_a_slash_may_be_quoted_or_not(api: Caller) -> None:
    api.post("/codes", {"code": "Tea/2026", "coupon": 1})

    assert api.get("/codes/tea%2F2026") == api.get("/codes/TEA/2026")
