"""The test kit: a shop to test against, a clock, factories, and the contract that proves an adapter.

    from flask_firstline.testing import FakeShop, make_code, make_partner, make_terms

    with FakeShop() as shop:
        make_partner(shop.app, "meier")
        make_terms(shop.app, 10, 5, 1)
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00", min_order="20.00")
        shop.place(make_cart(), "o1", codes=["vonmeier"])
        shop.pay("o1")
        assert shop.balance("meier").on_hold == Decimal("1.68")

Nothing here needs a test framework; `ShopContract` is collected by pytest in your own subclass.
"""

from __future__ import annotations

from .clock import NOON, Clock
from .contract import ShopContract
from .driver import ShopDriver
from .fake_shop import ADMIN, FakeShop
from .goods import SHELF, make_cart, make_customer, make_line, sum_of
from .program import (
    make_code,
    make_coupon,
    make_partner,
    make_product,
    make_terms,
    set_sponsor,
    suspend_partner,
    switch_code,
)

__all__ = [
    "ADMIN",
    "NOON",
    "SHELF",
    "Clock",
    "FakeShop",
    "ShopContract",
    "ShopDriver",
    "make_cart",
    "make_code",
    "make_coupon",
    "make_customer",
    "make_line",
    "make_partner",
    "make_product",
    "make_terms",
    "set_sponsor",
    "sum_of",
    "suspend_partner",
    "switch_code",
]
