"""Whose uses count where: several codes of one coupon on one order, and reservations that change hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline import Cart, Customer, Order, Quote, Reason, Refused
from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.domain.window import Period
from flask_firstline.hooks import orders
from flask_firstline.models import Coupon, Redemption
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.coupons import change_coupon
from flask_firstline.services.mistakes import BadTerms
from tests.small_shop import WHO, SmallShop, build, line

LATE = datetime(2026, 3, 6, 23, 50, tzinfo=UTC)
LIMITS: list[dict[str, Any]] = [
    {"max_uses": 1},
    {"max_per_customer": 1},
    {"period": Period.DAY, "max_in_period": 1},
    {"period": Period.DAY, "max_per_customer_in_period": 1},
    {"budget": 700},
]


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    shop.time = LATE
    with shop.app.app_context():
        yield shop
        with shop.engine.connect() as conn:
            assert all_ok(check_counters(shop.state.context(conn)))
        shop.session.rollback()
        shop.engine.dispose()


def guest(name: str, **more: Any) -> Customer:
    return Customer(email=f"{name}@shop.example", **more)


ANNA = guest("anna")


def cart(who: Customer | None = ANNA, key: str = "k", price: str = "20.00") -> Cart:
    return Cart(key=key, currency="EUR", lines=[line(price=price)], customer=who)


def tried(shop: SmallShop, found: Cart, *codes: str) -> list[Reason | None]:
    """Apply codes and give how each of them ended."""
    reasons = [shop.firstline.apply_coupon(found, code).reason for code in codes]
    shop.session.commit()
    return reasons


def reserved(shop: SmallShop, found: Cart, *codes: str) -> Quote:
    assert tried(shop, found, *codes) == [None] * len(codes)
    quote = shop.firstline.reserve(found)
    shop.session.commit()
    return quote


def place(shop: SmallShop, ref: str, found: Cart, **more: Any) -> Reason | None:
    try:
        shop.firstline.order_placed(Order.from_cart(found, ref=ref, **more))
    except Refused as refused:
        shop.session.rollback()
        return refused.reason
    shop.session.commit()
    return None


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: sorted(limit)[0])
def test_two_codes_of_a_coupon_are_two_uses_of_it(shop: SmallShop, limit: dict[str, Any]) -> None:
    shop.coupon("Gift", codes=["gift-one", "gift-two"], stackable=True, **limit)

    assert tried(shop, cart(), "gift-one", "gift-two") == [None, Reason.USED_UP]
    assert place(shop, "both", cart(), codes=["gift-one", "gift-two"]) is Reason.USED_UP
    assert place(shop, "one", cart()) is None
    assert place(shop, "other", cart(), codes=["gift-two"]) is Reason.USED_UP


def test_two_codes_of_a_coupon_on_one_order_use_up_a_limit_of_two(shop: SmallShop) -> None:
    day = {"period": Period.DAY, "max_in_period": 2, "max_per_customer_in_period": 2}
    limits: dict[str, Any] = {"max_uses": 2, "max_per_customer": 2, "budget": 1000, **day}
    shop.coupon("Gift", codes=["gift-one", "gift-two", "gift-three"], stackable=True, **limits)

    assert reserved(shop, cart(), "gift-one", "gift-two").discount == 10
    assert tried(shop, cart(), "gift-three") == [Reason.USED_UP]
    assert place(shop, "both", cart()) is None
    assert place(shop, "more", cart(), codes=["gift-three"]) is Reason.USED_UP
    shop.firstline.order_cancelled("both")
    shop.session.commit()
    assert place(shop, "again", cart(), codes=["gift-two", "gift-three"]) is None


def test_goods_of_an_order_count_once_for_a_budget_of_orders(shop: SmallShop) -> None:
    shop.coupon("Gift", codes=["gift-one", "gift-two"], stackable=True, order_budget=1500)

    assert place(shop, "both", cart(), codes=["gift-one", "gift-two"]) is None
    assert shop.session.query(Coupon.ordered).scalar() == 1000


def test_what_is_reserved_for_nobody_counts_for_the_buyer_who_becomes_known(shop: SmallShop) -> None:
    shop.coupon("Once", codes=["once"], max_per_customer=1)

    with pytest.raises(Refused) as refused:
        assert tried(shop, cart(None), "once") == [None]
        shop.firstline.reserve(cart(None))
    shop.session.rollback()
    assert refused.value.reason is Reason.EMAIL_NEEDED
    assert place(shop, "anonymous", cart(None), codes=["once"]) is Reason.EMAIL_NEEDED
    assert [place(shop, ref, cart(), codes=["once"]) for ref in ("o1", "o2")] == [None, Reason.USED_UP]


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"max_per_customer": 1}, Reason.USED_UP),
        ({"period": Period.DAY, "max_per_customer_in_period": 1}, Reason.USED_UP),
        ({"new_customers_only": True}, Reason.NEW_CUSTOMERS_ONLY),
    ],
    ids=lambda value: sorted(value)[0] if isinstance(value, dict) else "",
)
def test_a_reservation_counts_for_who_places_the_order(
    shop: SmallShop, limit: dict[str, Any], reason: Reason
) -> None:
    shop.coupon("Once", codes=["once"], **limit)
    number, again = "+49 170 1234567", "0049 170 1234567"

    for key, first, second in (("k1", "bea", number), ("k2", "cleo", again)):
        reserved(shop, cart(guest(first), key=key), "once")
        placed = place(shop, key, cart(guest(f"other-{first}", phone=second), key=key))
        assert placed is (None if key == "k1" else reason)
    # Who only reserved and did not buy may use it still.
    assert place(shop, "bea", cart(guest("bea"), key="k3"), codes=["once"]) is None


def test_a_phone_that_is_given_late_is_claimed_and_never_breaks_a_promise(shop: SmallShop) -> None:
    shop.coupon("New", codes=["new"], new_customers_only=True)
    number = "+49 170 1234567"
    for name in ("bea", "cleo"):
        reserved(shop, cart(guest(name), key=name), "new")
    for name in ("bea", "cleo"):
        assert place(shop, name, cart(guest(name, phone=number), key=name)) is None

    assert place(shop, "dora", cart(guest("dora", phone=number)), codes=["new"]) is Reason.NEW_CUSTOMERS_ONLY


def test_codes_for_new_customers_share_one_claim_that_stays_while_one_of_them_does(shop: SmallShop) -> None:
    for name in ("one", "two"):
        shop.coupon(name, codes=[f"new-{name}"], new_customers_only=True, stackable=True)
    reserved(shop, cart(), "new-one", "new-two")
    shop.firstline.remove_coupon(cart(), "new-one")
    shop.session.commit()

    assert tried(shop, cart(), "new-one") == [None]
    assert place(shop, "o1", cart()) is None
    assert place(shop, "o2", cart(), codes=["new-two"]) is Reason.NEW_CUSTOMERS_ONLY
    live = [row.claimed for row in shop.session.query(Redemption) if row.state == "redeemed"]
    assert sorted(live) == [False, True]


def test_an_order_counts_on_the_day_on_which_it_is_placed(shop: SmallShop) -> None:
    shop.coupon("Daily", codes=["daily"], period=Period.DAY, max_in_period=1)
    reserved(shop, cart(), "daily")
    shop.time += timedelta(minutes=20)

    assert place(shop, "after midnight", cart()) is None
    assert place(shop, "the same day", cart(guest("bea")), codes=["daily"]) is Reason.USED_UP


def test_a_promise_over_midnight_holds_where_the_new_day_is_sold_out(shop: SmallShop) -> None:
    shop.coupon("Daily", codes=["daily"], period=Period.DAY, max_in_period=1)
    reserved(shop, cart(), "daily")
    shop.time += timedelta(minutes=20)
    assert place(shop, "quick", cart(guest("bea"), key="q"), codes=["daily"]) is None

    assert place(shop, "promised", cart()) is None
    assert place(shop, "late", cart(guest("cleo"), key="l"), codes=["daily"]) is Reason.USED_UP


def test_a_signal_of_a_sale_whose_code_fails_keeps_no_claim_of_the_reservation(shop: SmallShop) -> None:
    shop.coupon("New", codes=["new"], new_customers_only=True)
    reserved(shop, cart(), "new")
    changed = Order.from_cart(cart(price="30.00"), ref="told", promised_discount="9.00")
    orders.placed(shop.state, changed, commit=True, as_fact=True)

    assert [row.state for row in shop.session.query(Redemption)] == ["flagged"]
    assert place(shop, "o1", cart(), codes=["new"]) is Reason.NEW_CUSTOMERS_ONLY
    assert place(shop, "o2", cart(guest("bea"), key="b"), codes=["new"]) is None


def test_a_budget_cannot_be_set_where_uses_in_another_currency_would_count(shop: SmallShop) -> None:
    coupon_id = shop.coupon("Tenth", codes=["tenth"], percent=Decimal(10), currency=None)
    assert (
        place(shop, "o1", Cart(key="k", currency="CHF", lines=[line()], customer=ANNA), codes=["tenth"])
        is None
    )
    terms = CouponTerms(name="Tenth", kind=Kind.PERCENT, percent=Decimal(10), currency="EUR", budget=10000)

    with pytest.raises(BadTerms, match="used in CHF"), shop.seeding() as conn:
        change_coupon(conn, coupon_id, terms, who=WHO, now=shop.time)
    shop.firstline.order_cancelled("o1")
    shop.session.commit()
    with shop.seeding() as conn:
        assert change_coupon(conn, coupon_id, terms, who=WHO, now=shop.time)
