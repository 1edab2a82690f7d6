"""Goods that come back in part: the money goes back first, then the store credit, once and for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flask_firstline import Customer, Invoice, Line, Order, Quote, Refund
from flask_firstline.domain.coupon import Treatment
from flask_firstline.errors import WrongFact
from flask_firstline.models import Call, Code, Redemption
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.codes import create_code
from tests.small_shop import SmallShop, build, line

D = Decimal
CREDIT: dict[str, Any] = {"treatment": Treatment.MULTI_PURPOSE}


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    with shop.app.app_context():
        shop.coupon("Gift card", codes=["card"], amount=5000, **CREDIT)
        yield shop
        with shop.engine.connect() as conn:
            ctx = shop.state.context(conn)
            assert all_ok([*check_counters(ctx), *check_books(ctx)])
        shop.session.rollback()
        shop.engine.dispose()


def goods() -> list[Line]:
    """Give goods of 70.00: two soaps of 20.00 and an oil of 30.00."""
    return [line("soap", "20.00", "2"), line("oil", "30.00")]


def fact(ref: str = "o1", *codes: str, lines: list[Line] | None = None, **more: Any) -> Order:
    return Order(
        ref=ref,
        currency="EUR",
        lines=goods() if lines is None else lines,
        customer=Customer(ref="anna", email="anna@shop.example"),
        codes=codes or ("card",),
        **more,
    )


def told(shop: SmallShop, call: Callable[[], Any]) -> Any:
    done = call()
    shop.session.commit()
    return done


def place(shop: SmallShop, *args: Any, **more: Any) -> Quote:
    done: Quote = told(shop, lambda: shop.firstline.order_placed(fact(*args, **more)))
    return done


def change(shop: SmallShop, lines: list[Line], **more: Any) -> Quote:
    done: Quote = told(shop, lambda: shop.firstline.order_changed(fact(lines=lines, **more)))
    return done


def back(
    shop: SmallShop, ref: str, amount: str | None = None, *, order: str | None = "o1", **more: Any
) -> None:
    """Tell of units that came back (`soap=1`), and what the shop paid for them."""
    invoice = more.pop("invoice_ref", None)
    lines = tuple({"key": key, "quantity": quantity} for key, quantity in more.items())
    fact = Refund(
        ref=ref,
        order_ref=order,
        invoice_ref=invoice,
        currency="EUR",
        amount=None if amount is None else D(amount),
        lines=lines,  # type: ignore[arg-type]  # plain mappings do
    )
    told(shop, lambda: shop.firstline.invoice_refunded(fact))


def pay(shop: SmallShop, ref: str = "i1", order_ref: str = "o1", **more: Any) -> None:
    fact = Invoice(ref=ref, order_ref=order_ref, currency="EUR", **more)
    told(shop, lambda: shop.firstline.invoice_paid(fact))


def left(shop: SmallShop, code: str = "card") -> int:
    shop.session.expire_all()
    return shop.session.scalars(select(Code.credit_left).where(Code.key == code)).one() or 0


def paid_with(shop: SmallShop, order_ref: str = "o1") -> list[int]:
    """Give what stays paid with each code of an order, first applied first."""
    shop.session.expire_all()
    mine = Redemption.order_ref == order_ref, Redemption.state != "released"
    return list(shop.session.scalars(select(Redemption.credit).where(*mine).order_by(Redemption.id)))


def test_the_money_goes_back_before_the_credit(shop: SmallShop) -> None:
    assert place(shop).to_pay == 20
    assert left(shop) == 0

    back(shop, "r1", soap=1)
    assert (left(shop), paid_with(shop)) == (0, [5000])
    back(shop, "r2", soap="0.5")
    assert (left(shop), paid_with(shop)) == (1000, [4000])
    back(shop, "r3", oil=1)
    assert (left(shop), paid_with(shop)) == (4000, [1000])
    back(shop, "r4", soap="0.5")
    assert (left(shop), paid_with(shop)) == (5000, [0])


def test_what_a_refund_names_is_the_money_and_the_rest_is_credit(shop: SmallShop) -> None:
    place(shop)

    back(shop, "r1", "5.00", soap=1)
    assert left(shop) == 1500
    back(shop, "r2", "30.00", oil=1)
    assert left(shop) == 1500


def test_an_amount_without_goods_brings_no_credit_back_and_takes_none(shop: SmallShop) -> None:
    place(shop)
    pay(shop)

    back(shop, "r1", "8.00")
    assert left(shop) == 0
    back(shop, "r2", oil=1)
    back(shop, "r3", "12.00")
    back(shop, "r4", invoice_ref="i1", order=None)
    assert left(shop) == 1000


def test_what_the_shop_charged_counts_where_it_is_told(shop: SmallShop) -> None:
    place(shop, total=D("25.00"))

    back(shop, "r1", oil=1)

    assert left(shop) == 500


@pytest.mark.parametrize("repeats", [1, 3])
def test_any_order_of_the_same_refunds_ends_the_same(shop: SmallShop, repeats: int) -> None:
    refunds: list[tuple[str, str | None, dict[str, object]]] = [
        ("a", "4.00", {"soap": 1}),
        ("b", None, {"soap": "0.5"}),
        ("c", "6.00", {}),
        ("d", None, {"oil": "0.5"}),
    ]
    for number, turned in enumerate(permutations(refunds)):
        card = f"card-{number}"
        with shop.seeding() as conn:
            create_code(conn, card, coupon_id=1, credit=5000, who="test", now=shop.time)
        order = f"o-{number}"
        place(shop, order, card)
        for _ in range(repeats):
            for ref, amount, units in turned:
                back(shop, f"{order}-{ref}", amount, order=order, **units)
        # 16.00 of the soap with 4.00 paid; of the other 25.00 what exceeds the other 16.00 charged.
        assert left(shop, f"card{number}") == 2500


def test_a_refund_told_again_gives_nothing_again(shop: SmallShop) -> None:
    place(shop)

    for _ in range(3):
        back(shop, "r1", oil=1)
        back(shop, "r1", oil=1, soap=1)

    assert left(shop) == 1000


def test_credit_that_came_back_can_be_spent_and_is_never_taken_again(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", "0.00", oil=1)
    assert left(shop) == 3000

    assert place(shop, "o2", lines=[line("tea", "30.00")]).to_pay == 0
    back(shop, "r2", "20.00", soap=1)
    back(shop, "r3", "10.00")

    assert (left(shop), paid_with(shop)) == (0, [2000])


def test_the_code_that_paid_last_gets_its_credit_back_first(shop: SmallShop) -> None:
    shop.coupon("Second card", codes=["second"], amount=1500, **CREDIT)
    shop.coupon("First of all", codes=["first"], amount=200, priority=-1, **CREDIT)
    quote = place(shop, "o1", "card", "second", "first")
    assert [(credit.code, credit.amount) for credit in quote.credits] == [
        ("first", D(2)), ("card", D(50)), ("second", D(15))
    ]  # fmt: skip

    found = []
    for ref in ("r1", "r2", "r3"):
        back(shop, ref, soap="0.7")
        found.append((left(shop, "first"), left(shop), left(shop, "second")))
    back(shop, "r4", oil=1)

    assert found == [(0, 0, 1100), (0, 1000, 1500), (0, 2200, 1500)]
    assert [left(shop, code) for code in ("first", "card", "second")] == [200, 5000, 1500]


def test_the_last_unit_brings_back_what_has_paid_for_shipping_too(shop: SmallShop) -> None:
    place(shop, lines=[line("soap", "20.00", "2")], shipping=D("4.90"), shipping_vat_rate=D(19))
    assert left(shop) == 510

    back(shop, "r1", soap=1)
    assert left(shop) == 2510
    back(shop, "r2", "20.00", soap=1)

    assert left(shop) == 5000


def test_discounts_are_off_what_came_back_and_net_prices_count_with_their_vat(shop: SmallShop) -> None:
    shop.coupon("Ten", codes=["ten"], percent=D(10), currency=None)
    place(shop, "o1", "ten", "card", lines=[line("soap", "10.00", "3")], prices_include_vat=False)
    assert paid_with(shop) == [0, 3213]

    back(shop, "r1", soap=1)

    assert (left(shop), paid_with(shop)) == (5000 - 3213 + 1071, [0, 2142])


def test_refunds_that_come_before_their_order_wait_and_end_the_same(shop: SmallShop) -> None:
    back(shop, "r1", "5.00", soap=1)
    back(shop, "r2", oil=1)
    pay(shop)
    back(shop, "r3", order=None, invoice_ref="i1", soap="0.5")
    assert left(shop) == 5000

    place(shop)

    assert (left(shop), paid_with(shop)) == (1500 + 2500, [1000])


def test_refunds_of_an_invoice_that_is_not_known_yet_count_when_it_comes(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", order=None, invoice_ref="i1", oil=1)
    assert left(shop) == 0

    pay(shop)

    assert left(shop) == 1000
    assert set(shop.session.scalars(select(Call.outcome))) == {"done"}


@pytest.mark.parametrize("first", [True, False])
def test_invoices_with_lines_of_their_own_count_for_their_order(shop: SmallShop, first: bool) -> None:
    place(shop)
    if first:
        back(shop, "r1", soap=1)
    pay(shop, "o1", lines=[line("soap", "20.00", "2")], amount=D(20))
    if not first:
        back(shop, "r1", soap=1)
    assert left(shop) == 0

    back(shop, "r2", order=None, invoice_ref="o1", soap="0.5")
    assert left(shop) == 1000
    pay(shop, "i2", lines=[line("oil", "30.00")])
    back(shop, "r3", order=None, invoice_ref="i2")

    assert (left(shop), paid_with(shop)) == (4000, [1000])


def test_a_whole_invoice_back_is_not_yet_the_whole_order(shop: SmallShop) -> None:
    place(shop)
    pay(shop, "o1", lines=[line("oil", "30.00")])

    back(shop, "r1", order=None, invoice_ref="o1")
    assert (left(shop), paid_with(shop)) == (1000, [4000])
    back(shop, "r2", invoice_ref="o1")

    assert (left(shop), paid_with(shop)) == (5000, [0])


def test_net_prices_of_an_order_count_whole_when_an_invoice_took_lines_out(shop: SmallShop) -> None:
    place(shop, lines=[line("soap", "10.00", "3")], prices_include_vat=False)
    pay(shop, lines=[line("soap", "10.00")])

    back(shop, "r1", soap=1)

    assert (left(shop), paid_with(shop)) == (5000 - 3570 + 1190, [2380])


def test_a_cancel_gives_back_the_rest(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", soap="1.5")
    assert left(shop) == 1000

    told(shop, lambda: shop.firstline.order_cancelled("o1"))
    back(shop, "r2", oil=1)

    assert left(shop) == 5000


@pytest.mark.parametrize("policy", ["unpaid", "always", "never"])
def test_a_cancel_after_a_part_came_back_is_no_second_time(firstline_url: str, policy: str) -> None:
    shop = build(firstline_url, FIRSTLINE_GIVE_BACK=policy)
    with shop.app.app_context():
        shop.coupon("Gift card", codes=["card"], amount=5000, **CREDIT)
        place(shop)
        pay(shop)
        back(shop, "r1", "0", oil=1)
        told(shop, lambda: shop.firstline.order_cancelled("o1"))

        assert left(shop) == 5000
        with shop.engine.connect() as conn:
            assert all_ok(check_counters(shop.state.context(conn)))
        shop.session.rollback()
        shop.engine.dispose()


def test_a_failed_payment_frees_the_rest_and_a_late_one_takes_no_more_than_that(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", oil=1)
    told(shop, lambda: shop.firstline.payment_failed("o1"))
    assert left(shop) == 5000
    place(shop, "o2", lines=[line("tea", "10.00")])

    pay(shop)
    assert (left(shop), paid_with(shop)) == (0, [4000])
    back(shop, "r2", soap=1)

    assert (left(shop), paid_with(shop)) == (2000, [2000])


def test_an_order_placed_anew_after_a_failed_payment_gives_its_returns_back(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", oil=1)
    told(shop, lambda: shop.firstline.payment_failed("o1"))

    place(shop)

    assert (left(shop), paid_with(shop)) == (1000, [4000])


def test_a_late_payment_whose_credit_is_gone_gives_nothing_back(shop: SmallShop) -> None:
    place(shop)
    told(shop, lambda: shop.firstline.payment_failed("o1"))
    place(shop, "o2", lines=[line("tea", "10.00")])
    pay(shop)
    assert paid_with(shop) == [0]

    back(shop, "r1", "0", oil=1)
    assert (left(shop), paid_with(shop)) == (4000, [0])
    changed = change(shop, [line("soap", "20.00", "3"), line("oil", "30.00")])

    assert (changed.credit, left(shop), paid_with(shop)) == (D(0), 4000, [0])


def test_an_order_changed_after_a_return_is_paid_with_what_credit_is_left(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", oil=1)
    place(shop, "o2", lines=[line("tea", "10.00")])
    assert (left(shop), paid_with(shop)) == (0, [4000])

    grown = change(shop, [*goods(), line("tea", "10.00")])
    assert (grown.total, grown.credit, grown.to_pay) == (D(80), D(40), D(40))
    assert (left(shop), paid_with(shop)) == (0, [4000])
    back(shop, "r2", soap=1)
    assert (left(shop), paid_with(shop)) == (1000, [3000])
    back(shop, "r3", "0", tea=1)
    assert (left(shop), paid_with(shop)) == (2000, [2000])
    back(shop, "r4")
    assert (left(shop), paid_with(shop)) == (4000, [0])


def test_a_change_without_any_difference_in_money_gives_nothing_twice(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", "0", oil=1)

    for title in ("Soap", "Fine soap"):
        changed = change(shop, [line("soap", "20.00", "2", title=title), line("oil", "30.00")])
        assert (changed.credit, left(shop), paid_with(shop)) == (D(20), 3000, [2000])
    back(shop, "r2", "20.00", soap=1)

    assert (left(shop), paid_with(shop)) == (3000, [2000])


def test_an_order_that_shrinks_after_a_return_keeps_no_more_credit_than_it_comes_to(shop: SmallShop) -> None:
    place(shop)
    back(shop, "r1", oil=1)

    shrunk = change(shop, [line("soap", "20.00")])
    assert (shrunk.credit, left(shop), paid_with(shop)) == (D(20), 3000, [2000])
    grown = change(shop, [line("soap", "20.00", "3")])
    assert (grown.credit, grown.to_pay, left(shop)) == (D(20), D(40), 3000)
    back(shop, "r2", soap=3)

    assert (left(shop), paid_with(shop)) == (5000, [0])


def test_commissions_on_what_is_kept_are_those_of_an_order_paid_with_money(shop: SmallShop) -> None:
    shop.partner("meier")
    shop.terms("10")
    shop.coupon("Meier", codes=["vonmeier"], owner="meier", amount=100)
    earned = []
    for ref, codes in (("o1", ("vonmeier", "card")), ("o2", ("vonmeier",))):
        before = shop.firstline.balance("meier").get("EUR")
        place(shop, ref, *codes)
        pay(shop, ref, order_ref=ref)
        back(shop, f"r-{ref}", order=ref, soap=1)
        after = shop.firstline.balance("meier")["EUR"].on_hold
        earned.append(after - (before.on_hold if before else 0))
    shop.session.commit()

    assert earned[0] == earned[1] > 0
    assert left(shop) == 72


units = st.sampled_from(("1", "0.5", "2"))
some_lines = st.lists(
    st.tuples(st.sampled_from(("soap", "oil", "tea")), st.sampled_from(("5.00", "20.00", "33.33")), units),
    min_size=1,
    max_size=3,
    unique_by=lambda found: found[0],
)
acts = st.one_of(
    st.tuples(st.just("back"), st.sampled_from(("soap", "oil")), units, st.sampled_from((None, "0", "7.00"))),
    st.tuples(st.just("amount"), st.sampled_from(("3.00", "20.00"))),
    st.tuples(st.just("pay")),
    st.tuples(st.just("fail")),
    st.tuples(st.just("place")),
    st.tuples(st.just("change"), some_lines),
)


class Life:
    """One order that a card helps to pay, and to which anything may happen."""

    def __init__(self, shop: SmallShop, ref: str) -> None:
        self.shop, self.ref, self.acts = shop, ref, 0
        with shop.seeding() as conn:
            create_code(conn, f"card {ref}", coupon_id=1, credit=5000, who="test", now=shop.time)
        self.place()

    @property
    def left(self) -> int:
        return left(self.shop, f"card{self.ref}")

    def place(self) -> None:
        place(self.shop, self.ref, f"card {self.ref}")

    def back(self, key: str, quantity: str, paid: str | None) -> None:
        with suppress(WrongFact):  # a line that a change has taken out
            back(self.shop, self._name(), paid, order=self.ref, **{key: quantity})
        self.shop.session.rollback()

    def amount(self, amount: str) -> None:
        back(self.shop, self._name(), amount, order=self.ref)

    def pay(self) -> None:
        pay(self.shop, self._name(), self.ref, amount=D("0.01"))

    def fail(self) -> None:
        told(self.shop, lambda: self.shop.firstline.payment_failed(self.ref))

    def change(self, lines: list[tuple[str, str, str]]) -> None:
        new = fact(self.ref, f"card {self.ref}", lines=[line(*values) for values in lines])
        told(self.shop, lambda: self.shop.firstline.order_changed(new))

    def _name(self) -> str:
        self.acts += 1
        return f"{self.ref}-{self.acts}"


@pytest.mark.slow
def test_whatever_happens_credit_is_neither_made_nor_lost(shop: SmallShop) -> None:
    numbers = count(1)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(history=st.lists(acts, max_size=7))
    def live(history: list[tuple[Any, ...]]) -> None:
        life = Life(shop, f"o{next(numbers)}")
        for act, *how in history:
            before = life.left
            getattr(life, act)(*how)
            assert before <= life.left <= 5000 or act in ("place", "pay")
            with shop.engine.connect() as conn:
                assert all_ok(check_counters(shop.state.context(conn)))
        told(shop, lambda: shop.firstline.order_cancelled(life.ref))
        assert life.left == 5000

    live()
