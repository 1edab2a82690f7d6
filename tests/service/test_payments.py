"""Payments and refunds: whole, in parts, by lines, before their time, again and again."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Accrual, Call, Document, Outbox, Posting
from flask_firstline.testing import (
    NOON,
    FakeShop,
    make_cart,
    make_code,
    make_customer,
    make_line,
    make_product,
    make_terms,
)

from .kit import MakeShop, address_type, cart_of, earned, one, sponsor

FULL = ["1.68", "0.84", "0.16"]
ZERO = ["0.00", "0.00", "0.00"]


@pytest.fixture
def ordered(shop: FakeShop) -> FakeShop:
    """A shop in which ina has ordered for 20.00 with the code of meier."""
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    return shop


def test_nothing_is_earned_before_the_payment(ordered: FakeShop) -> None:
    assert earned(ordered) == ["0", "0", "0"]


def test_a_payment_earns_on_every_level(ordered: FakeShop) -> None:
    ordered.pay("o1")

    assert earned(ordered) == FULL


def test_every_posting_has_its_sentence(ordered: FakeShop) -> None:
    ordered.pay("o1")
    sentences = [row.sentence for row in ordered.rows(Accrual, level=1)]

    assert sentences == ["Level 1: 10 % of 8.40 EUR (general terms) is 0.84 EUR."] * 2


def test_a_hundred_repeats_post_once(ordered: FakeShop) -> None:
    for _ in range(100):
        ordered.pay("o1", "i1")

    assert earned(ordered) == FULL
    assert len(ordered.rows(Posting)) == 6
    assert len(ordered.rows(Call, kind="invoice_paid")) == 1


def test_a_repeat_with_other_content_is_warned_of(
    ordered: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    ordered.pay("o1", "i1", amount="5.00")
    with caplog.at_level(logging.WARNING, logger="flask_firstline"):
        ordered.pay("o1", "i1", amount="15.00")

    assert "i1" in caplog.text
    assert earned(ordered, "meier") == ["0.42"]


def test_payments_of_one_invoice_are_told_apart_by_their_ref(ordered: FakeShop) -> None:
    for payment in ("p1", "p2", "p2"):
        ordered.pay("o1", "i1", amount="5.00", payment_ref=payment)

    assert earned(ordered, "meier") == ["0.84"]


def test_part_payments_earn_their_part(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="10.00")
    assert earned(ordered) == ["0.84", "0.42", "0.08"]
    ordered.pay("o1", "i2", amount="5.00")
    assert earned(ordered) == ["1.26", "0.64", "0.12"]
    ordered.pay("o1", "i3")

    assert earned(ordered) == FULL


def test_one_minor_unit_per_line_may_be_missing(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="19.98")

    assert earned(ordered) == FULL
    assert ordered.rows(Document)[0].paid_at is not None


def test_more_is_missing_than_a_minor_unit_per_line(shop: FakeShop) -> None:
    shop.place(cart_of("ina", one("1000.00")), "o1", codes=["vonmeier"])
    shop.pay("o1", "i1", amount="994.98")

    assert shop.rows(Document)[0].paid_at is None


def test_what_is_paid_too_much_is_shown_and_never_posted(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="25.00")
    ordered.pay("o1", "i2", amount="3.00")

    assert earned(ordered) == FULL
    assert [row.surplus for row in ordered.rows(Call, kind="invoice_paid")] == [500, 300]


def test_a_second_invoice_of_a_paid_order_brings_nothing(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1")
    ordered.pay("o1", "i2")

    assert earned(ordered) == FULL


def test_payments_as_floats_are_rounded_half_up(ordered: FakeShop) -> None:
    for n in range(3):
        ordered.pay("o1", f"i{n}", amount=6.665)

    assert ordered.rows(Document)[0].paid == 2001
    assert earned(ordered) == FULL


# Before their time ------------------------------------------------------------------------------------------


def test_a_payment_waits_for_its_order(shop: FakeShop) -> None:
    shop.pay("o1", "i1")
    assert [row.outcome for row in shop.rows(Call)] == ["waiting"]
    shop.place(cart_of(), "o1", codes=["vonmeier"])

    assert earned(shop) == FULL
    assert [row.outcome for row in shop.rows(Call, kind="invoice_paid")] == ["done"]


def test_what_waited_is_told_once(shop: FakeShop) -> None:
    shop.pay("o1", "i1")
    shop.refund("o1", "r1", amount="10.00")
    shop.place(cart_of(), "o1", codes=["vonmeier"])

    told = Counter(
        (row.topic, row.payload.get("level"))
        for row in shop.rows(Outbox)
        if row.topic.startswith("commission")
    )
    assert set(told.values()) == {1}
    assert {topic for topic, _level in told} == {"commission_posted", "commission_reversed"}


def test_a_refund_waits_for_its_order(shop: FakeShop) -> None:
    shop.refund("o1", "r1", amount="10.00")
    shop.pay("o1", "i1")
    shop.place(cart_of(), "o1", codes=["vonmeier"])

    assert earned(shop) == ["0.84", "0.42", "0.08"]


def test_a_refund_before_the_payment_counts_when_it_comes(ordered: FakeShop) -> None:
    ordered.refund("o1", "r1", lines={"a": 1})
    ordered.pay("o1", "i1", amount="20.00")

    assert earned(ordered) == ["0.84", "0.42", "0.08"]


def test_a_refund_of_an_invoice_waits_for_it(ordered: FakeShop) -> None:
    ordered.refund(None, "r1", invoice_ref="i1")
    assert [row.outcome for row in ordered.rows(Call, kind="invoice_refunded")] == ["waiting"]
    ordered.pay("o1", "i1")

    assert earned(ordered) == ZERO


def test_a_completion_waits_for_its_order(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_FLIP_ON="completed")
    shop.complete("o1")
    shop.place(cart_of(), "o1", codes=["vonmeier"])

    assert address_type(shop, "ina") == "customer"


def test_any_order_of_the_same_calls_ends_in_the_same_books(make_shop: MakeShop) -> None:
    shop = make_shop()
    cart = cart_of()
    acts: dict[str, Any] = {
        "place": lambda ref: shop.place(cart, ref, codes=["vonmeier"]),
        "pay": lambda ref: shop.pay(ref, f"i-{ref}", amount="15.00"),
        "refund": lambda ref: shop.refund(ref, f"r-{ref}", amount="5.00"),
        "return": lambda ref: shop.refund(ref, f"u-{ref}", lines={"a": 1}),
    }
    seen = []
    for n, order in enumerate((["place", "pay", "refund", "return"], ["return", "refund", "pay", "place"],
                               ["pay", "return", "place", "refund"])):  # fmt: skip
        before = [Decimal(amount) for amount in earned(shop)]
        for act in order:
            acts[act](f"o{n}")
        seen.append([Decimal(amount) - old for amount, old in zip(earned(shop), before, strict=True)])

    assert seen[0] == seen[1] == seen[2] != [0, 0, 0]


# Refunds ----------------------------------------------------------------------------------------------------


def test_a_refund_by_line_takes_that_line_back(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", lines={"a": 1})
    assert earned(ordered) == ["0.84", "0.42", "0.08"]
    ordered.refund("o1", "r2", lines={"b": 1})

    assert earned(ordered) == ZERO


def test_a_refund_by_amount_takes_its_part_back(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", amount="5.00")
    assert earned(ordered) == ["1.26", "0.64", "0.12"]
    ordered.refund("o1", "r2", amount="15.00")

    assert earned(ordered) == ZERO


def test_a_whole_refund_ends_at_exactly_nothing(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", amount="3.33")
    ordered.refund("o1", "r2", lines={"a": "0.333333"})
    ordered.refund("o1", "r3")

    assert earned(ordered) == ZERO
    assert all(row.reversed == row.amount for row in ordered.rows(Accrual))


def test_a_refund_with_lines_goes_by_them_whatever_its_amount(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", lines={"a": 1}, amount="0.01")

    assert earned(ordered) == ["0.84", "0.42", "0.08"]


def test_a_hundred_repeats_of_a_refund_take_back_once(ordered: FakeShop) -> None:
    ordered.pay("o1")
    for _ in range(100):
        ordered.refund("o1", "r1", lines={"a": 1})

    assert earned(ordered) == ["0.84", "0.42", "0.08"]


def test_more_units_than_were_sold_are_shown_and_never_taken_twice(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", lines={"a": 5})

    assert earned(ordered) == ["0.84", "0.42", "0.08"]
    assert ordered.rows(Call, kind="invoice_refunded")[0].surplus


def test_more_money_than_was_paid_is_shown_and_never_taken(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", amount="99.00")

    assert earned(ordered) == ZERO
    assert ordered.rows(Call, kind="invoice_refunded")[0].surplus == 7900


def test_an_unknown_line_is_named_with_those_there_are(ordered: FakeShop) -> None:
    ordered.pay("o1")
    with pytest.raises(ValueError, match=r"lines z that the sale has not; it has a, b"):
        ordered.refund("o1", "r1", lines={"z": 1})

    assert earned(ordered) == FULL
    assert ordered.rows(Call, kind="invoice_refunded") == []


def test_a_refund_of_one_invoice_gives_back_what_it_brought(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="5.00")
    ordered.pay("o1", "i2", amount="15.00")
    ordered.refund(None, "r1", invoice_ref="i1")

    assert earned(ordered) == ["1.26", "0.64", "0.12"]


def test_a_refund_with_both_refs_and_nothing_else_is_everything(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="5.00")
    ordered.pay("o1", "i2", amount="15.00")
    ordered.refund("o1", "r1", invoice_ref="i1")

    assert earned(ordered) == ZERO


def test_a_return_between_part_payments_may_raise_another_line(shop: FakeShop) -> None:
    """With half of it paid and one of two lines returned, the other one is paid in full."""
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1", "i1", amount="10.00")
    assert earned(shop, "meier") == ["0.84"]
    shop.refund("o1", "r1", lines={"a": 1})

    assert earned(shop, "meier") == ["0.84"]
    assert {(row.line_key, row.amount - row.reversed) for row in shop.rows(Accrual, level=1)} >= {("b", 42)}


def test_reversals_name_their_original_and_never_exceed_it(ordered: FakeShop) -> None:
    ordered.pay("o1")
    for n in range(7):
        ordered.refund("o1", f"r{n}", amount="3.00")
    postings = {(row.call_id, row.seq): row for row in ordered.rows(Posting)}
    back: dict[tuple[int, int], int] = {}
    for row in postings.values():
        if row.kind == "reversal":
            original = (row.reverses_call_id, row.reverses_seq)
            back[original] = back.get(original, 0) + row.amount

    assert back
    assert all(amount <= postings[original].amount for original, amount in back.items())


# Invoices with lines ----------------------------------------------------------------------------------------


def test_invoices_with_lines_split_the_order_and_its_discount(shop: FakeShop) -> None:
    cart = cart_of("ina", make_line("a", "10.00", quantity=3))
    shop.place(cart, "o1", codes=["vonmeier"])
    for n in range(3):
        shop.pay("o1", f"i{n}", lines=[make_line("a", "10.00")])
        part = shop.rows(Document, ref=f"i{n}")[0]
        assert part.sale["lines"][0]["discount"] == [167, 166, 167][n]

    assert [row.total for row in shop.rows(Document, kind="invoice")] == [833, 834, 833]
    assert earned(shop, "meier") == ["2.10"]


def test_invoices_never_add_up_to_more_than_the_order(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", lines=[make_line("a")])
    ordered.pay("o1", "i2", lines=[make_line("a"), make_line("b")])
    ordered.pay("o1", "i3")

    assert earned(ordered) == FULL


def test_an_invoice_without_lines_stands_for_the_rest(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", lines=[make_line("a")])
    assert earned(ordered) == ["0.84", "0.42", "0.08"]
    ordered.pay("o1", "i2")

    assert earned(ordered) == FULL


def test_units_of_an_invoice_go_back_with_it(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", lines=[make_line("a")])
    ordered.pay("o1", "i2")
    ordered.refund(None, "r1", invoice_ref="i1")
    assert earned(ordered) == ["0.84", "0.42", "0.08"]
    ordered.refund("o1", "r2")

    assert earned(ordered) == ZERO


def test_an_invoice_with_a_line_that_was_not_ordered_says_so(ordered: FakeShop) -> None:
    with pytest.raises(ValueError, match=r"lines z .*its order o1 has not"):
        ordered.pay("o1", "i1", lines=[make_line("z")])

    assert earned(ordered) == ["0", "0", "0"]


def test_cancelling_reverses_invoices_too(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", lines=[make_line("a")])
    ordered.cancel("o1")

    assert earned(ordered) == ZERO


# Invoices that stand alone ----------------------------------------------------------------------------------


def alone(shop: FakeShop, ref: str = "i1", **more: object) -> None:
    more.setdefault("customer", make_customer())
    more.setdefault("lines", [make_line("a", "11.90")])
    shop.pay(None, ref, **more)


def test_an_invoice_that_stands_alone_earns_at_once(shop: FakeShop) -> None:
    shop.register("ina", "vonmeier")
    alone(shop)

    assert earned(shop) == ["1.00", "0.50", "0.10"]


def test_an_invoice_that_stands_alone_may_be_paid_in_parts_and_refunded(shop: FakeShop) -> None:
    shop.register("ina", "vonmeier")
    alone(shop, amount="5.95", payment_ref="p1")
    assert earned(shop, "meier") == ["0.50"]
    alone(shop, amount="5.95", payment_ref="p2")
    assert earned(shop, "meier") == ["1.00"]
    shop.refund(None, "r1", invoice_ref="i1", lines={"a": 1})

    assert earned(shop, "meier") == ["0.00"]


def test_an_invoice_that_stands_alone_needs_customer_and_lines(shop: FakeShop) -> None:
    for more in ({"customer": make_customer()}, {"lines": [make_line()]}, {}):
        with pytest.raises(ValueError, match="customer and lines"):
            shop.pay(None, "i1", **more)

    assert shop.rows(Call) == []


def test_recurring_invoices_each_earn(shop: FakeShop) -> None:
    shop.register("ina", "vonmeier")
    for n in range(3):
        alone(shop, f"i{n}", recurring=True, subscription_ref="s1")

    assert earned(shop) == ["3.00", "1.50", "0.30"]


# Currencies -------------------------------------------------------------------------------------------------


def test_money_in_another_currency_is_refused(ordered: FakeShop) -> None:
    with pytest.raises(ValueError, match="USD.*EUR"):
        ordered.pay("o1", "i1", currency="USD")
    ordered.pay("o1", "i2")
    with pytest.raises(ValueError, match="USD.*EUR"):
        ordered.refund("o1", "r1", currency="USD")

    assert earned(ordered) == FULL


def test_balances_are_kept_per_currency(shop: FakeShop) -> None:
    shop.register("ina", "vonmeier")
    shop.place(cart_of("ina", one("11.90")), "o1", codes=())
    shop.place(cart_of("ina", one("1190"), currency="JPY"), "o2", codes=())
    for ref in ("o1", "o2"):
        shop.pay(ref)

    assert (earned(shop, "meier"), earned(shop, "meier", currency="JPY")) == (["1.00"], ["100"])


# What earns -------------------------------------------------------------------------------------------------


def test_a_product_that_takes_no_part_earns_nothing(shop: FakeShop) -> None:
    make_product(shop.app, "p-a", takes_part=False)
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == ["0.84", "0.42", "0.08"]


def test_products_take_part_only_where_switched_on_if_the_shop_says_so(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_PRODUCTS_TAKE_PART=False)
    make_product(shop.app, "p-b", takes_part=True)
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == ["0.84", "0.42", "0.08"]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"percents": [20], "partner": "meier", "product": "p-a"}, "2.52"),
        ({"percents": [20], "partner": "meier"}, "3.36"),
        ({"percents": [20], "product": "p-a"}, "2.52"),
        ({"percents": [20], "category": "tea"}, "2.52"),
        ({"percents": [0], "partner": "meier"}, "0"),
        ({"percents": [], "fixed": "1.50", "product": "p-a"}, "2.34"),
        ({"percents": [], "fixed": "99.00", "product": "p-a"}, "9.24"),
    ],
)
def test_the_most_specific_terms_hold(shop: FakeShop, terms: dict[str, Any], expected: str) -> None:
    terms = dict(terms)
    percents = terms.pop("percents")
    make_terms(shop.app, *percents, **terms)
    cart = cart_of("ina", make_line("a", categories=["tea"]), make_line("b"))
    shop.place(cart, "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop, "meier") == [expected]


def test_terms_changed_later_leave_an_order_alone(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="10.00")
    make_terms(ordered.app, 50, 50, 50)
    ordered.pay("o1", "i2")

    assert earned(ordered) == FULL


def test_shipping_earns_nothing(shop: FakeShop) -> None:
    shop.place(cart_of("ina", shipping="4.90", shipping_vat_rate=19), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == FULL


# Holds ------------------------------------------------------------------------------------------------------


def test_a_hold_ends_by_itself_when_a_balance_is_read(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.clock.advance(days=29, hours=23)
    assert ordered.balance("meier").payable == 0
    ordered.clock.advance(hours=1)
    balance = ordered.balance("meier")

    assert (str(balance.on_hold), str(balance.payable), str(balance.paid)) == ("0.00", "1.68", "0.00")


def test_a_hold_ends_by_the_worker(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.clock.advance(days=30)
    with ordered.app.app_context():
        assert work_once(ordered.state).released == 6

    assert [row.kind for row in ordered.rows(Posting)].count("release") == 6


@pytest.mark.parametrize(("days", "expected"), [(0, "1.68"), (14, "1.68"), (15, "0.00")])
def test_the_days_of_a_hold_are_a_setting(make_shop: MakeShop, days: int, expected: str) -> None:
    shop = make_shop(FIRSTLINE_HOLD_DAYS=days)
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")
    shop.clock.advance(days=14)

    assert str(shop.balance("meier").payable) == expected


def test_a_hold_may_count_from_the_delivery(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_HOLD_FROM="completed")
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")
    shop.clock.advance(days=90)
    assert shop.balance("meier").payable == 0
    shop.complete("o1")
    shop.clock.advance(days=30)

    assert str(shop.balance("meier").payable) == "1.68"


def test_a_delivery_before_the_payment_starts_the_hold_then(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_HOLD_FROM="completed")
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.complete("o1", NOON - timedelta(days=20))
    shop.pay("o1")
    shop.clock.advance(days=10)

    assert str(shop.balance("meier").payable) == "1.68"


def test_times_that_the_shop_gives_are_those_that_count(ordered: FakeShop) -> None:
    ordered.pay("o1", paid_at=NOON.replace(tzinfo=None) - timedelta(days=20))
    ordered.clock.advance(days=10)

    assert str(ordered.balance("meier").payable) == "1.68"


def test_a_reversal_takes_from_where_its_original_is(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.refund("o1", "r1", lines={"a": 1})
    assert str(ordered.balance("meier").on_hold) == "0.84"
    ordered.clock.advance(days=30)
    assert str(ordered.balance("meier").payable) == "0.84"
    ordered.refund("o1", "r2", lines={"b": 1})
    balance = ordered.balance("meier")

    assert (str(balance.on_hold), str(balance.payable)) == ("0.00", "0.00")


# When a prospect becomes a customer -------------------------------------------------------------------------


@pytest.mark.parametrize("flip_on", ["placed", "paid", "completed"])
def test_a_prospect_becomes_a_customer_when_the_shop_says(make_shop: MakeShop, flip_on: str) -> None:
    shop = make_shop(FIRSTLINE_FLIP_ON=flip_on)
    moments = []
    for moment, act in (
        ("placed", lambda: shop.place(cart_of(), "o1", codes=["vonmeier"])),
        ("paid", lambda: shop.pay("o1")),
        ("completed", lambda: shop.complete("o1")),
    ):
        act()
        if address_type(shop, "ina") == "customer":
            moments.append(moment)

    assert moments[0] == flip_on
    assert sponsor(shop, "ina") == "meier"
    assert earned(shop) == FULL


def test_a_part_payment_does_not_flip(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_FLIP_ON="paid")
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1", "i1", amount="10.00")
    assert address_type(shop, "ina") == "prospect"
    shop.pay("o1", "i2")

    assert address_type(shop, "ina") == "customer"


def test_the_first_order_earns_though_the_sponsor_comes_with_its_payment(make_shop: MakeShop) -> None:
    """The buyer's sponsor as it stands after the order: the owner of its code, whatever the moment."""
    shop = make_shop(FIRSTLINE_FLIP_ON="completed")
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == FULL


def test_a_code_for_new_customers_waits_for_the_flip(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_FLIP_ON="completed")
    make_code(shop.app, "neu", amount=5, new_customers_only=True)
    shop.place(cart_of(), "o1", codes=())

    assert shop.apply(cart_of(), "neu").ok


def test_a_guest_earns_for_partners_too(shop: FakeShop) -> None:
    shop.place(make_cart(key="c", customer=Customer(email="gast@shop.example")), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert earned(shop) == FULL
