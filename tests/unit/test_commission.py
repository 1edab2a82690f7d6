"""What partners earn: the worked cases step by step, any sale, any history, and the rules a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.basket import vat_inside, vat_on
from flask_firstline.domain.commission import (
    Link,
    Progress,
    SaleLine,
    Seat,
    Share,
    full_amount,
    kept,
    line_base,
    line_grosses,
    paid_so_far,
    plan,
    seats,
)
from flask_firstline.domain.money import major, minor
from flask_firstline.domain.quote import price
from flask_firstline.domain.terms import Step, Terms, TermsBook

from . import oracle
from .carts import EXAMPLES, Given, example_given, givens

PARTNERS = {"meier": 1, "schulz": 2, "opa": 3}
PAID_CASES = [case for case in EXAMPLES if "commission_if_paid" in case["expect"]]


@dataclass
class Sale:
    """A priced cart as sold, with what has come in and gone back so far."""

    lines: tuple[SaleLine, ...]
    grosses: tuple[int, ...]
    total: int
    shares: tuple[Share, ...] = ()
    paid: int = 0
    given_back: int = 0
    returned: dict[str, Fraction] = field(default_factory=dict)

    def pay(self, amount: int | None = None) -> None:
        self.paid += self.total - self.paid if amount is None else amount

    def give_back(self, amount: int | None = None, units: dict[str, Fraction] | None = None) -> None:
        if amount is None and units is None:
            units = {line.key: Fraction(line.quantity) for line in self.lines}
        for key, quantity in (units or {}).items():
            self.returned[key] = self.returned.get(key, Fraction(0)) + quantity
        self.given_back += amount or 0

    def kept_of(self, amount: int, key: str) -> int:
        progress = Progress(
            total=self.total, paid=self.paid, given_back=self.given_back, returned=self.returned
        )
        return kept(self.lines, self.grosses, progress).of(amount, key)

    def balance(self, partner_id: int) -> int:
        mine = [share for share in self.shares if share.partner_id == partner_id]
        return sum(self.kept_of(share.amount, share.line_key) for share in mine)


def sold(given_: Given) -> Sale:
    priced = price(given_.basket, given_.coupons)
    basket = priced.basket
    lines = tuple(
        SaleLine(
            key=line.key,
            product_ref=line.product_ref,
            quantity=line.quantity,
            total=line.total,
            discount=off,
            vat_rate=line.vat_rate,
            categories=line.categories,
        )
        for line, off in zip(basket.lines, priced.line_discounts, strict=True)
    )
    shipping = basket.shipping - priced.shipping_discount
    if not basket.prices_include_vat:
        shipping += vat_on(shipping, basket.shipping_vat_rate)
    grosses = line_grosses(
        lines, prices_include_vat=basket.prices_include_vat, goods_gross=priced.total - shipping
    )
    return Sale(lines, grosses, priced.total)


def example_sale(case: dict[str, Any]) -> Sale:
    given_ = example_given(case)
    currency = given_.cart.currency
    sale = sold(given_)
    rows = [
        Terms(
            level=row["level"],
            percent=Decimal(row["percent"]) if "percent" in row else None,
            fixed=minor(row["amount"], currency) if "amount" in row else None,
            currency=currency,
            partner_id=PARTNERS[row["partner"]] if "partner" in row else None,
            product_ref=row.get("product"),
        )
        for row in case["terms"]
    ]
    chain = [Link(contact_id=contact_id, is_partner=True) for contact_id in PARTNERS.values()]
    book = TermsBook(rows, currency=currency)
    seating = seats(chain, levels=book.levels, buyer_id=99)
    sale.shares = plan(
        sale.lines, sale.grosses, seating, book, prices_include_vat=given_.cart.prices_include_vat
    )
    return sale


@pytest.mark.parametrize("case", PAID_CASES, ids=lambda case: case["title"])
def test_a_worked_case_earns_per_line_and_level_as_written(case: dict[str, Any]) -> None:
    sale, currency = example_sale(case), case["cart"]["currency"]

    earned = {(share.line_key, str(share.level)): str(major(share.amount, currency)) for share in sale.shares}

    expected = {
        (key, level): amount
        for key, levels in case["expect"]["commission_if_paid"].items()
        for level, amount in levels.items()
    }
    nothing = str(major(0, currency))
    assert earned.keys() <= expected.keys()
    assert {place: earned.get(place, nothing) for place in expected} == expected


@pytest.mark.parametrize("case", PAID_CASES, ids=lambda case: case["title"])
def test_a_worked_case_leaves_the_balances_as_written_after_each_step(case: dict[str, Any]) -> None:
    sale, currency = example_sale(case), case["cart"]["currency"]
    assert [step["ref"] for step in case["steps"]] == [row["after"] for row in case["expect"]["balances"]]

    for step, row in zip(case["steps"], case["expect"]["balances"], strict=True):
        amount = minor(step["amount"], currency) if "amount" in step else None
        units = {line["key"]: Fraction(line["quantity"]) for line in step.get("lines", ())} or None
        sale.pay(amount) if step["do"] == "pay" else sale.give_back(amount, units)

        balances = {ref: str(major(sale.balance(PARTNERS[ref]), currency)) for ref in PARTNERS}
        assert {"after": step["ref"], **balances} == row


@given(givens(rebates=True))
def test_gross_and_base_of_any_line_are_as_the_rules_say(given_: Given) -> None:
    sale, cart = sold(given_), given_.oracle_cart
    bill = oracle.quote(cart, given_.oracle_coupons)

    bases = [
        line_base(line, gross, prices_include_vat=cart.with_vat)
        for line, gross in zip(sale.lines, sale.grosses, strict=True)
    ]

    assert list(sale.grosses) == oracle.line_grosses(cart, bill)
    assert bases == [oracle.line_base(cart, bill, i) for i in range(len(cart.lines))]


@given(givens())
def test_the_gross_of_the_lines_and_the_shipping_make_the_total(given_: Given) -> None:
    priced, sale = price(given_.basket, given_.coupons), sold(given_)
    shipping = priced.basket.shipping - priced.shipping_discount
    if not given_.cart.prices_include_vat:
        shipping += vat_on(shipping, priced.basket.shipping_vat_rate)

    if any(line.left > 0 for line in sale.lines):
        assert sum(sale.grosses) + shipping == priced.total
    else:
        assert set(sale.grosses) <= {0}


@given(
    base=st.integers(-5, 5000),
    quantity=st.sampled_from(["1", "3", "0.5", "0"]),
    percent=st.sampled_from(["0", "0.01", "7.5", "10", "100"]),
    fixed=st.integers(0, 400),
)
def test_the_full_commission_is_as_the_rules_say(base: int, quantity: str, percent: str, fixed: int) -> None:
    by_rate = full_amount(Terms(level=1, percent=Decimal(percent)), base, Decimal(quantity))
    by_unit = full_amount(Terms(level=1, fixed=fixed, currency="EUR"), base, Decimal(quantity))

    assert by_rate == oracle.full_commission(base, Fraction(quantity), percent=Fraction(percent))
    assert by_unit == oracle.full_commission(base, Fraction(quantity), fixed=fixed)
    assert 0 <= by_rate <= max(base, 0) and 0 <= by_unit <= max(base, 0)


@given(
    percents=st.lists(st.integers(0, 60), min_size=1, max_size=5),
    cap=st.integers(0, 100),
    total=st.integers(1, 3000),
)
def test_what_exceeds_the_cap_is_cut_from_the_highest_level_down(
    percents: list[int], cap: int, total: int
) -> None:
    line = SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=total)
    rows = [Terms(level=i, percent=Decimal(percent)) for i, percent in enumerate(percents, 1)]
    seating = [Seat(level=i, partner_id=i) for i in range(1, len(percents) + 1)]

    shares = plan(
        [line],
        [total],
        seating,
        TermsBook(rows, currency="EUR"),
        prices_include_vat=True,
        levels_cap=Decimal(cap),
    )

    full = [oracle.full_commission(total, Fraction(1), percent=Fraction(percent)) for percent in percents]
    capped = oracle.capped(full, total, Fraction(cap))
    amounts = {share.level: share.amount for share in shares}
    assert [amounts.get(level, 0) for level in range(1, len(percents) + 1)] == capped
    assert {share.level: share.cut for share in shares} == {
        level: before - after
        for level, (before, after) in enumerate(zip(full, capped, strict=True), 1)
        if before
    }


def test_the_cap_counts_and_cuts_what_per_cents_give_and_leaves_fixed_amounts_alone() -> None:
    rows = [
        Terms(level=1, fixed=900, currency="EUR"),
        Terms(level=2, percent=Decimal(30)),
        Terms(level=3, percent=Decimal(30)),
        Terms(level=4, fixed=2000, currency="EUR"),
    ]
    sale = simple(1000)

    shares = plan(
        sale.lines,
        sale.grosses,
        [Seat(level=level, partner_id=level) for level in range(1, 5)],
        TermsBook(rows, currency="EUR"),
        prices_include_vat=True,
        levels_cap=Decimal(40),
    )

    assert [(share.amount, share.cut) for share in shares] == [(900, 0), (300, 0), (100, 200), (1000, 0)]


@st.composite
def histories(draw: st.DrawFn, sale: Sale) -> list[tuple[str, Any]]:
    """Payments, refunds by amount and refunds by line, more of them than there is to pay or return."""
    small = st.integers(1, max(sale.total, 1))
    units = st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 2)])
    keys = st.sampled_from([line.key for line in sale.lines])
    step = st.one_of(
        st.tuples(st.just("pay"), small),
        st.tuples(st.just("pay"), small),
        st.tuples(st.just("amount"), small),
        st.tuples(st.just("units"), st.dictionaries(keys, units, min_size=1, max_size=2)),
    )
    return draw(st.lists(step, max_size=6))


def replay(sale: Sale, steps: Sequence[tuple[str, Any]]) -> Sale:
    fresh = Sale(sale.lines, sale.grosses, sale.total)
    for kind, value in steps:
        if kind == "pay":
            fresh.pay(value)
        else:
            fresh.give_back(**{"amount": value} if kind == "amount" else {"units": value})
    return fresh


def commissions(sale: Sale) -> list[int]:
    """Give what is kept of a commission of 10 per cent and of one worth the whole line, per line."""
    return [
        sale.kept_of(full, line.key)
        for line, gross in zip(sale.lines, sale.grosses, strict=True)
        for full in (max(gross, 0) // 10, max(gross, 0))
    ]


@given(givens(), st.data())
def test_what_is_kept_is_as_the_rules_say_after_any_history(given_: Given, data: st.DataObject) -> None:
    sale = sold(given_)
    if not sale.lines:
        return
    after = replay(sale, data.draw(histories(sale)))
    places = {line.key: i for i, line in enumerate(sale.lines)}

    for line in after.lines:
        full = max(after.grosses[places[line.key]], 0)
        assert after.kept_of(full, line.key) == oracle.kept(
            full,
            places[line.key],
            grosses=after.grosses,
            quantities=[Fraction(each.quantity) for each in after.lines],
            returned={places[key]: units for key, units in after.returned.items()},
            total=after.total,
            paid=after.paid,
            given_back=after.given_back,
        )


@given(givens(), st.data())
def test_the_order_of_payments_and_refunds_does_not_matter(given_: Given, data: st.DataObject) -> None:
    sale = sold(given_)
    if not sale.lines:
        return
    steps = data.draw(histories(sale))
    shuffled = data.draw(st.permutations(steps))

    assert commissions(replay(sale, steps)) == commissions(replay(sale, shuffled))


@given(givens(), st.data())
def test_nothing_is_kept_below_zero_or_above_the_whole(given_: Given, data: st.DataObject) -> None:
    sale = sold(given_)
    if not sale.lines:
        return
    after = replay(sale, data.draw(histories(sale)))

    whole = [full for gross in after.grosses for full in (max(gross, 0) // 10, max(gross, 0))]
    assert all(0 <= part <= full for part, full in zip(commissions(after), whole, strict=True))


@given(givens(), st.data())
def test_paid_in_full_is_the_whole_and_returned_in_full_is_nothing(
    given_: Given, data: st.DataObject
) -> None:
    sale = sold(given_)
    if not sale.lines or sale.total == 0:
        return
    steps = data.draw(histories(sale))
    paid = replay(sale, [step for step in steps if step[0] == "pay"])
    paid.pay()

    sellable = [line for line, gross in zip(paid.lines, paid.grosses, strict=True) if gross > 0]
    assert all(paid.kept_of(777, line.key) == 777 for line in sellable)

    returned = replay(sale, steps)
    returned.pay()
    returned.give_back()
    assert set(commissions(returned)) <= {0}


@given(givens())
def test_all_paid_and_all_given_back_as_an_amount_leaves_nothing(given_: Given) -> None:
    sale = sold(given_)
    if not sale.lines:
        return
    sale.pay()
    sale.give_back(sale.total)

    assert set(commissions(sale)) <= {0}


def simple(*totals: int) -> Sale:
    lines = tuple(
        SaleLine(key=f"k{i}", product_ref=f"p{i}", quantity=Decimal(1), total=total)
        for i, total in enumerate(totals)
    )
    return Sale(lines, totals, sum(totals))


def test_money_given_back_counts_against_goods_first_and_shipping_last() -> None:
    sale = simple(1000)
    sale.total = 1490
    sale.pay()

    sale.give_back(500)
    assert sale.kept_of(100, "k0") == 50

    sale.give_back(500)
    assert sale.kept_of(100, "k0") == 0


def test_more_given_back_than_was_paid_counts_only_as_far_as_it_was_paid() -> None:
    sale = simple(1000)
    sale.pay(500)

    sale.give_back(800)

    assert sale.kept_of(100, "k0") == 0


def test_a_return_between_part_payments_raises_what_the_other_line_earns() -> None:
    sale = simple(4000, 6000)
    sale.pay(5000)
    before = sale.kept_of(600, "k1")

    sale.give_back(units={"k0": Fraction(1)})

    assert (before, sale.kept_of(600, "k1"), sale.kept_of(400, "k0")) == (300, 500, 0)


# fmt: off
@pytest.mark.parametrize(("total", "paid", "lines", "counts_as"), [
    (1000,    0, 2,    0),
    (1000,  997, 2,  997),   # three short, two lines: open
    (1000,  998, 2, 1000),   # a minor unit per line is rounding
    (1000, 1000, 2, 1000),
    (1000, 1200, 2, 1000),   # never more than the total
    (   0,    0, 2,    0),   # nothing to pay is paid
    (   1,    0, 2,    0),   # nothing paid is never paid in full
])
# fmt: on
def test_paid_in_full_may_miss_a_minor_unit_per_line(
    total: int, paid: int, lines: int, counts_as: int
) -> None:
    assert paid_so_far(Progress(total=total, paid=paid), lines) == counts_as


def test_a_sale_of_nothing_is_paid_and_earns_nothing() -> None:
    sale = simple(0)

    assert sale.kept_of(100, "k0") == 0


def test_a_line_of_no_units_earns_nothing_and_harms_nothing() -> None:
    nothing = SaleLine(key="none", product_ref="p", quantity=Decimal(0), total=0)
    sale = Sale((nothing, *simple(1000).lines), (0, 1000), 1000)
    sale.pay()

    assert (sale.kept_of(100, "none"), sale.kept_of(100, "k0")) == (0, 100)


def test_goods_that_are_all_free_leave_the_whole_commission_open_to_shipping_alone() -> None:
    line = SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=500, discount=500)

    assert line_grosses([line], prices_include_vat=True, goods_gross=0) == (0,)
    assert line_grosses([line], prices_include_vat=False, goods_gross=0) == (0,)
    assert line_base(line, 0, prices_include_vat=True) == 0


def test_the_base_of_prices_without_vat_is_the_price_itself() -> None:
    line = SaleLine(
        key="a", product_ref="p", quantity=Decimal(1), total=1000, discount=100, vat_rate=Decimal(19)
    )

    (gross,) = line_grosses([line], prices_include_vat=False, goods_gross=1071)

    assert gross == 1071
    assert line_base(line, gross, prices_include_vat=False) == 900
    assert line_base(line, gross, prices_include_vat=True) == 1071 - vat_inside(1071, Decimal(19))


def link(contact_id: int, *, partner: bool = True, barred: str | None = None) -> Link:
    return Link(contact_id=contact_id, is_partner=partner, barred=barred)


def test_contacts_that_are_no_partners_are_skipped_and_use_up_no_level() -> None:
    chain = [link(1), link(2, partner=False), link(3)]

    assert seats(chain, levels=3, buyer_id=None) == (
        Seat(level=1, partner_id=1),
        Seat(level=2, partner_id=3),
    )


def test_a_barred_partner_uses_up_the_level_and_gets_nothing() -> None:
    seating = seats([link(1, barred="has left"), link(2)], levels=2, buyer_id=None)
    rows = [Terms(level=1, percent=Decimal(10)), Terms(level=2, percent=Decimal(5))]
    (line,), grosses = simple(1000).lines, [1000]

    shares = plan([line], grosses, seating, TermsBook(rows, currency="EUR"), prices_include_vat=True)

    assert seating[0] == Seat(level=1, partner_id=1, barred="has left")
    assert [(share.level, share.partner_id, share.amount) for share in shares] == [(2, 2, 50)]


def test_there_are_no_more_seats_than_levels() -> None:
    assert [seat.partner_id for seat in seats([link(1), link(2), link(3)], levels=2, buyer_id=None)] == [1, 2]
    assert seats([link(1)], levels=0, buyer_id=None) == ()


def test_the_buyer_never_earns_on_the_own_order() -> None:
    seating = seats([link(7), link(8)], levels=2, buyer_id=7)

    assert [(seat.partner_id, seat.barred) for seat in seating] == [(7, "own order"), (8, None)]


def test_an_own_code_earns_nothing_at_level_one() -> None:
    seating = seats([link(5, partner=False), link(7), link(8)], levels=2, buyer_id=None, own_first=True)

    assert [(seat.partner_id, seat.barred) for seat in seating] == [(7, "own order"), (8, None)]


def test_a_share_says_by_which_terms_it_was_earned() -> None:
    fixed = Terms(level=1, fixed=150, currency="EUR", product_ref="p1", id=9)
    rows = [Terms(level=1, percent=Decimal(10)), fixed]
    sale = simple(1000, 1000)

    shares = plan(
        sale.lines,
        sale.grosses,
        [Seat(level=1, partner_id=1)],
        TermsBook(rows, currency="EUR"),
        prices_include_vat=True,
    )

    assert [(share.step, share.percent, share.fixed, share.terms_id, share.base) for share in shares] == [
        (Step.GENERAL, Decimal(10), None, None, 1000),
        (Step.PRODUCT, None, 150, 9, 1000),
    ]


# fmt: off
@pytest.mark.parametrize("line", [
    SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=1000, takes_part=False),
    SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=0),
    SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=-500),
    SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=500, discount=500),
], ids=["takes no part", "costs nothing", "is a rebate", "is wholly discounted"])
# fmt: on
def test_a_line_earns_nothing_that(line: SaleLine) -> None:
    book = TermsBook([Terms(level=1, percent=Decimal(10))], currency="EUR")

    assert plan([line], [line.left], [Seat(level=1, partner_id=1)], book, prices_include_vat=True) == ()


def test_without_terms_for_the_level_nothing_is_earned() -> None:
    book = TermsBook([Terms(level=2, percent=Decimal(10))], currency="EUR")
    sale = simple(1000)

    shares = plan(sale.lines, sale.grosses, [Seat(level=1, partner_id=1)], book, prices_include_vat=True)

    assert shares == ()
