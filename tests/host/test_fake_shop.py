"""The shop of the test kit works as shops do."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from flask_firstline.models import Document, Redemption
from flask_firstline.testing import (
    ADMIN,
    Clock,
    FakeShop,
    make_cart,
    make_code,
    make_partner,
    make_product,
    make_terms,
    set_sponsor,
    suspend_partner,
)


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    with FakeShop(firstline_url) as shop:
        for ref, sponsor in (("opa", None), ("schulz", "opa"), ("meier", "schulz")):
            make_partner(shop.app, ref, sponsor=sponsor)
        make_terms(shop.app, 10, 5, 1)
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00", min_order="20.00")
        yield shop


def test_a_sale_goes_from_the_code_to_the_balances(shop: FakeShop) -> None:
    quote = shop.apply(make_cart(), "vonmeier")
    shop.place(make_cart(), "o1", promised_discount=quote.discount)
    shop.pay("o1")

    assert [str(shop.balance(ref).on_hold) for ref in ("meier", "schulz", "opa")] == ["1.68", "0.84", "0.16"]
    assert shop.own_order("o1").total == "20.00"
    assert shop.own_order("o1").paid
    found = shop.contact("ina")
    assert found is not None
    assert (found.sponsor_ref, found.address_type) == ("meier", "customer")


def test_the_clock_moves_holds(shop: FakeShop) -> None:
    shop.place(make_cart(), "o1", codes=["vonmeier"])
    shop.pay("o1")
    shop.clock.advance(days=30)

    assert shop.balance("meier").payable == Decimal("1.68")
    assert Clock()() < shop.clock()


def test_a_refused_order_leaves_nothing(shop: FakeShop) -> None:
    with pytest.raises(Exception, match="cannot be used"):
        shop.place(make_cart(), "o1", codes=["nonesuch"])

    assert shop.rows(Document) == shop.rows(Redemption) == []


def test_what_an_admin_does_is_one_call_each(shop: FakeShop) -> None:
    make_partner(shop.app, "neu")
    set_sponsor(shop.app, "neu", "meier")
    suspend_partner(shop.app, "schulz")
    make_product(shop.app, "p-a", takes_part=False)
    make_terms(shop.app, partner="meier", fixed="1.50")
    shop.place(make_cart(), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert shop.balance("meier").on_hold == Decimal("1.50")
    assert shop.balance("schulz").on_hold == 0
    neu = shop.contact("neu")
    assert neu is not None
    assert neu.sponsor_ref == "meier"


def test_people_shop_in_browsers(shop: FakeShop) -> None:
    browser = shop.browser()
    shop.put(browser, "towel")
    assert '<strong id="total">25.00</strong>' in browser.get("/cart").text
    browser.post("/sign-up", data={"email": "ina@shop.example", "code": "vonmeier"})
    page = browser.get("/cart").text
    assert '<strong id="total">20.00</strong>' in page
    answer = browser.post("/checkout", data={"promised": "5.00"})

    assert answer.headers["Location"] == "/orders/o1"
    assert '<p id="total">20.00</p>' in browser.get("/orders/o1").text
    assert browser.post("/checkout").status_code == 409
    assert shop.browser(ADMIN).get("/").status_code == 200
