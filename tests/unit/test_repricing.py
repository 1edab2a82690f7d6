"""Orders priced anew: a minimum that is asked for again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.basket import Basket, BasketLine
from flask_firstline.domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from flask_firstline.domain.quote import Priced, price
from flask_firstline.domain.repricing import reprice

AFTER = OrderValue.AFTER


def goods(total: int) -> Basket:
    line = BasketLine(key="a", product_ref="p", quantity=Decimal(1), total=total, vat_rate=Decimal(19))
    return Basket(currency="EUR", lines=(line,))


def off(amount: int, **more: Any) -> CouponTerms:
    return CouponTerms(name="c", kind=Kind.AMOUNT, amount=amount, currency="EUR", stackable=True, **more)


def names(priced: Priced) -> list[str]:
    return [item.code for item in priced.items]


def test_below_its_minimum_a_coupon_that_asks_again_takes_nothing_off() -> None:
    again, once = off(500, min_order=2000, minimum_again=True), off(100, min_order=2000)

    assert names(reprice(goods(2000), [("again", again), ("once", once)])) == ["again", "once"]
    assert names(reprice(goods(1999), [("again", again), ("once", once)])) == ["once"]


def test_after_coupons_the_one_that_asks_for_most_goes_first_and_the_other_holds_without_it() -> None:
    more = off(500, min_order=1900, minimum_again=True, order_value=AFTER)
    less = off(300, min_order=1500, minimum_again=True, order_value=AFTER)

    assert names(reprice(goods(2000), [("more", more), ("less", less)])) == ["less"]
    assert names(reprice(goods(1799), [("more", more), ("less", less)])) == []


def test_store_credit_pays_whatever_the_minimum() -> None:
    credit = off(500, min_order=2000, minimum_again=True, treatment=Treatment.MULTI_PURPOSE)

    assert reprice(goods(100), [("credit", credit)]).credit == 100


@given(
    total=st.integers(0, 5000),
    coupons=st.lists(
        st.builds(
            off,
            st.integers(1, 2000),
            min_order=st.none() | st.integers(0, 5000),
            minimum_again=st.booleans(),
            order_value=st.sampled_from(OrderValue),
        ),
        max_size=4,
    ),
)
def test_what_holds_reaches_its_minimum_and_is_priced_as_if_it_were_alone(
    total: int, coupons: list[CouponTerms]
) -> None:
    named = [(str(n), terms) for n, terms in enumerate(coupons)]
    priced = reprice(goods(total), named)

    held = [coupon for coupon in named if coupon[0] in (*names(priced), *priced.useless)]
    assert priced == price(goods(total), held)
    for _, terms in held:
        found = priced.goods_gross if terms.order_value is AFTER else total
        assert not terms.minimum_again or found >= (terms.min_order or 0)
    assert all(coupon in held for coupon in named if not coupon[1].minimum_again)
