"""Pricing a basket with coupons: the worked cases, any cart, and the rules written a second time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flask_firstline.domain.basket import Basket, BasketLine, vat_inside, vat_on
from flask_firstline.domain.coupon import CouponTerms, Kind, Treatment
from flask_firstline.domain.judging import Buyer, CodeState, Judgement, refusal
from flask_firstline.domain.money import major, minor
from flask_firstline.domain.quote import Priced, price

from . import oracle
from .carts import EXAMPLES, Given, example_given, givens

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def holding(given_: Given) -> tuple[tuple[str, CouponTerms], ...]:
    """Give the coupons that pass their checks."""
    basket = given_.basket
    return tuple(
        (code, terms)
        for code, terms in given_.coupons
        if not refusal(
            Judgement(
                terms=terms,
                state=CodeState(code=code),
                buyer=Buyer(),
                basket=basket,
                currency=basket.currency,
                now=NOW,
            )
        )
    )


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["title"])
def test_a_worked_case_is_priced_as_written(case: dict[str, Any]) -> None:
    given_, expected = example_given(case), case["expect"]["quote"]
    coupons = holding(given_)
    priced = price(given_.basket, coupons)
    currency = given_.cart.currency

    assert (len(coupons) == len(given_.coupons) and not priced.useless) is expected["ok"]
    assert str(major(priced.discount, currency)) == expected["discount"]
    assert {
        line.key: str(major(off, currency))
        for line, off in zip(priced.basket.lines, priced.line_discounts, strict=True)
    } == expected["allocation"]
    assert {str(rate): str(major(vat, currency)) for rate, vat in priced.vat.items()} == expected["vat"]
    assert str(major(priced.total, currency)) == expected["total"]


def without_zeros(amounts: Mapping[Any, int]) -> dict[Any, int]:
    return {key: amount for key, amount in amounts.items() if amount}


def assert_agrees(given_: Given) -> None:
    bill = oracle.quote(given_.oracle_cart, given_.oracle_coupons)
    priced = price(given_.basket, given_.coupons)

    assert [line.total for line in priced.basket.lines] == oracle.line_totals(given_.oracle_cart)
    assert [item.code for item in priced.items] == bill.codes
    assert list(priced.useless) == bill.useless
    assert {item.code: list(item.allocation) for item in priced.items} == bill.off
    assert list(priced.line_discounts) == bill.per_line
    assert priced.shipping_discount == bill.shipping_off
    assert priced.discount == bill.discount
    assert priced.vat == bill.vat
    assert priced.total == bill.total
    assert without_zeros(priced.by_rate) == without_zeros(bill.by_rate)
    assert {item.code: without_zeros(item.vat) for item in priced.items} == {
        code: without_zeros(vat) for code, vat in bill.item_vat.items()
    }
    assert given_.basket.goods_gross == oracle.goods_for_minimum(given_.oracle_cart)


@given(givens())
def test_any_cart_is_priced_as_the_rules_say(given_: Given) -> None:
    assert_agrees(given_)


@given(givens(rebates=True))
def test_a_cart_with_rebate_lines_is_priced_as_the_rules_say(given_: Given) -> None:
    assert_agrees(given_)


@given(givens())
def test_what_is_taken_off_the_lines_adds_up_to_the_discount(given_: Given) -> None:
    priced = price(given_.basket, given_.coupons)

    assert sum(priced.line_discounts) + priced.shipping_discount == priced.discount
    assert sum(priced.by_rate.values()) == priced.discount
    for item in priced.items:
        assert sum(item.allocation) + item.shipping == item.discount > 0


@given(givens(rebates=True))
def test_no_line_goes_below_zero(given_: Given) -> None:
    priced = price(given_.basket, given_.coupons)

    for line, off in zip(priced.basket.lines, priced.line_discounts, strict=True):
        assert 0 <= off <= max(line.total, 0)
    assert 0 <= priced.shipping_discount <= priced.basket.shipping


@given(givens())
def test_neither_total_nor_net_nor_the_sum_of_vat_goes_below_zero(given_: Given) -> None:
    priced = price(given_.basket, given_.coupons)
    vat = sum(priced.vat.values())

    assert priced.total >= 0
    assert vat >= 0
    assert priced.total - vat >= 0


@given(givens())
def test_gross_net_and_vat_of_the_items_lead_from_the_old_total_to_the_new(given_: Given) -> None:
    before, after = price(given_.basket, ()), price(given_.basket, given_.coupons)

    for item in after.items:
        assert item.gross - item.net == sum(item.vat.values())
    assert before.total - sum(item.gross for item in after.items) == after.total
    for rate, vat in before.vat.items():
        assert vat - sum(item.vat.get(rate, 0) for item in after.items) == after.vat[rate]


@given(givens())
def test_without_coupons_a_cart_costs_its_lines_and_shipping(given_: Given) -> None:
    assume(given_.cart.prices_include_vat)
    basket = given_.basket

    priced = price(basket, ())

    assert priced.total == sum(line.total for line in basket.lines) + basket.shipping
    assert priced.items == () and priced.discount == 0


def test_an_empty_cart_costs_nothing_and_takes_no_coupon() -> None:
    coupon = CouponTerms(name="ten", kind=Kind.PERCENT, percent=Decimal(10))

    priced = price(Basket("EUR", ()), [("ten", coupon)])

    assert (priced.total, priced.vat, priced.line_discounts) == (0, {}, ())
    assert priced.useless == ("ten",)


def line(key: str, total: int, rate: str | None = "19", **more: Any) -> BasketLine:
    return BasketLine(
        key=key,
        product_ref=f"p-{key}",
        quantity=Decimal(1),
        total=total,
        vat_rate=None if rate is None else Decimal(rate),
        **more,
    )


def amount(of: int, **more: Any) -> CouponTerms:
    return CouponTerms(name=f"{of} off", kind=Kind.AMOUNT, amount=of, **more)


def percent(of: str, **more: Any) -> CouponTerms:
    return CouponTerms(name=f"{of} % off", kind=Kind.PERCENT, percent=Decimal(of), **more)


FREE_SHIPPING = CouponTerms(name="free shipping", kind=Kind.SHIPPING)


def test_a_smaller_priority_number_comes_first_whatever_was_typed_first() -> None:
    basket = Basket("EUR", (line("a", 1000),))

    half_first = price(basket, [("five", amount(500, priority=20)), ("half", percent("50", priority=10))])
    five_first = price(basket, [("five", amount(500, priority=10)), ("half", percent("50", priority=20))])

    assert [(item.code, item.discount) for item in half_first.items] == [("half", 500), ("five", 500)]
    assert [(item.code, item.discount) for item in five_first.items] == [("five", 500), ("half", 250)]


def test_of_equal_priority_the_first_applied_comes_first() -> None:
    basket = Basket("EUR", (line("a", 1000),))

    priced = price(basket, [("z", percent("50")), ("a", amount(300))])

    assert [(item.code, item.discount) for item in priced.items] == [("z", 500), ("a", 300)]


def test_free_shipping_takes_the_shipping_price_with_its_vat() -> None:
    basket = Basket("EUR", (line("a", 1000),), shipping=490, shipping_vat_rate=Decimal(19))

    priced = price(basket, [("free", FREE_SHIPPING)])

    assert (priced.shipping_discount, priced.line_discounts, priced.total) == (490, (0,), 1000)
    assert priced.items[0].vat == {Decimal(19): vat_inside(1490, Decimal(19)) - vat_inside(1000, Decimal(19))}
    assert priced.by_rate == {Decimal(19): 490}


def test_free_shipping_twice_is_of_use_once() -> None:
    basket = Basket("EUR", (line("a", 1000),), shipping=490)

    priced = price(basket, [("one", FREE_SHIPPING), ("two", FREE_SHIPPING)])

    assert [item.code for item in priced.items] == ["one"]
    assert priced.useless == ("two",)


def test_the_vat_of_one_rate_may_fall_below_zero_but_not_the_sum() -> None:
    basket = Basket("EUR", (line("book", 2000, "7"),))

    priced = price(basket, [("five", amount(500, vat_rate=Decimal(19)))])

    assert priced.vat == {Decimal(7): vat_inside(2000, Decimal(7)), Decimal(19): -80}
    assert sum(priced.vat.values()) > 0


def test_a_fixed_rate_takes_no_more_vat_than_the_goods_hold() -> None:
    basket = Basket("EUR", (line("book", 1000, "7"),))

    priced = price(basket, [("all", amount(1000, vat_rate=Decimal(19)))])

    assert priced.total == 0
    assert sum(priced.vat.values()) == 0


def test_of_two_coupons_of_fixed_rate_the_second_sees_what_the_first_left() -> None:
    basket = Basket("EUR", (line("a", 1000),))
    half = amount(500, vat_rate=Decimal(0))

    priced = price(basket, [("one", half), ("two", half)])

    assert (priced.total, sum(priced.vat.values())) == (0, 0)
    assert [item.vat for item in priced.items] == [{Decimal(0): 0}, {Decimal(0): 160}]


def test_a_fixed_rate_leaves_the_vat_of_the_goods_and_the_shipping_alone() -> None:
    basket = Basket("EUR", (line("book", 2000, "7"),), shipping=490, shipping_vat_rate=Decimal(19))

    priced = price(basket, [("five", amount(500, vat_rate=Decimal(19)))])

    assert priced.vat == {
        Decimal(7): vat_inside(2000, Decimal(7)),
        Decimal(19): vat_inside(490, Decimal(19)) - vat_inside(500, Decimal(19)),
    }


def test_spread_coupons_count_before_one_of_fixed_rate_whatever_their_priority() -> None:
    basket = Basket("EUR", (line("a", 2000, "7"),))
    fixed, spread = amount(500, vat_rate=Decimal(19), priority=1), amount(700, priority=2)

    priced = price(basket, [("fixed", fixed), ("spread", spread)])

    assert [item.code for item in priced.items] == ["fixed", "spread"]
    assert priced.items[1].vat == {Decimal(7): vat_inside(2000, Decimal(7)) - vat_inside(1300, Decimal(7))}
    assert priced.items[0].vat == {Decimal(19): vat_inside(500, Decimal(19))}


def test_a_rate_of_zero_is_named_and_no_rate_is_not() -> None:
    basket = Basket("EUR", (line("zero", 500, "0"), line("none", 500, None)))

    assert price(basket, ()).vat == {Decimal(0): 0}


def test_vat_goes_in_and_comes_on_top_by_the_same_rate() -> None:
    assert vat_inside(11900, Decimal(19)) == vat_on(10000, Decimal(19)) == 1900
    assert vat_inside(-11900, Decimal(19)) == -1900
    assert vat_inside(500, None) == vat_on(500, None) == vat_on(500, Decimal(0)) == 0


def test_prices_without_vat_make_the_discount_net_and_the_item_gross() -> None:
    basket = Basket("EUR", (line("a", 1000),), prices_include_vat=False)

    priced = price(basket, [("one", amount(100))])

    (item,) = priced.items
    assert (item.discount, item.net, item.gross, item.vat) == (100, 100, 119, {Decimal(19): 19})
    assert priced.total == 900 + minor("1.71", "EUR")
    assert isinstance(priced, Priced)


def test_shipping_has_its_own_vat_on_top() -> None:
    with_vat = Basket("EUR", (), shipping=490, shipping_vat_rate=Decimal(19))
    without = Basket("EUR", (), shipping=490, shipping_vat_rate=Decimal(19), prices_include_vat=False)

    assert (with_vat.shipping_gross, without.shipping_gross) == (490, 583)


def store_credit(amount: int, name: str = "gift card", priority: int = 100) -> CouponTerms:
    return CouponTerms(
        name=name,
        kind=Kind.AMOUNT,
        amount=amount,
        currency="EUR",
        treatment=Treatment.MULTI_PURPOSE,
        priority=priority,
    )


def a_cart(shipping: int = 0, *, include_vat: bool = True) -> Basket:
    goods = BasketLine(key="a", product_ref="p", quantity=Decimal(1), total=2000, vat_rate=Decimal(19))
    return Basket("EUR", (goods,), shipping, Decimal(19), include_vat)


def test_store_credit_pays_and_leaves_discount_and_vat_alone() -> None:
    tenth = CouponTerms(name="a tenth", kind=Kind.PERCENT, percent=Decimal(10))

    without = price(a_cart(490), [("tenth", tenth)])
    priced = price(a_cart(490), [("card", store_credit(1500)), ("tenth", tenth)])

    assert (priced.discount, priced.vat, priced.total) == (without.discount, without.vat, without.total)
    assert (priced.credit, priced.to_pay) == (1500, 2290 - 1500)
    assert [item.code for item in priced.items] == ["tenth"]


def test_store_credit_pays_shipping_too_and_never_more_than_the_total() -> None:
    priced = price(a_cart(490), [("one", store_credit(2000)), ("two", store_credit(2000))])

    assert [(part.code, part.amount) for part in priced.credits] == [("one", 2000), ("two", 490)]
    assert priced.to_pay == 0


def test_a_code_of_store_credit_pays_what_it_still_has() -> None:
    priced = price(a_cart(), [("card", store_credit(1500))], {"card": 300})

    assert priced.credit == 300


def test_store_credit_with_nothing_left_to_pay_is_useless() -> None:
    priced = price(a_cart(), [("first", store_credit(2000)), ("second", store_credit(1))])

    assert priced.useless == ("second",)


def test_a_single_purpose_voucher_goes_off_at_its_own_rate() -> None:
    food = BasketLine(key="b", product_ref="q", quantity=Decimal(1), total=1070, vat_rate=Decimal(7))
    cart = Basket("EUR", (*a_cart().lines, food))
    terms = CouponTerms(
        name="lunch", kind=Kind.AMOUNT, amount=5000, treatment=Treatment.SINGLE_PURPOSE, vat_rate=Decimal(7)
    )

    priced = price(cart, [("lunch", terms)])

    assert priced.line_discounts == (0, 1070)
    assert priced.vat == {Decimal(19): 319, Decimal(7): 0}
    assert priced.items[0].treatment is Treatment.SINGLE_PURPOSE


@pytest.mark.parametrize(("include_vat", "goods"), [(True, 1500), (False, 1785)])
def test_goods_after_coupons_are_gross_and_without_shipping(include_vat: bool, goods: int) -> None:
    five = CouponTerms(name="five", kind=Kind.AMOUNT, amount=500)

    assert price(a_cart(490, include_vat=include_vat), [("five", five)]).goods_gross == goods


@given(givens(), st.lists(st.integers(min_value=0, max_value=20_000), max_size=3))
def test_store_credit_never_pays_more_than_it_holds_or_the_cart_comes_to(
    given_: Given, left: list[int]
) -> None:
    cards = [(f"card {number}", store_credit(20_000)) for number in range(len(left))]
    holds = {f"card {number}": amount for number, amount in enumerate(left)}

    without = price(given_.basket, given_.coupons)
    priced = price(given_.basket, [*cards, *given_.coupons], holds)

    assert (priced.items, priced.vat, priced.total) == (without.items, without.vat, without.total)
    assert priced.credit == min(sum(left), max(0, priced.total))
    assert all(0 < part.amount <= holds[part.code] for part in priced.credits)
    assert priced.to_pay == priced.total - priced.credit
