"""Tiers, other bases, caps and recurring payments through whole sales: posted, returned, checked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline import Cart, Invoice, Line
from flask_firstline.domain.campaign import Worth
from flask_firstline.domain.clauses import Base, Caps, Clauses, Recurring, Span, Tier, Tiers
from flask_firstline.domain.terms import Terms
from flask_firstline.models import Accrual, CapClaim, Document, Subscription
from flask_firstline.services import shares
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.terms_dry_run import Change, dry_run
from flask_firstline.testing import FakeShop, make_code, make_customer, make_line, make_partner, make_terms

from .campaign_kit import campaign, do
from .kit import MakeShop, cart_of, counted, earned

D = Decimal
TIERS = (Tier(begins=10_000, percent=D(20)), Tier(begins=30_000, percent=D(30)))


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    """A shop whose goods have no VAT, so that 100.00 are 100.00 net."""
    made = make_shop()
    make_code(made.app, "free", owner="meier", percent="0.01")
    return made


def goods(price: object = "100.00", key: str = "a", **more: Any) -> Line:
    return make_line(key, price, vat_rate=None, **more)  # type: ignore[arg-type]


def sell(shop: FakeShop, ref: str, *lines: Line, customer: str | None = None, **more: Any) -> None:
    """Sell through meier, whose line the customer is in."""
    who = make_customer(customer or f"c-{ref}")
    if shop.contact(who) is None:
        shop.register(who, "free")
    shop.place(cart_of(who, *(lines or (goods(),)), key=f"k-{ref}", **more), ref, codes=[])
    shop.pay(ref)


def first(shop: FakeShop, **clauses: Any) -> None:
    """Set the general terms of level 1: 10 per cent with these clauses."""
    make_terms(shop.app, 10, clauses=Clauses(**clauses))


def amounts(shop: FakeShop, level: int = 1) -> list[int]:
    return [row.amount for row in shop.rows(Accrual, level=level)]


def books_agree(shop: FakeShop) -> bool:
    with shop.app.app_context(), shop.db.engine.connect() as conn:
        return all_ok(check_books(shop.state.context(conn)))


# Tiers -----------------------------------------------------------------------------------------------------


def test_sales_before_a_sale_choose_its_tier(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.MONTH, tiers=TIERS))
    for number in range(5):
        sell(shop, f"o{number}")

    assert amounts(shop) == [1000, 2000, 2000, 3000, 3000]
    assert (
        "tier from 100.00 EUR to below 300.00 EUR at 100.00 EUR this month" in shop.rows(Accrual)[3].sentence
    )
    assert books_agree(shop)


def test_sales_from_before_there_were_tiers_count(shop: FakeShop) -> None:
    sell(shop, "o1")
    first(shop, tiers=Tiers(by=Span.EVER, tiers=TIERS))
    sell(shop, "o2")

    assert amounts(shop) == [1000, 2000]


def test_a_return_lowers_the_sum_for_later_sales_only(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.MONTH, tiers=TIERS))
    sell(shop, "o1")
    sell(shop, "o2")
    shop.refund("o1")
    shop.refund("o1")
    sell(shop, "o3")
    shop.refund("o2", "r2")
    sell(shop, "o4")

    assert amounts(shop) == [1000, 2000, 2000, 2000]
    assert earned(shop, "meier") == ["40.00"]
    assert books_agree(shop)


def test_a_new_period_begins_at_nought(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.MONTH, tiers=TIERS))
    sell(shop, "o1")
    shop.clock.advance(days=28)
    sell(shop, "o2")
    first(shop, tiers=Tiers(by=Span.QUARTER, tiers=TIERS))
    sell(shop, "o3")

    assert amounts(shop) == [1000, 1000, 2000]


def test_slabs_split_a_sale_at_the_bound(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.YEAR, tiers=TIERS, slab=True))
    sell(shop, "o1", goods("60.00"))
    sell(shop, "o2", goods("30.00", "a"), goods("50.00", "b"))

    assert amounts(shop) == [600, 300 + 0, 100 + 800]
    assert shop.rows(Accrual, level=1)[2].trace["percent"] == "18"


def test_part_payments_and_repeats_keep_the_tier_of_the_first(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.MONTH, tiers=TIERS))
    sell(shop, "o1")
    shop.place(cart_of("ina", goods(), key="k"), "o2", codes=["free"])
    for payment in ("p1", "p1", "p2"):
        shop.pay("o2", payment, amount="50.00")
    sell(shop, "o3")

    assert sum(amounts(shop)[1:3]) == 2000
    assert amounts(shop)[-1] == 2000


def test_the_value_of_an_order_chooses_its_tier(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.ORDER, tiers=TIERS))
    sell(shop, "o1", goods("50.00"), goods("49.99", "b"))
    sell(shop, "o2", goods("50.00"), goods("50.00", "b"))

    assert amounts(shop) == [500, 500, 1000, 1000]


def test_an_order_invoiced_in_parts_earns_by_the_tier_of_the_whole(shop: FakeShop) -> None:
    first(shop, tiers=Tiers(by=Span.ORDER, tiers=TIERS))
    shop.place(cart_of("ina", goods("60.00"), goods("60.00", "b")), "o1", codes=["free"])
    shop.pay("o1", "i1", lines=[goods("60.00")])
    shop.pay("o1", "i2", lines=[goods("60.00", "b")])

    assert sum(amounts(shop)) in {2399, 2400}
    assert books_agree(shop)


# Bases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "amount"),
    [(Base.NET, 150), (Base.NET_BEFORE, 168), (Base.GROSS, 179), (Base.GROSS_BEFORE, 200), (Base.MARGIN, 50)],
)
def test_a_posting_keeps_its_base(make_shop: MakeShop, base: Base, amount: int) -> None:
    shop = make_shop()
    make_code(shop.app, "tenth", owner="meier", percent=10.6)
    first(shop, base=base)
    cost = Line(key="a", product_ref="p-a", quantity=1, unit_price="20.00", vat_rate=19, cost="10.00")
    shop.place(cart_of("ina", cost), "o1", codes=["tenth"])
    shop.pay("o1")

    [row] = shop.rows(Accrual, level=1)
    assert (row.amount, row.trace.get("basis", "net")) == (amount, base.value)


def test_lines_without_cost_have_no_margin(shop: FakeShop) -> None:
    first(shop, base=Base.MARGIN)
    sell(shop, "o1")

    assert amounts(shop) == []
    assert amounts(shop, 2) == [500]


def test_shipping_earns_beside_goods_and_goes_back_with_them(shop: FakeShop) -> None:
    first(shop, shipping=True)
    sell(shop, "o1", shipping="5.00", shipping_vat_rate=None)

    assert [(row.line_key, row.amount) for row in shop.rows(Accrual, level=1)] == [
        ("a", 1000),
        ("(shipping)", 50),
    ]
    shop.refund("o1")
    assert earned(shop, "meier") == ["0.00"]
    assert books_agree(shop)


# Caps ------------------------------------------------------------------------------------------------------


def test_a_cap_per_order_is_named_in_the_posting(shop: FakeShop) -> None:
    first(shop, caps=Caps(order=600))
    sell(shop, "o1")

    [row] = shop.rows(Accrual, level=1)
    assert row.amount == 600
    assert row.trace["capped"] == {"from": 1000, "to": 600, "by": ["order"]}
    assert "capped from 10.00 EUR to 6.00 EUR by the cap per order" in row.sentence


def test_a_cap_per_partner_leaves_what_is_left_in_the_period(shop: FakeShop) -> None:
    first(shop, caps=Caps(partner=1500, period=Span.MONTH))
    for number in range(3):
        sell(shop, f"o{number}")
    shop.clock.advance(days=28)
    sell(shop, "june")

    assert amounts(shop) == [1000, 500, 1000]
    assert books_agree(shop)


def test_what_comes_back_can_be_earned_again(shop: FakeShop) -> None:
    first(shop, caps=Caps(partner=1500))
    sell(shop, "o1")
    sell(shop, "o2")
    shop.refund("o1", amount="50.00")
    sell(shop, "o3")

    assert amounts(shop) == [1000, 500, 500]
    assert earned(shop, "meier") == ["15.00"]
    assert [row.amount for row in shop.rows(CapClaim)] == [500, 500, 500]
    assert books_agree(shop)


def test_a_part_payment_claims_the_whole(shop: FakeShop) -> None:
    first(shop, caps=Caps(partner=1500))
    shop.place(cart_of("ina", goods(), key="k1"), "o1", codes=["free"])
    shop.pay("o1", "i1", amount="10.00")
    sell(shop, "o2")
    shop.pay("o1", "i2")

    assert earned(shop, "meier") == ["15.00"]
    assert books_agree(shop)


def test_a_cap_per_customer_counts_each_for_itself(shop: FakeShop) -> None:
    first(shop, caps=Caps(customer=1200))
    sell(shop, "o1", customer="ina")
    sell(shop, "o2", customer="jan")
    sell(shop, "o3", customer="ina")

    assert amounts(shop) == [1000, 1000, 200]


def test_a_cap_lives_on_through_a_change_of_its_terms(shop: FakeShop) -> None:
    first(shop, caps=Caps(partner=1500))
    sell(shop, "o1")
    make_terms(shop.app, 20, clauses=Clauses(caps=Caps(partner=1800)))
    sell(shop, "o2")

    assert amounts(shop) == [1000, 800]


def test_an_order_that_grows_after_a_payment_stays_within_the_cap(shop: FakeShop) -> None:
    first(shop, caps=Caps(partner=1500))
    shop.place(cart_of("ina", goods(), key="k1"), "o1", codes=["free"])
    shop.pay("o1", "i1", amount="50.00")
    shop.change(
        Cart(key="k1", currency="EUR", lines=[goods(quantity=3)], customer=make_customer("ina")), "o1"
    )
    shop.pay("o1", "i2")

    assert earned(shop, "meier") == ["15.00"]
    assert [row.amount for row in shop.rows(CapClaim)] == [1500]
    assert books_agree(shop)


def test_the_give_away_cap_takes_from_the_top_level_first(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_GIVE_AWAY_CAP=20)
    make_code(shop.app, "eight", owner="meier", percent=8)
    shop.place(cart_of("ina", goods()), "o1", codes=["eight"])
    shop.pay("o1")

    assert earned(shop) == ["9.20", "2.80", "0"]
    [row] = shop.rows(Accrual, level=2)
    assert (
        "capped from 4.60 EUR to 2.80 EUR by the cap over discount, kickback and all levels" in row.sentence
    )
    assert books_agree(shop)


@pytest.mark.parametrize(
    ("kickback", "sharer", "left"),
    [
        (Worth(amount=400), "anna", ["9.50", "1.50", "0"]),  # 20.00 less 5.00 for the friend, 4.00 for anna
        (Worth(amount=1000), "anna", ["5.00", "0", "0"]),
        (Worth(amount=2000), "anna", ["0", "0", "0"]),
        (Worth(percent=D(4)), "anna", ["9.50", "1.50", "0"]),  # counts as 4 % of these 100.00 net
        (Worth(percent=D(10)), "anna", ["5.00", "0", "0"]),
        (Worth(amount=400), "ben", ["9.50", "4.75", "0.75"]),  # by the own code there is no kickback
    ],
)
def test_the_give_away_cap_counts_the_kickback_that_is_promised(
    make_shop: MakeShop, kickback: Worth, sharer: str, left: list[str]
) -> None:
    shop = make_shop(FIRSTLINE_GIVE_AWAY_CAP=20, FIRSTLINE_OWN_CODE="allow")
    make_code(shop.app, "free", owner="meier", percent="0.01")
    shop.register(make_customer("ben"), "free")
    campaign(shop, kickback=kickback, new_customers_only=False)
    shop.place(cart_of(sharer, goods()), "a1", codes=[])
    shared = do(shop, lambda ctx: shares.fetch(ctx, "a1"))
    assert shared is not None

    shop.place(cart_of("ben", goods()), "b1", codes=[shared.code])
    shop.pay("b1")

    assert earned(shop) == left
    assert books_agree(shop)


# Recurring payments ----------------------------------------------------------------------------------------


def invoice(
    shop: FakeShop, ref: str, *, subscription: str | None = "s1", customer: str = "ina", **more: Any
) -> None:
    who = make_customer(customer)
    if shop.contact(who) is None:
        shop.register(who, "free")
    told = {"currency": "EUR", "lines": [goods()], "customer": who, "recurring": True, **more}
    with shop.transaction():
        shop.firstline.invoice_paid(Invoice(ref=ref, subscription_ref=subscription, **told))


def test_each_payment_of_a_subscription_has_its_rate(shop: FakeShop) -> None:
    first(shop, recurring=Recurring(rates=(D(30), D(20)), payments=3))
    for number in range(4):
        invoice(shop, f"i{number}")
    invoice(shop, "i0")
    invoice(shop, "other", subscription="s2")

    assert amounts(shop) == [3000, 2000, 2000, 3000]
    assert "payment 2" in shop.rows(Accrual, level=1)[1].sentence
    assert [row.payments for row in shop.rows(Subscription)] == [4, 1]


def test_without_a_ref_customer_and_product_are_counted(shop: FakeShop) -> None:
    first(shop, recurring=Recurring(rates=(D(30), D(20))))
    invoice(shop, "i1", subscription=None)
    invoice(shop, "i2", subscription=None, customer="jan")
    invoice(shop, "i3", subscription=None)
    invoice(shop, "i4", subscription=None, lines=[goods(key="b")])

    assert amounts(shop) == [3000, 3000, 2000, 3000]


def test_recurring_commissions_end_after_months(shop: FakeShop) -> None:
    first(shop, recurring=Recurring(months=2))
    for number in range(3):
        invoice(shop, f"i{number}")
        shop.clock.advance(days=31)

    assert amounts(shop) == [1000, 1000]


def test_a_single_purchase_earns_the_plain_rate(shop: FakeShop) -> None:
    first(shop, recurring=Recurring(rates=(D(30),), payments=1))
    sell(shop, "o1")
    invoice(shop, "i1", recurring=False)

    assert amounts(shop) == [1000, 1000]


def test_the_first_payment_may_be_that_of_an_order(shop: FakeShop) -> None:
    first(shop, recurring=Recurring(rates=(D(30), D(20))))
    shop.place(cart_of("ina", goods()), "o1", codes=["free"])
    shop.pay("o1", "i1", recurring=True, subscription_ref="s1")
    invoice(shop, "i2")

    assert [round(amount, -2) for amount in amounts(shop)] == [3000, 2000]


# What it costs ---------------------------------------------------------------------------------------------


def sent_by_payment(shop: FakeShop, ref: str) -> int:
    shop.place(cart_of(f"c-{ref}", goods(), key=ref), ref, codes=["free"])
    with shop.app.app_context(), counted(shop) as sent:
        shop.pay(ref)
    return len([one for one in sent if not one.upper().startswith(("SAVEPOINT", "RELEASE", "BEGIN"))])


def test_only_terms_with_tiers_or_caps_cost_more_statements(shop: FakeShop) -> None:
    plain = sent_by_payment(shop, "o1")
    first(shop, base=Base.GROSS, caps=Caps(order=500), tiers=Tiers(by=Span.ORDER, tiers=TIERS))
    by_order = sent_by_payment(shop, "o2")
    first(shop, caps=Caps(partner=50_000), tiers=Tiers(by=Span.MONTH, tiers=TIERS))
    counted_ones = sent_by_payment(shop, "o3")

    assert by_order == plain
    assert counted_ones == plain + 4  # the lock, the sums, what caps have given, the claim


# The dry run -----------------------------------------------------------------------------------------------


def would_be(shop: FakeShop, clauses: Clauses, currency: str | None = "EUR") -> Sequence[int]:
    terms = Terms(level=1, percent=D(10), currency=currency, clauses=clauses)
    with shop.app.app_context(), shop.db.engine.connect() as conn:
        found = dry_run(shop.state.context(conn), [Change(terms=terms)], months=2)
    return [one.would_be for one in found.differences if one.partner.startswith("meier")]


def test_a_dry_run_reckons_tiers_caps_and_payments_as_they_would_have_come(shop: FakeShop) -> None:
    for number in range(4):
        sell(shop, f"o{number}")
    invoice(shop, "i1")
    invoice(shop, "i2")

    assert would_be(shop, Clauses(tiers=Tiers(by=Span.MONTH, tiers=TIERS))) == [1000 + 2000 * 2 + 3000 * 3]
    assert would_be(shop, Clauses(caps=Caps(partner=2500))) == [2500]
    assert would_be(shop, Clauses(caps=Caps(customer=1500))) == [4 * 1000 + 1500]
    assert would_be(shop, Clauses(recurring=Recurring(rates=(D(50), D(0)))), None) == [4 * 1000 + 5000]
    assert would_be(shop, Clauses(base=Base.MARGIN), None) == [0]


def test_documents_know_the_sales_of_their_partner(shop: FakeShop) -> None:
    make_partner(shop.app, "solo", email="solo@shop.example")
    sell(shop, "o1")
    shop.refund("o1", amount="25.00")

    assert [row.own_sales for row in shop.rows(Document)] == [7500]


def in_three_parts(shop: FakeShop) -> None:
    """Sell three pieces of 0.05 that are invoiced one by one: half a cent of each is 10 per cent."""
    ina = make_customer("ina")
    shop.register(ina, "free")
    shop.place(cart_of(ina, goods("0.05", quantity=3), key="k"), "o1", codes=[])
    for number in range(3):
        shop.pay("o1", f"i{number}", lines=[goods("0.05")])


def left(shop: FakeShop, level: int) -> int:
    return sum(row.amount - row.reversed for row in shop.rows(Accrual, level=level))


def test_an_order_invoiced_in_parts_stays_within_its_caps_to_the_cent(shop: FakeShop) -> None:
    first(shop, caps=Caps(order=2))
    make_terms(shop.app, 10, level=2, clauses=Clauses(caps=Caps(partner=2)))

    in_three_parts(shop)

    assert [left(shop, level) for level in (1, 2)] == [2, 2]
    assert books_agree(shop)


def test_the_give_away_cap_holds_to_the_cent_for_an_order_invoiced_in_parts(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_GIVE_AWAY_CAP=10)
    make_code(shop.app, "free", owner="meier", percent="0.01")

    in_three_parts(shop)

    assert [left(shop, level) for level in (1, 2)] == [2, 0]
    assert books_agree(shop)
    shop.refund("o1", "all")
    assert left(shop, 1) == 0
