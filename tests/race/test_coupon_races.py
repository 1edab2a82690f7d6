"""Limits, budgets, periods and store credit of one code that hundreds want at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_firstline import Order
from flask_firstline.domain.coupon import Treatment
from flask_firstline.domain.window import Period
from flask_firstline.models import Call, Code, Coupon, PersonUse, Redemption
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_counters import check_counters
from tests.small_shop import SmallShop, line

from . import jobs
from .racers import Racers
from .test_races import count, run

LIVE = Redemption.state != "released"


def assert_counters_agree(shop: SmallShop) -> None:
    with shop.engine.connect() as conn:
        checks = check_counters(shop.state.context(conn))
    assert all_ok(checks), checks


# fmt: off
@pytest.mark.parametrize(("limit", "numbers"), [
    ({"max_uses": 100},                                                                  range(500)),
    ({"max_per_code": 100},                                                              range(160)),
    ({"budget": 100 * 500},                                                              range(160)),
    ({"period": Period.YEAR, "max_in_period": 100},                                      range(160)),
    ({"max_uses": 150, "max_per_code": 130, "budget": 100 * 500 + 499, "period": Period.YEAR,
      "max_in_period": 120},                                                             range(160)),
], ids=["coupon", "code", "budget", "period", "all of them"])
# fmt: on
def test_many_who_hold_or_order_at_once_use_a_code_a_hundred_times(
    field: Racers, shop: SmallShop, limit: dict[str, Any], numbers: Sequence[int]
) -> None:
    shop.coupon(codes=[jobs.CODE], **limit)

    found = run(field, shop, jobs.hold_or_place, numbers)

    assert found["placed"] + found["held"] == 100
    assert count(shop, Redemption, LIVE) == 100
    assert count(shop, Redemption, Redemption.state == "reserved") == found["held"]
    assert_counters_agree(shop)


def test_goods_of_all_orders_stay_within_their_budget(field: Racers, shop: SmallShop) -> None:
    shop.coupon(codes=[jobs.CODE], order_budget=50 * 3500)

    found = run(field, shop, jobs.new_customer_each, range(200))

    assert found["placed"] == 50
    assert shop.session.scalar(select(Coupon.ordered)) == 50 * 3500
    assert_counters_agree(shop)


def test_one_gift_card_pays_exactly_what_it_holds(field: Racers, shop: SmallShop) -> None:
    shop.coupon("Card", codes=["card"], amount=401_000, treatment=Treatment.MULTI_PURPOSE)

    found = run(field, shop, jobs.pay_with_the_card, range(240))

    assert found["placed"] >= 101
    assert shop.session.scalar(select(func.sum(Redemption.credit)).where(LIVE)) == 401_000
    assert shop.session.scalar(select(Code.credit_left)) == 0
    assert_counters_agree(shop)


def test_what_is_ended_many_times_comes_back_once(field: Racers, shop: SmallShop) -> None:
    shop.coupon("Card", codes=["card"], amount=3_000, treatment=Treatment.MULTI_PURPOSE)
    limits: dict[str, Any] = {"period": Period.YEAR, "max_in_period": 9, "max_per_customer_in_period": 3}
    shop.coupon(codes=[jobs.CODE], max_uses=9, budget=5000, order_budget=50_000, **limits)
    assert jobs.place(shop, jobs.order("o0", jobs.customer(0), (jobs.CODE, "card"))) == "placed"
    assert jobs.place(shop, jobs.order("o1", jobs.customer(0))) == "placed"

    run(field, shop, jobs.end_the_order, range(160))

    assert shop.session.scalar(select(Code.credit_left).where(Code.key == "card")) == 3_000
    coupon = shop.session.scalars(select(Coupon).where(Coupon.max_uses == 9)).one()
    assert (coupon.used, coupon.spent, coupon.ordered) == (1, 500, 3500)
    uses = shop.session.scalars(select(PersonUse.used).where(PersonUse.scope.like("coupon:%:%")))
    assert set(uses) == {1}
    assert_counters_agree(shop)


@pytest.mark.parametrize(("credit", "back"), [(1_000, 9 * 75), (3_000, 1_500)])
def test_credit_of_units_that_come_back_at_once_comes_back_once(
    field: Racers, shop: SmallShop, credit: int, back: int
) -> None:
    """Of 25.00 credit gets what exceeds the 10.00 charged, or at least 0.75 of each unit paid with 0.25."""
    shop.coupon("Card", codes=["card"], amount=credit, treatment=Treatment.MULTI_PURPOSE)
    bought = [line("u", "1.00", "40")]
    order = Order(ref="o", currency="EUR", lines=bought, customer=jobs.customer(0), codes=("card",))
    assert jobs.place(shop, order) == "placed"

    run(field, shop, jobs.refund_some_units, range(200))

    assert count(shop, Call, Call.kind == "invoice_refunded") == 25
    assert shop.session.scalar(select(Code.credit_left)) == back
    assert shop.session.scalar(select(Redemption.credit)) == credit - back
    assert_counters_agree(shop)
