"""Random histories of orders, payments, returns, cancels and repeats: the books agree at every step.

What should have been earned is computed by the independent reading of the rules in tests/unit/oracle.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from flask_firstline import Customer, Invoice, Line, Order, Refund
from flask_firstline.models import Accrual, Balance, Posting
from flask_firstline.testing import FakeShop, make_code, make_partner, make_terms

from ..unit import oracle

PERCENTS = {"meier": 10, "schulz": 5, "opa": 1}
DIGITS = {"EUR": 2, "JPY": 0}
RATES = (None, 0, 7, 19)
KEYS = "abc"

lines = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 6000), st.sampled_from(RATES)), min_size=1, max_size=3
)


@dataclass(kw_only=True)
class Sale:
    """An order as the test itself keeps it."""

    ref: str
    currency: str
    with_vat: bool
    shipping: int
    lines: list[tuple[int, int, int | None]]
    code: bool
    placed: bool = False
    cancelled: bool = False
    calls: int = 0
    payments: list[int | None] = field(default_factory=list)
    given_back: int = 0
    returned: dict[int, int] = field(default_factory=dict)

    @property
    def cart(self) -> oracle.Cart:
        return oracle.Cart(
            lines=tuple(
                oracle.Line(
                    key=key,
                    quantity=Fraction(quantity),
                    price=Fraction(price),
                    rate=None if rate is None else Fraction(rate),
                )
                for key, (quantity, price, rate) in zip(KEYS, self.lines, strict=False)
            ),
            shipping=self.shipping,
            shipping_rate=Fraction(19),
            with_vat=self.with_vat,
        )

    @property
    def bill(self) -> oracle.Bill:
        coupon = oracle.Coupon(code="vonmeier", percent=Fraction(15))
        return oracle.quote(self.cart, [coupon] if self.code else [])

    def earned(self, percent: int) -> int:
        """Give what one level has earned now."""
        nothing_paid = not self.payments and self.bill.total > 0
        if not self.code or not self.placed or self.cancelled or nothing_paid:
            return 0
        cart, bill = self.cart, self.bill
        total, paid = bill.total, 0
        for payment in self.payments:
            paid += max(0, total - paid) if payment is None else payment
        grosses = oracle.line_grosses(cart, bill)
        return sum(
            oracle.kept(
                oracle.full_commission(
                    oracle.line_base(cart, bill, index), line.quantity, percent=Fraction(percent)
                ),
                index,
                grosses=grosses,
                quantities=[line.quantity for line in cart.lines],
                returned={i: Fraction(units) for i, units in self.returned.items()},
                total=total,
                paid=paid,
                given_back=self.given_back,
            )
            for index, line in enumerate(cart.lines)
        )


class History(RuleBasedStateMachine):
    """A shop in which anything may happen, in any order, and again."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = FakeShop()
        self.sales: list[Sale] = []
        self.said: list[Callable[[], object]] = []
        make_partner(self.shop.app, "opa")
        make_partner(self.shop.app, "schulz", sponsor="opa")
        make_partner(self.shop.app, "meier", sponsor="schulz")
        make_terms(self.shop.app, *PERCENTS.values())
        make_code(self.shop.app, "vonmeier", owner="meier", percent=15)

    def teardown(self) -> None:
        done = self.shop.app.test_cli_runner().invoke(args=["firstline", "check"])
        self.shop.close()
        assert done.exit_code == 0, done.output

    def say(self, call: Callable[[], object]) -> None:
        """Make a call in a transaction of the shop, and remember it to be repeated."""
        self.said.append(call)
        self.again(call)

    def again(self, call: Callable[[], object]) -> None:
        with self.shop.app.app_context():
            call()
            self.shop.db.session.commit()

    def amount(self, sale: Sale, units: int) -> Decimal:
        return Decimal(units).scaleb(-DIGITS[sale.currency])

    def order(self, sale: Sale) -> Order:
        return Order(
            ref=sale.ref,
            currency=sale.currency,
            lines=[
                Line(
                    key=key,
                    product_ref=key,
                    quantity=quantity,
                    unit_price=self.amount(sale, price),
                    vat_rate=rate,
                )
                for key, (quantity, price, rate) in zip(KEYS, sale.lines, strict=False)
            ],
            shipping=self.amount(sale, sale.shipping),
            shipping_vat_rate=Decimal(19),
            prices_include_vat=sale.with_vat,
            customer=Customer(ref=f"buyer of {sale.ref}", email=f"{sale.ref}@shop.example"),
            codes=("vonmeier",) if sale.code else (),
        )

    def pick(self, data: st.DataObject) -> Sale:
        return data.draw(st.sampled_from(self.sales), label="sale")

    @rule(
        sold=lines,
        currency=st.sampled_from(sorted(DIGITS)),
        with_vat=st.booleans(),
        shipping=st.sampled_from((0, 490)),
        code=st.sampled_from((True, True, False)),
        place=st.sampled_from((True, True, False)),
    )
    def a_buyer_orders(
        self,
        sold: list[tuple[int, int, int | None]],
        currency: str,
        with_vat: bool,
        shipping: int,
        code: bool,
        place: bool,
    ) -> None:
        sale = Sale(
            ref=f"o{len(self.sales)}",
            currency=currency,
            with_vat=with_vat,
            shipping=shipping,
            lines=sold,
            code=code,
        )
        if sale.code and not sale.bill.codes:
            sale.code = False
        self.sales.append(sale)
        if place:
            self.place(sale)

    def place(self, sale: Sale) -> None:
        sale.placed = True
        order = self.order(sale)
        self.say(lambda: self.shop.firstline.order_placed(order))

    @precondition(lambda self: any(not sale.placed for sale in self.sales))
    @rule()
    def the_order_comes_after_its_payment(self) -> None:
        self.place(next(sale for sale in self.sales if not sale.placed))

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), part=st.one_of(st.none(), st.integers(1, 9000)))
    def money_comes_in(self, data: st.DataObject, part: int | None) -> None:
        sale = self.pick(data)
        sale.calls += 1
        if not sale.cancelled:
            sale.payments.append(part)
        invoice = Invoice(
            ref=f"{sale.ref}-i{sale.calls}",
            order_ref=sale.ref,
            currency=sale.currency,
            amount=None if part is None else self.amount(sale, part),
        )
        self.say(lambda: self.shop.firstline.invoice_paid(invoice))

    @precondition(lambda self: any(sale.placed for sale in self.sales))
    @rule(data=st.data(), amount=st.integers(1, 4000))
    def money_goes_back(self, data: st.DataObject, amount: int) -> None:
        sale = data.draw(st.sampled_from([sale for sale in self.sales if sale.placed]), label="sale")
        sale.given_back += amount
        self.refund(sale, amount=self.amount(sale, amount))

    @precondition(lambda self: any(sale.placed for sale in self.sales))
    @rule(data=st.data(), units=st.integers(1, 2))
    def a_line_comes_back(self, data: st.DataObject, units: int) -> None:
        sale = data.draw(st.sampled_from([sale for sale in self.sales if sale.placed]), label="sale")
        index = data.draw(st.integers(0, len(sale.lines) - 1), label="line")
        sale.returned[index] = min(sale.lines[index][0], sale.returned.get(index, 0) + units)
        self.refund(sale, lines=({"key": KEYS[index], "quantity": units},))

    @precondition(lambda self: any(sale.placed for sale in self.sales))
    @rule(data=st.data())
    def everything_comes_back(self, data: st.DataObject) -> None:
        sale = data.draw(st.sampled_from([sale for sale in self.sales if sale.placed]), label="sale")
        sale.returned = {index: line[0] for index, line in enumerate(sale.lines)}
        self.refund(sale)

    def refund(self, sale: Sale, **what: object) -> None:
        sale.calls += 1
        refund = Refund(
            ref=f"{sale.ref}-r{sale.calls}",
            order_ref=sale.ref,
            currency=sale.currency,
            **what,  # type: ignore[arg-type]
        )
        self.say(lambda: self.shop.firstline.invoice_refunded(refund))

    @precondition(lambda self: any(sale.placed for sale in self.sales))
    @rule(data=st.data())
    def the_order_is_cancelled(self, data: st.DataObject) -> None:
        sale = data.draw(st.sampled_from([sale for sale in self.sales if sale.placed]), label="sale")
        sale.cancelled = True
        self.say(lambda: self.shop.firstline.order_cancelled(sale.ref))

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def any_call_comes_again(self, data: st.DataObject) -> None:
        self.again(data.draw(st.sampled_from(self.said), label="call"))

    @rule(days=st.integers(1, 40))
    def time_passes_and_holds_end(self, days: int) -> None:
        self.shop.clock.now += timedelta(days=days)
        self.again(lambda: self.shop.firstline.balance("meier"))

    @invariant()
    def balances_are_what_the_rules_give(self) -> None:
        with self.shop.app.app_context():
            for partner, percent in PERCENTS.items():
                found = self.shop.firstline.balance(partner)
                self.shop.db.session.commit()
                for currency, digits in DIGITS.items():
                    expected = sum(sale.earned(percent) for sale in self.sales if sale.currency == currency)
                    balance = found.get(currency)
                    booked = balance.on_hold + balance.payable if balance else Decimal(0)
                    assert booked == Decimal(expected).scaleb(-digits), (partner, currency)

    @invariant()
    def reversals_stay_within_their_originals_and_entries_balance(self) -> None:
        with self.shop.app.app_context():
            session: Session = self.shop.db.session()
            beyond = session.scalar(
                select(func.count()).where((Accrual.reversed > Accrual.amount) | (Accrual.reversed < 0))
            )
            into = _sums(session, Posting.destination)
            out = _sums(session, Posting.origin)
            kept = {
                (row.partner_id, row.currency, row.kind): row.amount
                for row in session.scalars(select(Balance))
                if row.amount
            }
            session.rollback()
        moved = {place: into.get(place, 0) - out.get(place, 0) for place in {*into, *out}}
        assert beyond == 0
        assert {place: amount for place, amount in moved.items() if amount and place[2] != "expense"} == kept


def _sums(session: Session, account: InstrumentedAttribute[str]) -> dict[tuple[int, str, str], int]:
    places = (Posting.partner_id, Posting.currency, account)
    query = select(*places, func.sum(Posting.amount)).group_by(*places)
    return {
        (partner, currency, kind): int(amount) for partner, currency, kind, amount in session.execute(query)
    }


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=15,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
