"""The forty worked cases, replayed through the public calls."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline import Cart, Quote
from flask_firstline.testing import FakeShop, make_code, make_customer, make_line, make_partner, make_terms

from ..unit.carts import EXAMPLES

Case = dict[str, Any]
AS: dict[str, Callable[[str], Any]] = {"str": str, "float": float, "int": int}


@pytest.fixture
def shop(firstline_url: str) -> Any:
    with FakeShop(firstline_url, mount=()) as shop:
        yield shop


def set_up(shop: FakeShop, case: Case) -> None:
    currency = case["cart"]["currency"]
    for partner in case["partners"]:
        make_partner(shop.app, partner["ref"], sponsor=partner["sponsor"])
    for coupon in case["coupons"]:
        terms = {name: value for name, value in coupon.items() if name not in {"name", "code", "owner"}}
        terms |= {"currency": currency, "stackable": True}
        make_code(shop.app, coupon["code"], owner=coupon.get("owner"), **terms)
    for row in case["terms"]:
        place: dict[str, Any] = {"level": row["level"], "partner": row.get("partner")}
        place |= {"product": row.get("product"), "currency": currency, "fixed": row.get("amount")}
        make_terms(shop.app, *([row["percent"]] if "percent" in row else []), **place)


def cart_of(case: Case) -> Cart:
    given = case["cart"]
    read = AS[given["amounts_as"]]
    lines = [
        make_line(
            line["key"],
            read(line["unit_price"]),
            quantity=Decimal(line["quantity"]),
            product=line["product_ref"],
            vat_rate=line.get("vat_rate"),
            coupon_allowed=line.get("coupon_allowed", True),
            categories=line.get("categories", ()),
        )
        for line in given["lines"]
    ]
    names = ("currency", "prices_include_vat", "shipping_vat_rate", "discount")
    plain = {name: given[name] for name in names if name in given}
    return Cart(key="c1", lines=lines, shipping=read(given["shipping"]), customer=make_customer(), **plain)


def as_told(quote: Quote) -> Case:
    return {
        "ok": quote.ok,
        "discount": str(quote.discount),
        "allocation": {key: str(amount) for key, amount in quote.allocation.items()},
        "vat": {str(rate): str(amount) for rate, amount in quote.vat.items()},
        "total": str(quote.total),
    }


def do(shop: FakeShop, step: Case, case: Case) -> None:
    read = AS[case["cart"]["amounts_as"]]
    amount = read(step["amount"]) if "amount" in step else None
    if step["do"] == "pay":
        shop.pay("o1", step["ref"], amount=amount)
        return
    lines = {line["key"]: line["quantity"] for line in step.get("lines", ())}
    shop.refund("o1", step["ref"], amount=amount, lines=lines)


def balances(shop: FakeShop, case: Case) -> dict[str, str]:
    found = {p["ref"]: shop.balance(p["ref"], case["cart"]["currency"]) for p in case["partners"]}
    return {ref: f"{balance.on_hold + balance.payable:f}" for ref, balance in found.items()}


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["title"])
def test_a_worked_case_comes_out_to_the_cent(shop: FakeShop, case: Case) -> None:
    set_up(shop, case)
    cart, expected = cart_of(case), case["expect"]
    quotes = [shop.apply(cart, coupon["code"]) for coupon in case["coupons"]]
    quote = quotes[-1]
    assert as_told(quote) == expected["quote"]
    if not case.get("steps"):
        return
    placed = shop.place(cart, "o1", promised_discount=quote.discount)
    assert as_told(placed) == expected["quote"]

    for step, after in zip(case["steps"], expected["balances"], strict=True):
        do(shop, step, case)
        wanted = {ref: Decimal(amount) for ref, amount in after.items() if ref != "after"}
        assert {ref: Decimal(amount) for ref, amount in balances(shop, case).items()} == wanted, step
