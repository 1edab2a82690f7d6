"""Store credit: it pays over several orders, leaves discount and VAT alone, and comes back to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from flask_firstline import Cart, Customer, Invoice, Order, Quote, Reason, Refund, Refused
from flask_firstline.domain.coupon import Treatment
from flask_firstline.models import Code, Redemption
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.codes import create_code
from flask_firstline.services.mistakes import BadTerms
from tests.small_shop import WHO, SmallShop, build, line

D = Decimal


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    with shop.app.app_context():
        terms: dict[str, Any] = {"treatment": Treatment.MULTI_PURPOSE, "amount": 5000}
        shop.coupon("Gift card", codes=["card"], **terms)
        yield shop
        with shop.engine.connect() as conn:
            assert all_ok(check_counters(shop.state.context(conn)))
        shop.session.rollback()
        shop.engine.dispose()


def buyer(ref: str = "anna") -> Customer:
    return Customer(ref=ref, email=f"{ref}@shop.example")


def cart(price: str = "20.00", *, who: str = "anna", **more: Any) -> Cart:
    return Cart(key=f"k-{who}", currency="EUR", lines=[line(price=price)], customer=buyer(who), **more)


def place(shop: SmallShop, ref: str, *codes: str, price: str = "20.00", **more: Any) -> Quote:
    order = Order(ref=ref, currency="EUR", lines=[line(price=price)], customer=buyer(), codes=codes, **more)
    quote = shop.firstline.order_placed(order)
    shop.session.commit()
    return quote


def left(shop: SmallShop, code: str = "card") -> int:
    shop.session.expire_all()
    return shop.session.scalars(select(Code.credit_left).where(Code.key == code)).one() or 0


def told(shop: SmallShop, **fact: Any) -> None:
    shop.firstline.invoice_refunded(Refund(currency="EUR", **fact))
    shop.session.commit()


def test_credit_pays_over_several_orders_until_nothing_is_left(shop: SmallShop) -> None:
    first = place(shop, "o1", "card", price="30.00")
    second = place(shop, "o2", "card", price="30.00")

    assert (first.total, first.credit, first.to_pay) == (D(30), D(30), D(0))
    assert (second.total, second.credit, second.to_pay) == (D(30), D(20), D(10))
    assert left(shop) == 0
    with pytest.raises(Refused) as refused:
        place(shop, "o3", "card")
    assert refused.value.reason is Reason.USED_UP
    shop.session.rollback()


def test_credit_leaves_discount_and_vat_alone_and_names_its_codes(shop: SmallShop) -> None:
    shop.coupon(codes=["five"])
    found = cart(shipping=Decimal("4.90"), shipping_vat_rate=Decimal(19))
    alone = shop.firstline.apply_coupon(found, "five")
    both = shop.firstline.apply_coupon(found, "card")
    shop.session.commit()

    assert (both.discount, both.vat, both.total) == (alone.discount, alone.vat, alone.total)
    assert both.codes == ("five", "card")
    assert [(credit.code, credit.label, credit.amount) for credit in both.credits] == [
        ("card", "Gift card", Decimal("19.90"))
    ]
    assert both.to_pay == 0
    stored = shop.firstline.order_placed(Order.from_cart(found, ref="o1"))
    shop.session.commit()
    seen = shop.firstline.order("o1")
    assert seen is not None
    assert seen.quote.credits == stored.credits == both.credits


def test_credit_stands_beside_a_coupon_that_stands_alone(shop: SmallShop) -> None:
    shop.coupon(codes=["alone"])

    quote = place(shop, "o1", "card", "alone")

    assert (quote.discount, quote.credit) == (D(5), D(15))


def test_a_commission_is_earned_on_goods_that_credit_has_paid(shop: SmallShop) -> None:
    shop.partner("meier")
    shop.terms("10")
    shop.coupon(codes=["vonmeier"], owner="meier")

    place(shop, "o1", "vonmeier", "card", price="119.00")
    shop.firstline.invoice_paid(Invoice(ref="i1", order_ref="o1", currency="EUR"))
    shop.session.commit()

    goods_net = Decimal("95.80")
    assert shop.firstline.balance("meier")["EUR"].on_hold == (goods_net / 10).quantize(Decimal("0.01"))


def test_an_order_that_credit_pays_whole_counts_as_paid(shop: SmallShop) -> None:
    shop.partner("meier")
    shop.terms("10")
    shop.coupon(codes=["vonmeier"], owner="meier")

    place(shop, "o1", "vonmeier", "card", price="24.04")

    assert shop.firstline.balance("meier")["EUR"].on_hold == Decimal("1.60")


@pytest.mark.parametrize("paid", [False, True])
def test_cancelling_gives_credit_back_once_whatever_the_policy_says(shop: SmallShop, paid: bool) -> None:
    place(shop, "o1", "card", price="60.00")
    if paid:
        shop.firstline.invoice_paid(Invoice(ref="i1", order_ref="o1", currency="EUR"))
    assert left(shop) == 0

    for _ in range(2):
        shop.firstline.order_cancelled("o1")
        shop.session.commit()

    assert left(shop) == 5000


def test_returns_give_credit_back_once_and_the_whole_one_all_of_it(shop: SmallShop) -> None:
    order = Order(
        ref="o1",
        currency="EUR",
        lines=[line("a", price="20.00", quantity="2")],
        customer=buyer(),
        codes=("card",),
    )
    shop.firstline.order_placed(order)
    shop.session.commit()

    told(shop, ref="r1", order_ref="o1", lines=({"key": "a", "quantity": 1},))
    assert left(shop) == 3000
    told(shop, ref="r2", order_ref="o1", lines=({"key": "a", "quantity": 1},))
    told(shop, ref="r2", order_ref="o1", lines=({"key": "a", "quantity": 1},))
    told(shop, ref="r3", order_ref="o1")

    assert left(shop) == 5000


def test_a_failed_payment_frees_credit_and_a_late_one_takes_it_again(shop: SmallShop) -> None:
    place(shop, "o1", "card", price="60.00")
    shop.firstline.payment_failed("o1")
    shop.session.commit()
    assert left(shop) == 5000

    shop.firstline.invoice_paid(Invoice(ref="i1", order_ref="o1", currency="EUR"))
    shop.session.commit()

    assert left(shop) == 0


def test_a_late_payment_is_flagged_where_the_credit_was_used_elsewhere(shop: SmallShop) -> None:
    place(shop, "o1", "card", price="60.00")
    shop.firstline.payment_failed("o1")
    shop.session.commit()
    place(shop, "o2", "card", price="10.00")

    shop.firstline.invoice_paid(Invoice(ref="i1", order_ref="o1", currency="EUR"))
    shop.session.commit()

    assert left(shop) == 4000
    states = shop.session.execute(select(Redemption.order_ref, Redemption.state, Redemption.credit))
    assert {tuple(row) for row in states if row.state != "released"} == {
        ("o1", "flagged", 0),
        ("o2", "redeemed", 1000),
    }


def test_a_reservation_holds_the_credit_for_its_cart_alone(shop: SmallShop) -> None:
    mine = cart("45.00")
    shop.firstline.apply_coupon(mine, "card")
    shop.firstline.reserve(mine)
    shop.session.commit()
    assert left(shop) == 500

    other = shop.firstline.apply_coupon(cart(who="bert"), "card")
    shop.session.commit()
    assert other.credit == 5
    assert shop.firstline.quote(mine).credit == 45
    shop.firstline.order_placed(Order.from_cart(mine, ref="o1"))
    shop.session.commit()
    assert left(shop) == 500

    shop.advance(minutes=31)
    assert shop.firstline.quote(cart(who="bert")).credit == 5


def test_a_reservation_that_has_run_out_gives_its_credit_free(shop: SmallShop) -> None:
    shop.firstline.apply_coupon(cart("45.00"), "card")
    shop.firstline.reserve(cart("45.00"))
    shop.firstline.apply_coupon(cart("45.00", who="bert"), "card")
    shop.session.commit()

    shop.advance(minutes=31)

    assert shop.firstline.quote(cart("45.00", who="bert")).credit == 45
    assert place(shop, "o1", "card", price="50.00").to_pay == 0


def test_a_changed_order_gives_credit_back_and_takes_no_more(shop: SmallShop) -> None:
    place(shop, "o1", "card", price="30.00")

    def changed(price: str) -> Quote:
        lines = [line(price=price)]
        quote = shop.firstline.order_changed(
            Order(ref="o1", currency="EUR", lines=lines, customer=buyer(), codes=("card",), total=None)
        )
        shop.session.commit()
        return quote

    place(shop, "o2", "card", price="5.00")
    assert left(shop) == 1500
    assert (changed("40.00").credit, left(shop)) == (D(30), 1500)


def test_an_unpaid_order_that_shrinks_gives_credit_back(shop: SmallShop) -> None:
    place(shop, "o1", "card", price="70.00")

    quote = shop.firstline.order_changed(
        Order(ref="o1", currency="EUR", lines=[line(price="20.00")], customer=buyer(), codes=("card",))
    )
    shop.session.commit()

    assert (quote.credit, quote.to_pay, left(shop)) == (D(20), D(0), 3000)


def test_less_credit_than_the_shop_reckoned_with_is_asked_and_never_slipped_in(shop: SmallShop) -> None:
    place(shop, "o1", "card", price="40.00")

    with pytest.raises(Refused) as refused:
        place(shop, "o2", "card", price="30.00", total=Decimal(0))
    shop.session.rollback()

    assert refused.value.reason is Reason.CHANGED
    assert refused.value.quote is not None
    assert refused.value.quote.to_pay == 20
    assert place(shop, "o2", "card", price="30.00", total=Decimal(20)).credit == 10


def test_credit_in_another_currency_is_refused(shop: SmallShop) -> None:
    found = Cart(key="k", currency="CHF", lines=[line()], customer=buyer())

    assert shop.firstline.apply_coupon(found, "card").reason is Reason.CURRENCY


def test_codes_may_hold_other_amounts_than_the_coupon(shop: SmallShop) -> None:
    with shop.seeding() as conn:
        create_code(conn, "small", coupon_id=1, credit=700, who=WHO, now=shop.time)
        with pytest.raises(BadTerms, match="above 0"):
            create_code(conn, "none", coupon_id=1, credit=0, who=WHO, now=shop.time)
    shop.coupon(codes=["five"])
    with shop.seeding() as conn, pytest.raises(BadTerms, match="Only codes of store credit"):
        create_code(conn, "more", coupon_id=2, credit=700, who=WHO, now=shop.time)

    assert place(shop, "o1", "small", "card").credit == 20
    assert (left(shop, "small"), left(shop)) == (0, 3700)
