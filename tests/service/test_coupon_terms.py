"""Windows, periods, budgets, groups and links: how they hold while a shop sells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from flask_firstline import Cart, Customer, Invoice, Line, Order, Quote, Reason, Refused
from flask_firstline.domain.coupon import CouponTerms, Kind, OrderValue
from flask_firstline.domain.window import Period
from flask_firstline.models import Coupon, PersonUse, Redemption
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.coupons import change_coupon
from flask_firstline.services.mistakes import BadTerms, LimitBelowUse
from tests.small_shop import WHO, SmallShop, build, line

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url, FIRSTLINE_TIMEZONE="Europe/Berlin")
    shop.time = FRIDAY
    with shop.app.app_context():
        yield shop
        with shop.engine.connect() as conn:
            assert all_ok(check_counters(shop.state.context(conn)))
        shop.session.rollback()
        shop.engine.dispose()


def buyer(ref: str = "anna") -> Customer:
    return Customer(ref=ref, email=f"{ref}@shop.example")


def cart(price: str = "20.00", *, who: str = "anna", **more: Any) -> Cart:
    return Cart(key=f"k-{who}", currency="EUR", lines=[line(price=price)], customer=buyer(who), **more)


def quoted(shop: SmallShop, found: Cart, *codes: str) -> Quote:
    """Apply codes to a cart, and give the last quote."""
    quote = shop.firstline.quote(found)
    for code in codes:
        quote = shop.firstline.apply_coupon(found, code)
        shop.session.commit()
    return quote


def place(shop: SmallShop, ref: str, *codes: str, **more: Any) -> Reason | None:
    """Place an order with codes; give why it was refused, or None."""
    price, who = more.pop("price", "20.00"), more.pop("who", "anna")
    facts = {"lines": [line(price=price)], "customer": buyer(who), "codes": codes, **more}
    try:
        shop.firstline.order_placed(Order(ref=ref, currency="EUR", **facts))
    except Refused as refused:
        shop.session.rollback()
        return refused.reason
    shop.session.commit()
    return None


def coupon_of(shop: SmallShop, name: str = "Five off") -> Coupon:
    shop.session.expire_all()
    return shop.session.scalars(select(Coupon).where(Coupon.name == name)).one()


def test_weekdays_and_hours_are_those_of_the_shop(shop: SmallShop) -> None:
    shop.coupon(codes=["friday"], days=frozenset({4}), opens=18 * 60, closes=2 * 60)
    local = FRIDAY.astimezone(BERLIN).replace(hour=17, minute=59)

    shop.time = local.astimezone(UTC)
    assert quoted(shop, cart(), "friday").reason is Reason.NOT_YET
    shop.time = (local + timedelta(minutes=1)).astimezone(UTC)
    assert quoted(shop, cart(), "friday").discount == 5
    shop.time = (local + timedelta(hours=8)).astimezone(UTC)
    assert place(shop, "o1", "friday") is None
    shop.time = (local + timedelta(hours=8, minutes=1)).astimezone(UTC)
    assert place(shop, "o2", "friday") is Reason.NOT_YET


def test_uses_are_counted_per_month_of_the_shops_calendar(shop: SmallShop) -> None:
    shop.coupon(codes=["monthly"], period=Period.MONTH, max_in_period=2, max_per_customer_in_period=1)

    assert place(shop, "o1", "monthly") is None
    assert place(shop, "o2", "monthly") is Reason.USED_UP
    assert place(shop, "o3", "monthly", who="bert") is None
    assert place(shop, "o4", "monthly", who="carla") is Reason.USED_UP
    shop.time = datetime(2026, 3, 31, 21, 59, tzinfo=UTC)
    assert place(shop, "o5", "monthly", who="carla") is Reason.USED_UP
    shop.time = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert place(shop, "o6", "monthly", who="carla") is None


def test_a_use_that_is_given_back_is_free_in_its_period_again(shop: SmallShop) -> None:
    shop.coupon(codes=["daily"], period=Period.DAY, max_in_period=1, max_per_customer_in_period=1)
    assert place(shop, "o1", "daily") is None

    shop.firstline.order_cancelled("o1")
    shop.firstline.order_cancelled("o1")
    shop.session.commit()

    assert shop.session.scalars(select(PersonUse)).all() == []
    assert place(shop, "o2", "daily") is None


def test_a_reservation_that_has_run_out_frees_its_period_and_budget(shop: SmallShop) -> None:
    limits: dict[str, Any] = {"period": Period.DAY, "max_in_period": 1, "budget": 500, "order_budget": 1500}
    shop.coupon(codes=["scarce"], **limits)
    quoted(shop, cart(), "scarce")
    shop.firstline.reserve(cart())
    shop.session.commit()
    assert place(shop, "o1", "scarce", who="bert") is Reason.USED_UP

    shop.advance(minutes=31)

    assert quoted(shop, cart(who="bert"), "scarce").ok
    assert place(shop, "o2", "scarce", who="bert") is None
    assert (coupon_of(shop).spent, coupon_of(shop).ordered) == (500, 1500)


def test_the_cart_that_holds_the_budget_may_place_and_nobody_counts_it_twice(shop: SmallShop) -> None:
    shop.coupon(codes=["scarce"], budget=500)
    found = cart()
    quoted(shop, found, "scarce")
    shop.firstline.reserve(found)
    shop.firstline.reserve(found)
    shop.session.commit()

    shop.firstline.order_placed(Order.from_cart(found, ref="o1"))
    shop.session.commit()

    assert coupon_of(shop).spent == 500


# fmt: off
@pytest.mark.parametrize(("budgets", "first", "second", "expected"), [
    ({"budget": 1000},       "20.00", "20.00", None),
    ({"budget": 999},        "20.00", "20.00", Reason.USED_UP),
    ({"budget": 999},        "20.00", "4.99",  None),
    ({"order_budget": 3000}, "20.00", "20.00", None),
    ({"order_budget": 2999}, "20.00", "20.00", Reason.USED_UP),
    ({"order_budget": 2999}, "20.00", "19.99", None),
])
# fmt: on
def test_a_budget_ends_with_the_order_that_would_go_beyond_it(
    shop: SmallShop, budgets: dict[str, Any], first: str, second: str, expected: Reason | None
) -> None:
    shop.coupon(codes=["scarce"], **budgets)

    assert place(shop, "o1", "scarce", price=first) is None
    assert place(shop, "o2", "scarce", price=second) is expected


def test_a_changed_order_changes_what_it_takes_of_the_budget(shop: SmallShop) -> None:
    shop.coupon("A tenth off", codes=["tenth"], percent=Decimal(10), budget=10_000, order_budget=100_000)
    assert place(shop, "o1", "tenth") is None
    before = coupon_of(shop, "A tenth off")
    assert (before.spent, before.ordered) == (200, 1800)

    more = Order(ref="o1", currency="EUR", lines=[line(price="50.00")], customer=buyer(), codes=("tenth",))
    shop.firstline.order_changed(more)
    shop.session.commit()

    after = coupon_of(shop, "A tenth off")
    assert (after.spent, after.ordered, after.used) == (500, 4500, 0)
    assert shop.session.scalars(select(Redemption.discount)).one() == 500


@pytest.mark.parametrize(("again", "price", "off"), [
    (True, "20.00", 500), (True, "19.99", 0), (False, "19.99", 500),
])  # fmt: skip
def test_an_order_changed_to_less_than_the_minimum_loses_what_asks_for_it_again(
    shop: SmallShop, again: bool, price: str, off: int
) -> None:
    shop.coupon(codes=["from20"], min_order=2000, minimum_again=again, budget=10_000, max_uses=1)
    assert place(shop, "o1", "from20", price="30.00") is None

    def changed(price: str) -> Order:
        return Order(ref="o1", currency="EUR", lines=[line(price=price)], customer=buyer(), codes=("from20",))

    quote = shop.firstline.order_changed(changed(price))
    shop.session.commit()
    assert quote is not None
    assert quote.discount == Decimal(off) / 100
    assert (coupon_of(shop).spent, coupon_of(shop).used) == (off, 1)

    back = shop.firstline.order_changed(changed("25.00"))
    shop.session.commit()
    assert back is not None
    assert back.discount == Decimal(5)
    assert place(shop, "o2", "from20", who="bert") is Reason.USED_UP


def test_a_minimum_after_coupons_counts_every_coupon(shop: SmallShop) -> None:
    after: dict[str, Any] = {"order_value": OrderValue.AFTER, "stackable": True}
    shop.coupon(codes=["five"], min_order=1500, **after)
    shop.coupon("One off", codes=["one"], amount=100, stackable=True)

    assert quoted(shop, cart("19.99"), "five").reason is Reason.MINIMUM
    both = cart("20.00", who="bert")
    assert quoted(shop, both, "five").discount == 5
    assert quoted(shop, both, "one").reason is Reason.MINIMUM
    assert quoted(shop, both).discount == 5
    assert quoted(shop, cart("21.00", who="carla"), "five", "one").discount == 6


def test_of_one_group_only_one_code_holds(shop: SmallShop) -> None:
    for name, group in (("a", "spring"), ("b", "spring"), ("c", None)):
        shop.coupon(name, codes=[f"code {name}"], amount=100, stackable=True, stack_group=group)
    found = cart()

    assert quoted(shop, found, "code a").ok
    refused = quoted(shop, found, "code b")
    assert refused.reason is Reason.NOT_STACKABLE
    assert refused.message == "The code code b cannot be combined with code a. Remove one of them."
    assert quoted(shop, found, "code c").discount == 2
    both = quoted(shop, found, "code b")
    assert both.message == "The code code b cannot be combined with code a. Remove one of them."


def test_the_number_of_codes_on_an_order_is_bounded_by_the_strictest(shop: SmallShop) -> None:
    for name, most in (("a", 2), ("b", None), ("c", None)):
        shop.coupon(name, codes=[f"code {name}"], amount=100, stackable=True, most_codes=most)
    found = cart()

    assert quoted(shop, found, "code a", "code b").discount == 2
    refused = quoted(shop, found, "code c")
    assert refused.reason is Reason.NOT_STACKABLE
    assert refused.message == "The code code c cannot be combined with code a, code b. Remove one of them."


def test_excluded_products_are_left_alone(shop: SmallShop) -> None:
    shop.coupon(codes=["five"], not_products=frozenset({"p-a"}), not_categories=frozenset({"books"}))
    other = line("b", price="3.00")
    book = line("c", price="9.00", categories=("books",))

    assert quoted(shop, cart(), "five").reason is Reason.PRODUCTS
    found = Cart(key="k", currency="EUR", lines=[line(), other, book], customer=buyer())
    assert quoted(shop, found, "five").allocation == {"a": 0, "b": 3, "c": 0}


def test_a_code_with_link_only_must_come_by_a_link(shop: SmallShop) -> None:
    shop.coupon(codes=["shared"], link_only=True)
    found = cart()

    assert quoted(shop, found, "shared").reason is Reason.INACTIVE
    assert place(shop, "o0", "shared") is Reason.INACTIVE
    quote = shop.firstline.apply_coupon(found, "shared", by_link=True)
    shop.session.commit()
    assert quote.discount == 5
    shop.firstline.order_placed(Order.from_cart(found, ref="o1", codes=("shared",)))
    shop.session.commit()
    redemption = shop.session.scalars(select(Redemption)).one()
    assert (redemption.came_by, redemption.touched) == ("link", True)


def test_a_redemption_remembers_how_its_code_came_and_whether_the_owner_was_met(shop: SmallShop) -> None:
    shop.partner("meier")
    shop.coupon(codes=["vonmeier"], owner="meier")
    quoted(shop, cart(), "vonmeier")

    shop.firstline.order_placed(Order.from_cart(cart(), ref="o1"))
    shop.firstline.order_placed(Order.from_cart(cart(who="bert"), ref="o2", codes=("vonmeier",)))
    shop.firstline.order_placed(Order.from_cart(cart(), ref="o3", codes=("vonmeier",)))
    shop.session.commit()

    rows = shop.session.execute(
        select(Redemption.order_ref, Redemption.came_by, Redemption.touched).order_by(Redemption.id)
    )
    assert [tuple(row) for row in rows] == [
        ("o1", "typed", False),
        ("o2", "order", False),
        ("o3", "order", True),
    ]


def change(conn: Connection, coupon_id: int, terms: CouponTerms, now: datetime) -> bool:
    return change_coupon(conn, coupon_id, terms, zone=BERLIN, who=WHO, now=now)


def test_limits_per_period_that_are_set_late_count_what_is_there(shop: SmallShop) -> None:
    coupon_id = shop.coupon(codes=["five"])
    place(shop, "o1", "five")
    shop.time += timedelta(days=40)
    place(shop, "o2", "five")
    place(shop, "o3", "five", who="bert")
    plain = CouponTerms(name="Five off", kind=Kind.AMOUNT, amount=500, currency="EUR")
    monthly = replace(plain, period=Period.MONTH, max_in_period=2, max_per_customer_in_period=1)

    with shop.engine.begin() as conn, pytest.raises(LimitBelowUse):
        change(conn, coupon_id, replace(monthly, max_in_period=1), shop.time)
    with shop.engine.begin() as conn:
        assert change(conn, coupon_id, monthly, shop.time)

    assert place(shop, "o4", "five", who="carla") is Reason.USED_UP
    with shop.engine.begin() as conn:
        assert change(conn, coupon_id, plain, shop.time)
    assert place(shop, "o5", "five", who="carla") is None


def test_a_budget_that_is_set_late_counts_what_is_there(shop: SmallShop) -> None:
    coupon_id = shop.coupon(codes=["five"])
    place(shop, "o1", "five")
    plain = CouponTerms(name="Five off", kind=Kind.AMOUNT, amount=500, currency="EUR")

    with shop.engine.begin() as conn, pytest.raises(LimitBelowUse, match="5.00 EUR"):
        change(conn, coupon_id, replace(plain, budget=499), shop.time)
    with shop.engine.begin() as conn:
        change(conn, coupon_id, replace(plain, budget=999, order_budget=9000), shop.time)

    assert (coupon_of(shop).spent, coupon_of(shop).ordered) == (500, 1500)
    assert place(shop, "o2", "five") is Reason.USED_UP


def test_a_name_of_a_group_with_blanks_around_is_refused(shop: SmallShop) -> None:
    with pytest.raises(BadTerms, match="name of a group"):
        shop.coupon(stack_group=" spring")


def test_an_order_of_another_buyer_takes_its_use_of_the_period_along(shop: SmallShop) -> None:
    shop.coupon(codes=["daily"], period=Period.DAY, max_per_customer_in_period=1, max_in_period=9)
    place(shop, "o1", "daily")

    shop.firstline.order_changed(
        Order(ref="o1", currency="EUR", lines=[line()], customer=buyer("bert"), codes=("daily",))
    )
    shop.session.commit()

    assert place(shop, "o2", "daily", who="bert") is Reason.USED_UP
    assert place(shop, "o3", "daily") is None


def test_a_payment_after_a_failed_one_takes_period_and_budget_again(shop: SmallShop) -> None:
    limits: dict[str, Any] = {"period": Period.DAY, "max_in_period": 1, "budget": 500}
    shop.coupon(codes=["scarce"], **limits)
    place(shop, "o1", "scarce")
    shop.firstline.payment_failed("o1")
    shop.session.commit()
    assert coupon_of(shop).spent == 0

    shop.firstline.invoice_paid(Invoice(ref="i1", order_ref="o1", currency="EUR"))
    shop.session.commit()

    assert coupon_of(shop).spent == 500
    assert place(shop, "o2", "scarce", who="bert") is Reason.USED_UP


def test_lines_with_free_goods_take_nothing_of_an_order_budget(shop: SmallShop) -> None:
    shop.coupon("All off", codes=["all"], percent=Decimal(100), order_budget=100)
    free = Line(key="a", product_ref="p", quantity=1, unit_price="20.00")

    assert place(shop, "o1", "all", lines=[free]) is None
    assert coupon_of(shop, "All off").ordered == 0
