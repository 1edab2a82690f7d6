from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from flask_firstline import Customer, Order, Refused
from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.models import Code, Coupon
from flask_firstline.services.codes import change_code
from flask_firstline.services.coupons import change_coupon
from tests.small_shop import WHO, SmallShop, build, goods

from .program_kit import row_of


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


def place(shop: SmallShop, ref: str) -> str:
    with shop.app.app_context():
        buyer = Customer(ref=ref, email=f"{ref}@example.com")
        try:
            shop.firstline.order_placed(
                Order(ref=ref, currency="EUR", lines=goods(1), codes=("vonmeier",), customer=buyer)
            )
        except Refused as refused:
            shop.session.rollback()
            return str(refused.reason)
        shop.session.commit()
        return "placed"


@pytest.mark.parametrize("of_code", [False, True])
def test_a_limit_that_is_set_while_orders_come_in_counts_them_all(shop: SmallShop, of_code: bool) -> None:
    with shop.app.app_context():
        coupon_id = shop.coupon(codes=["vonmeier"])
        engine = shop.engine
    limited = CouponTerms(name="Five off", kind=Kind.AMOUNT, amount=500, currency="EUR", max_uses=1)

    with ThreadPoolExecutor(1) as pool:
        with engine.connect() as conn:
            if conn.dialect.name == "sqlite":
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            if of_code:
                change_code(conn, 1, owner_id=None, holder_id=None, max_uses=1, who=WHO, now=shop.time)
            else:
                change_coupon(conn, coupon_id, limited, who=WHO, now=shop.time)
            first: Future[str] = pool.submit(place, shop, "o1")
            with pytest.raises(TimeoutError):
                first.result(timeout=1)
            conn.commit()

        assert first.result(timeout=30) == "placed"
        assert place(shop, "o2") == "used_up"
    with engine.connect() as conn:
        counted = row_of(conn, Code, 1) if of_code else row_of(conn, Coupon, coupon_id)
        assert counted.used == 1
