"""Random histories of orders, payments, returns, cancels and repeats: the books are right at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_firstline import Customer, Invoice, Line, Order, Refund
from flask_firstline.domain.exchange import Rate
from flask_firstline.domain.money import major
from flask_firstline.domain.payout import Method
from flask_firstline.domain.payout_details import Details
from flask_firstline.domain.portions import WHOLE, Portion
from flask_firstline.models import (
    Accrual,
    Balance,
    CommissionTerms,
    Document,
    ExchangeRate,
    Payout,
    Posting,
)
from flask_firstline.services import (
    code_portions,
    codes,
    disputes,
    hot,
    manual_postings,
    payout_details,
    payout_release,
    payouts,
    rates,
    sharing,
    waiting,
)
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.context import Context
from flask_firstline.services.manual_postings import ByHand, Wanted
from flask_firstline.services.mistakes import NotThere, PostingRefused
from flask_firstline.services.payout_runs import Actor
from tests.small_shop import SmallShop, build
from tests.unit import oracle

from .history_model import (
    FIXED,
    FIXED_AMOUNT,
    HOLD,
    OF_ORDER,
    STAR,
    STARS_PERCENT,
    Books,
    OrderModel,
    Paid,
    Part,
    Portions,
)
from .shard_kit import make_hot

_worlds = count(1)
ACTOR = Actor(name="test", id="test")
RATES = (None, 0, 7, 19)
PRODUCTS = ("p-one", "p-two", FIXED)
CUSTOMERS = ("anna", "bert", "carla")
CURRENCIES = ("EUR", "JPY", "USD")

lines = st.lists(
    st.tuples(
        st.sampled_from(PRODUCTS),
        st.sampled_from(("1", "2", "3", "7", "0.5")),
        st.integers(min_value=20, max_value=6000),
        st.sampled_from(RATES),
    ),
    min_size=1,
    max_size=3,
)
pick = st.integers(min_value=0, max_value=10**6)
PORTIONS = st.lists(
    st.tuples(st.integers(min_value=0, max_value=3), st.sampled_from((1, 2500, 3333))), min_size=1, max_size=3
)
"""Partners by number with hundredths of a per cent; the last one has the rest."""
RARELY = st.sampled_from((False, False, False, True))
NAMES = ("p0", "p1", "p2")
"""Invoices with lines of their own."""
OF = st.sampled_from((OF_ORDER, OF_ORDER, *NAMES))


def _as_told(line: oracle.Line, currency: str) -> Line:
    return Line(
        key=line.key,
        product_ref=line.product,
        quantity=str(float(line.quantity)),
        unit_price=major(int(line.price), currency),
        vat_rate=None if line.rate is None else int(line.rate),
    )


def drafted(
    world: str,
    number: int,
    customer: str,
    currency: str,
    content: Any,
    shipping: int,
    with_vat: bool,
    code: str,
) -> tuple[Order, OrderModel]:
    """Give an order as the shop hands it over, and as the model reads it."""
    keyed = list(zip("abc", content, strict=False))
    code = "ten" if currency == "JPY" and code == "five" else code
    coupons = {
        "five": oracle.Coupon(code="five", amount=500),
        "ten": oracle.Coupon(code="ten", percent=Fraction(10)),
    }
    fact = Order(
        ref=f"{world}-o{number}",
        currency=currency,
        lines=[
            Line(
                key=key,
                product_ref=product,
                quantity=quantity,
                unit_price=major(price, currency),
                vat_rate=rate,
            )
            for key, (product, quantity, price, rate) in keyed
        ],
        shipping=major(shipping, currency),
        shipping_vat_rate=Decimal(19),
        prices_include_vat=with_vat,
        customer=Customer(ref=f"{world}-{customer}"),
        codes=(f"{code} {world}",) if code else (),
    )
    cart = oracle.Cart(
        lines=tuple(
            oracle.Line(
                key=key,
                quantity=Fraction(quantity),
                price=Fraction(price),
                rate=None if rate is None else Fraction(rate),
                product=product,
            )
            for key, (product, quantity, price, rate) in keyed
        ),
        shipping=shipping,
        shipping_rate=Fraction(19),
        with_vat=with_vat,
    )
    model = OrderModel(
        ref=fact.ref, customer=customer, currency=currency, cart=cart, coupon=coupons.get(code)
    )
    return fact, model


class Histories(RuleBasedStateMachine):
    """One shop with five partners and three customers, to which anything may happen in any order."""

    shop: SmallShop

    @initialize()
    def open_the_shop(self) -> None:
        self.world = f"w{next(_worlds)}"
        self.context = self.shop.app.app_context()
        self.context.push()
        meier, above, top = self._name("meier"), self._name("above"), self._name("top")
        star = f"{STAR}-{self.world}"
        for ref, sponsor in ((top, None), (above, top), (meier, above), (star, None)):
            self.shop.partner(ref, sponsor)
        self.shop.coupon(f"Five {self.world}", codes=[f"five {self.world}"], owner=meier)
        ten = {"percent": Decimal(10), "currency": None}
        self.shop.coupon(f"Ten {self.world}", codes=[f"ten {self.world}"], owner=star, max_uses=1000, **ten)
        with self.shop.seeding() as conn:
            own = {"place": star, "partner_id": self.shop.partners[star], "level": 1}
            percent = Decimal(int(STARS_PERCENT))
            conn.execute(
                CommissionTerms.__table__.insert(), {**own, "percent": percent, "changed_at": self.now}
            )
        self.partners = (meier, above, top, star)
        cash = Details(method=Method.CASH)
        with self.shop.seeding() as conn:
            for partner in self.partners:
                payout_details.save(conn, self.shop.partners[partner], cash, who="test", now=self.now)
        lines_of: dict[str, Sequence[str]] = {meier: (above, top), above: (top,), top: (), star: ()}
        self.books = Books(above=lines_of, owner={"five": meier, "ten": star}, abroad=top)
        with self.shop.seeding() as conn:
            abroad = self.shop.partners[top]
            rates.set_payout_currency(conn, abroad, "USD", who="test", now=self.now)
        self.manual = count(1)
        self._forget_rates()
        self.facts: dict[str, Order] = {}
        self.calls: list[Callable[[], None]] = []
        self.numbers = count(1)

    def _forget_rates(self) -> None:
        """Let this world begin without rates."""
        with self.shop.seeding() as conn:
            conn.execute(ExchangeRate.__table__.delete())

    def _name(self, who: str) -> str:
        return f"{who}-{self.world}"

    @property
    def now(self) -> datetime:
        return self.shop.time

    def _order(self, number: int) -> OrderModel:
        return list(self.books.orders.values())[number % len(self.books.orders)]

    def _told(self, call: Callable[[], object]) -> None:
        call()
        self.shop.session.commit()

    # What the shop tells ----------------------------------------------------------------------------------

    @rule(
        customer=st.sampled_from(CUSTOMERS),
        currency=st.sampled_from(("EUR", "EUR", "JPY")),
        content=lines,
        shipping=st.sampled_from((0, 490)),
        with_vat=st.booleans(),
        code=st.sampled_from(("five", "ten", "ten", "")),
        later=RARELY,
    )
    def draft(self, customer: str, later: bool, **content: Any) -> None:
        """Write an order in the shop; it is placed at once, or heard of later."""
        fact, model = drafted(self.world, next(self.numbers), customer, **content)
        self.facts[model.ref], self.books.orders[model.ref] = fact, model
        if not later:
            self._place(model)

    @precondition(lambda self: self.books.orders)
    @rule(number=pick)
    def place(self, number: int) -> None:
        """Place an order, again where it was placed before."""
        self._place(self._order(number))

    def _place(self, order: OrderModel) -> None:
        self._told(lambda: self.shop.firstline.order_placed(self.facts[order.ref]))
        if not order.placed or order.failed:
            self.books.place(order, self.now)

    @precondition(lambda self: self.books.orders)
    @rule(number=pick, percent=st.integers(min_value=1, max_value=120))
    def pay_a_part(self, number: int, percent: int) -> None:
        order = self._order(number)
        self._pay(order, max(1, order.total * percent // 100))

    @precondition(lambda self: self.books.orders)
    @rule(number=pick)
    def pay_the_rest(self, number: int) -> None:
        self._pay(self._order(number), None)

    def _pay(self, order: OrderModel, part: int | None) -> None:
        payment = next(self.numbers)
        invoice = f"{order.ref}-i{payment % 2}"
        fact = self._payment(order, invoice, part, payment)

        def heard() -> None:
            order.invoices[invoice] = order.invoices.get(invoice, 0) + order.pay(OF_ORDER, part)

        self._keyed(order, lambda: self.shop.firstline.invoice_paid(fact), heard)

    def _payment(self, order: OrderModel, invoice: str, part: int | None, payment: int) -> Invoice:
        return Invoice(
            ref=invoice,
            payment_ref=str(payment),
            order_ref=order.ref,
            currency=order.currency,
            amount=None if part is None else major(part, order.currency),
        )

    @precondition(lambda self: self.books.orders)
    @rule(
        number=pick,
        name=st.sampled_from(NAMES),
        units=st.lists(st.sampled_from(("0", "1", "0.5", "2")), min_size=3, max_size=3),
        percent=st.sampled_from((None, None, 30, 70, 130)),
    )
    def pay_lines(self, number: int, name: str, units: Sequence[str], percent: int | None) -> None:
        """Pay an invoice of some of the order's lines, whole or in part; its first lines stand."""
        order = self._order(number)
        lines = [
            replace(line, quantity=Fraction(quantity))
            for line, quantity in zip(order.cart.lines, units, strict=False)
            if Fraction(quantity)
        ]
        if not lines:
            return
        first = order.wanted.setdefault(name, lines)
        worth = sum(oracle.hu(line.price * line.quantity) for line in first)
        part = None if percent is None else max(1, worth * percent // 100)
        told = tuple(_as_told(line, order.currency) for line in lines)
        fact = replace(self._payment(order, order.ref_of(name), part, next(self.numbers)), lines=told)
        self._keyed(order, lambda: self.shop.firstline.invoice_paid(fact), lambda: order.pay(name, part))

    @precondition(lambda self: self._sold())
    @rule(number=pick, line=pick, quantity=st.sampled_from(("1", "0.5", "2")), of=OF)
    def return_units(self, number: int, line: int, quantity: str, of: str) -> None:
        """Return units of the order, or of an invoice that may not be known yet."""
        order = self._sold()[number % len(self._sold())]
        lines = order.wanted.get(of) or order.cart.lines
        key = lines[line % len(lines)].key
        fact = self._refund(order, of, lines=({"key": key, "quantity": quantity},))
        self._refunded(order, fact, lambda: order.return_units(of, key, Fraction(quantity)))

    @precondition(lambda self: self._sold())
    @rule(number=pick, percent=st.integers(min_value=1, max_value=40), of=OF)
    def give_back(self, number: int, percent: int, of: str) -> None:
        order = self._sold()[number % len(self._sold())]
        amount = max(1, order.total * percent // 100)
        fact = self._refund(order, of, amount=major(amount, order.currency))
        self._refunded(order, fact, lambda: order.give_back(of, amount))

    @precondition(lambda self: self._sold())
    @rule(number=pick, really=RARELY)
    def return_everything(self, number: int, really: bool) -> None:
        order = self._sold()[number % len(self._sold())]
        if really:
            self._refunded(order, self._refund(order), order.return_all)

    @precondition(lambda self: self._sold())
    @rule(number=pick, really=RARELY)
    def give_an_invoice_back(self, number: int, really: bool) -> None:
        """Give back what one invoice has brought, named by the invoice alone."""
        paid = [order for order in self._sold() if order.invoices]
        if not paid or not really:
            return
        order = paid[number % len(paid)]
        invoice = sorted(order.invoices)[number % len(order.invoices)]
        fact = Refund(ref=f"{self.world}-r{next(self.numbers)}", invoice_ref=invoice, currency=order.currency)

        def heard() -> None:
            order.give_back(OF_ORDER, order.invoices[invoice])

        self._refunded(order, fact, heard)

    @precondition(lambda self: any(order.invoiced for order in self._sold()))
    @rule(number=pick, really=RARELY)
    def give_an_invoice_with_lines_back(self, number: int, really: bool) -> None:
        """Return all units of an invoice, named by it alone."""
        split = [order for order in self._sold() if order.invoiced]
        order = split[number % len(split)]
        name = sorted(order.invoiced)[number % len(order.invoiced)]
        ref, invoice = f"{self.world}-r{next(self.numbers)}", order.ref_of(name)
        fact = Refund(ref=ref, invoice_ref=invoice, currency=order.currency)

        def heard() -> None:
            for line in order.wanted[name]:
                order.return_units(name, line.key, line.quantity)

        if really:
            self._refunded(order, fact, heard)

    def _sold(self) -> list[OrderModel]:
        """Give the orders of which something may come back; some are not heard of yet."""
        return [order for order in self.books.orders.values() if not order.failed]

    def _refunded(self, order: OrderModel, fact: Refund, heard: Callable[[], object]) -> None:
        self._keyed(order, lambda: self.shop.firstline.invoice_refunded(fact), heard)

    @precondition(lambda self: any(order.placed for order in self.books.orders.values()))
    @rule(number=pick, content=lines)
    def change(self, number: int, content: Any) -> None:
        """Change what an order is about; nothing happens to one that is cancelled or failed."""
        placed = [order for order in self.books.orders.values() if order.placed]
        order = placed[number % len(placed)]
        old = self.facts[order.ref]
        fact, model = drafted(
            self.world,
            0,
            order.customer,
            order.currency,
            content,
            order.cart.shipping,
            order.cart.with_vat,
            "" if order.coupon is None else order.coupon.code,
        )
        fact = replace(fact, ref=old.ref)
        self._told(lambda: self.shop.firstline.order_changed(fact))
        if not order.cancelled and not order.failed:
            self.facts[order.ref], order.cart = fact, model.cart
            if order.invoiced:
                order.settle()
            elif not order.total:
                order.settled.add(OF_ORDER)
            self.books.post(order, self.now)

    @precondition(lambda self: self.books.orders)
    @rule(number=pick, really=RARELY)
    def cancel(self, number: int, really: bool) -> None:
        order = self._order(number)
        if not really:
            return
        self._told(lambda: self.shop.firstline.order_cancelled(order.ref))
        if order.placed and not order.cancelled:
            order.cancelled, order.failed = True, False
            order.return_all()
            self.books.post(order, self.now)

    @precondition(lambda self: self.books.orders)
    @rule(number=pick, really=RARELY)
    def fail(self, number: int, really: bool) -> None:
        order = self._order(number)
        if not really:
            return
        self._told(lambda: self.shop.firstline.payment_failed(order.ref))
        if order.placed and not order.cancelled and not order.was_paid and order.total:
            order.failed = True

    @precondition(lambda self: self.books.orders)
    @rule(number=pick)
    def complete(self, number: int) -> None:
        order = self._order(number)
        self._told(lambda: self.shop.firstline.order_completed(order.ref))

    @precondition(lambda self: self.calls)
    @rule(number=pick)
    def repeat(self, number: int) -> None:
        """Tell again what was told before."""
        self._told(self.calls[number % len(self.calls)])

    @rule(days=st.integers(min_value=1, max_value=50))
    def wait(self, days: int) -> None:
        """Let time pass and read the balances of the sellers: holds that are over end with it."""
        self.shop.advance(days=days)
        for partner in (self.partners[0], self.partners[-1]):
            self.books.release(partner, self.now)
            found = self.shop.firstline.balance(partner)
            self.shop.session.commit()
            for currency, balance in found.items():
                expected = self.books.balance(partner, currency, payable=True)
                assert balance.payable == major(expected, currency)

    # What admins do ---------------------------------------------------------------------------------------

    @rule(number=pick, folds=RARELY)
    def spread_or_fold(self, number: int, folds: bool) -> None:
        """Spread the balances of a seller, or bring them together."""
        partner_id = self.shop.partners[self.partners[number % len(self.partners)]]
        with self.shop.seeding() as conn:
            if folds:
                hot.cool(conn, partner_id, why="", who="test", now=self.now)
            else:
                make_hot(conn, partner_id, self.now)

    @rule(
        currency=st.sampled_from(("EUR", "EUR", "JPY")), number=st.sampled_from(("1.0834", "0.92", "0.0066"))
    )
    def rate(self, currency: str, number: str) -> None:
        """Let a rate to the dollar come or change; what has waited for it is posted."""
        day = self.now.date() - timedelta(days=1)
        one = Rate(base=currency, quote="USD", rate=Decimal(number), day=day)

        def store(session: Session) -> None:
            ctx = self.shop.state.context(session.connection())
            ctx.conn.execute(ExchangeRate.__table__.delete().where(ExchangeRate.base == currency))
            rates.set_rates(ctx.conn, [one], who="test", now=ctx.now)

        self.shop.state.in_own_unit(store)
        first = currency not in self.books.rates
        self.books.rates[currency] = Fraction(number) * (1 if currency == "EUR" else 100)
        while self.shop.state.in_own_unit(
            lambda session: waiting.post_next(self.shop.state.context(session.connection()))
        ):
            pass
        for order in self.books.orders.values() if first else ():
            papers = {order.ref_of(name) for name in (OF_ORDER, *order.invoiced)}
            if order.currency == currency and any(place[0] in papers for place in self.books.waits):
                self.books.post(order, self.now)

    @rule(
        number=pick,
        amount=st.integers(min_value=-5000, max_value=5000).filter(bool),
        currency=st.sampled_from(("EUR", "JPY", "USD")),
        on_hold=st.booleans(),
    )
    def post_by_hand(self, number: int, amount: int, currency: str, on_hold: bool) -> None:
        """Post something to a partner by hand; what takes away is set off at once."""
        partner, on_hold = self.partners[number % len(self.partners)], on_hold and amount > 0
        wanted = Wanted(
            kind=ByHand.CORRECTION,
            partner_id=self.shop.partners[partner],
            amount=amount,
            currency=currency,
            reason="x",
            on_hold=on_hold,
        )
        key = f"{self.world}-{next(self.manual)}"

        def post(session: Session) -> int:
            ctx = self.shop.state.context(session.connection())
            return manual_postings.post(ctx, wanted, key=key, who="test")[0]

        call: int = self.shop.state.in_own_unit(post)
        assert self.shop.state.in_own_unit(post) == call
        due = self.now + HOLD if on_hold else self.now
        part = Part(place=("", "", 0, ""), partner=partner, currency=currency, left=amount, due=due)
        part.released, part.by_hand = not on_hold, call
        self.books.parts.append(part)

    @precondition(lambda self: any(part.by_hand and part.left for part in self.books.parts))
    @rule(number=pick)
    def take_back(self, number: int) -> None:
        """Take a posting by hand back by its opposite."""
        found = [part for part in self.books.parts if part.by_hand and part.left]
        part = found[number % len(found)]

        def back(session: Session) -> None:
            ctx = self.shop.state.context(session.connection())
            manual_postings.take_back(ctx, (part.by_hand, 1), reason="x", who="test")

        self.shop.state.in_own_unit(back)
        part.left = 0

    @rule(code=st.sampled_from(("five", "ten")), chosen=PORTIONS)
    def share_code(self, code: str, chosen: Sequence[tuple[int, int]]) -> None:
        """Let a code belong to several partners, or to one alone."""
        portions, packed = self._portions(chosen)

        def share(session: Session) -> None:
            conn = session.connection()
            row = codes.find_code(conn, f"{code} {self.world}")
            assert row is not None
            code_portions.share_code(conn, row.id, packed, reason="x", who="test", now=self.now)

        self.shop.state.in_own_unit(share)
        self.books.owner[code] = portions[0][0]
        self.books.shared[code] = portions

    @precondition(lambda self: any(order.placed for order in self.books.orders.values()))
    @rule(number=pick, chosen=PORTIONS)
    def share_order(self, number: int, chosen: Sequence[tuple[int, int]]) -> None:
        """Give the credit of an order to other partners, twice under one key."""
        placed = [order for order in self.books.orders.values() if order.placed]
        order = placed[number % len(placed)]
        portions, packed = self._portions(chosen)
        if portions == order.portions:
            return
        key = f"{self.world}-{next(self.manual)}"

        def share(session: Session) -> bool:
            ctx = self.shop.state.context(session.connection())
            document = session.scalars(select(Document.id).where(Document.ref == order.ref)).one()
            given = sharing.Wanted(document_id=document, portions=packed, reason="x", key=key)
            return sharing.share_order(ctx, given, who="test").new

        assert self.shop.state.in_own_unit(share)
        assert not self.shop.state.in_own_unit(share)
        self.books.share(order, portions, self.now)

    def _portions(self, chosen: Sequence[tuple[int, int]]) -> tuple[Portions, tuple[Portion, ...]]:
        """Give weights that add up to the models and to ours, each partner once."""
        weights = {self.partners[who % len(self.partners)]: weight for who, weight in chosen}
        *others, last = weights
        given = {who: weights[who] for who in others}
        given[last] = WHOLE - sum(given.values())
        return (
            tuple((who, Fraction(weight, WHOLE)) for who, weight in given.items()),
            tuple(Portion(partner_id=self.shop.partners[who], weight=w) for who, w in given.items()),
        )

    @precondition(lambda self: any(order.was_paid for order in self.books.orders.values()))
    @rule(number=pick)
    def dispute(self, number: int) -> None:
        """Open a dispute about an order that is paid; what it earns is held."""
        paid = [order for order in self.books.orders.values() if order.was_paid]
        order = paid[number % len(paid)]

        def open_(session: Session) -> int | None:
            ctx = self.shop.state.context(session.connection())
            document = session.scalar(select(Document.id).where(Document.ref == order.ref))
            try:
                return disputes.open_dispute(ctx, document or 0, reason="x", who="test")
            except (PostingRefused, NotThere):
                return None

        opened: int | None = self.shop.state.in_own_unit(open_)
        if opened is not None:
            self.books.hold(order, opened)

    @precondition(lambda self: any(order.dispute for order in self.books.orders.values()))
    @rule(number=pick, won=st.booleans())
    def decide(self, number: int, won: bool) -> None:
        """Win or lose a dispute."""
        found = [order for order in self.books.orders.values() if order.dispute]
        order = found[number % len(found)]
        dispute = order.dispute or 0

        def close(session: Session) -> None:
            ctx = self.shop.state.context(session.connection())
            disputes.close_dispute(ctx, dispute, won=won, reason="x", who="test")

        self.shop.state.in_own_unit(close)
        self.books.decide(order, won=won, now=self.now)

    @rule(number=pick, currency=st.sampled_from(CURRENCIES), percent=st.integers(min_value=1, max_value=100))
    def pay_one_partner(self, number: int, currency: str, percent: int) -> None:
        """Pay a partner all or a part of what is payable."""
        partner = self.partners[number % len(self.partners)]
        payable = self._payable(partner).get(currency, 0)
        amount = payable * percent // 100
        if amount <= 0:
            return
        who = self.shop.partners[partner]
        self._paid_out(
            lambda ctx: payouts.make_single(ctx, who, ACTOR, currency=currency, amount=amount),
            {(partner, currency): amount},
        )

    @rule(really=RARELY)
    def pay_all_partners(self, really: bool) -> None:
        """Pay everybody what is payable; who is below nought gets nothing."""
        if not really:
            return
        expected = {
            (partner, currency): payable
            for partner in self.partners
            for currency, payable in self._payable(partner).items()
            if payable > 0
        }
        if expected:
            self._paid_out(lambda ctx: payouts.make_run(ctx, ACTOR), expected)

    def _payable(self, partner: str) -> dict[str, int]:
        """Let holds end as a balance that is read does; give what is payable by the model."""
        self.shop.firstline.balance(partner)
        self.shop.session.commit()
        self.books.release(partner, self.now)
        return {currency: self.books.balance(partner, currency, payable=True) for currency in CURRENCIES}

    def _paid_out(self, make: Callable[[Context], int], expected: dict[tuple[str, str], int]) -> None:
        """Make a run and release it; it pays these partners what is expected."""
        names = {self.shop.partners[partner]: partner for partner in self.partners}

        def work(session: Session) -> list[Paid]:
            ctx = self.shop.state.context(session.connection())
            run_id = make(ctx)
            rows = session.execute(select(Payout.__table__).where(Payout.run_id == run_id)).all()
            payout_release.release(ctx, run_id, ACTOR, count=len(rows), sums=payout_release.totals(rows))
            return [
                Paid(id=row.id, partner=names[row.partner_id], currency=row.currency, amount=row.amount)
                for row in rows
                if row.partner_id in names
            ]

        paid: list[Paid] = self.shop.state.in_own_unit(work)
        assert {(one.partner, one.currency): one.amount for one in paid} == expected
        self.books.payouts += paid
        for one in paid:
            self.books.link(one)

    @precondition(lambda self: self.books.payouts)
    @rule(number=pick)
    def payout_fails(self, number: int) -> None:
        """Take a payout back that did not arrive."""
        failed = self.books.payouts.pop(number % len(self.books.payouts))
        self.books.unlink(failed)

        def work(session: Session) -> None:
            ctx = self.shop.state.context(session.connection())
            payout_release.fail(ctx, failed.id, ACTOR, why="account closed")

        self.shop.state.in_own_unit(work)

    def _refund(self, order: OrderModel, of: str = OF_ORDER, **what: Any) -> Refund:
        ref, invoice = f"{self.world}-r{next(self.numbers)}", order.ref_of(of) if of else None
        return Refund(ref=ref, order_ref=order.ref, invoice_ref=invoice, currency=order.currency, **what)

    def _keyed(self, order: OrderModel, call: Callable[[], None], heard: Callable[[], object]) -> None:
        """Tell what is heard once, and only when its order is known."""
        self.calls.append(call)
        self._told(call)
        if order.placed:
            heard()
            if not order.cancelled:
                self.books.post(order, self.now)
        else:
            order.waiting.append(heard)

    # What must be true ------------------------------------------------------------------------------------

    @invariant()
    def balances_are_what_the_model_says(self) -> None:
        if not hasattr(self, "books"):
            return
        ids = [self.shop.partners[partner] for partner in self.partners]
        names = dict(zip(ids, self.partners, strict=True))
        rows = self.shop.session.execute(
            select(Balance.partner_id, Balance.kind, Balance.currency, func.sum(Balance.amount))
            .where(Balance.partner_id.in_(ids))
            .group_by(Balance.partner_id, Balance.kind, Balance.currency)
        )
        found = {(names[id_], currency, kind): amount for id_, kind, currency, amount in rows if amount}
        expected = {
            (partner, currency, kind): self.books.balance(partner, currency, payable=kind == "payable")
            for partner in self.partners
            for currency in CURRENCIES
            for kind in ("on_hold", "payable")
        }
        expected |= {
            (partner, currency, "paid"): self.books.paid(partner, currency)
            for partner in self.partners
            for currency in CURRENCIES
        }
        self.shop.session.rollback()
        assert found == {place: amount for place, amount in expected.items() if amount}

    @invariant()
    def postings_add_up_to_what_was_earned(self) -> None:
        if not hasattr(self, "books"):
            return
        ids = [self.shop.partners[partner] for partner in self.partners]
        refs = dict(
            self.shop.session.execute(
                select(Document.id, Document.ref).where(Document.ref.like(f"{self.world}-%"))
            ).all()
        )
        sums: Counter[tuple[str, str, int, int]] = Counter()
        back: Counter[tuple[int, int]] = Counter()
        originals: dict[tuple[int, int], int] = {}
        for posting in self.shop.session.scalars(select(Posting).where(Posting.partner_id.in_(ids))):
            assert posting.amount > 0
            where = refs.get(posting.document_id or 0, ""), posting.line_key or "", posting.level or 0
            place = *where, posting.partner_id if posting.level else 0
            counts = 0 if posting.level is None or posting.original_amount is not None else posting.amount
            if posting.kind in {"commission", "manual"}:
                originals[posting.call_id, posting.seq] = posting.amount
                sums[place] += counts if posting.kind == "commission" else 0
            elif posting.kind == "reversal":
                assert posting.destination == "expense" or posting.level is None
                back[posting.reverses_call_id or 0, posting.reverses_seq or 0] += posting.amount
                sums[place] -= counts
        accruals = self.shop.session.scalars(select(Accrual).where(Accrual.partner_id.in_(ids))).all()
        reversed_ = {(row.call_id, row.seq): abs(row.reversed) for row in accruals if row.reversed}
        for row in accruals:
            where = refs.get(row.document_id or 0, ""), row.line_key or "", row.level or 0
            place = *where, row.partner_id if row.level else 0
            sums[place] += (row.original_amount or 0) - (row.original_reversed or 0)
        self.shop.session.rollback()
        assert all(amount <= originals[place] for place, amount in back.items())
        assert reversed_ == dict(back)
        expected: Counter[tuple[str, str, int, int]] = Counter()
        for part in self.books.parts:
            who = self.shop.partners[part.partner] if part.place[2] else 0
            expected[*part.place[:3], who] += part.original_left
        assert {place: amount for place, amount in sums.items() if amount} == +expected

    @invariant()
    def what_came_back_whole_has_earned_nothing(self) -> None:
        for order in self.books.orders.values() if hasattr(self, "books") else ():
            if order.is_all_back():
                refs = [order.ref_of(name) for name in (OF_ORDER, *order.invoiced)]
                mine = [part for part in self.books.parts if part.place[0] in refs]
                assert not any(part.left or part.original_left for part in mine)
                assert not any(place[0] in refs for place in self.books.waits)

    def teardown(self) -> None:
        if not hasattr(self, "context"):
            return
        with self.shop.engine.connect() as conn:
            ctx = self.shop.state.context(conn)
            checks = [*check_books(ctx), *check_counters(ctx)]
        self.shop.session.rollback()
        self.context.pop()
        assert all_ok(checks), checks


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    made = build(firstline_url)
    with made.app.app_context():
        made.terms("10", "5", "1.5")
        fixed = {"place": FIXED, "level": 1, "product_ref": FIXED, "fixed": FIXED_AMOUNT, "currency": "EUR"}
        with made.seeding() as conn:
            conn.execute(CommissionTerms.__table__.insert(), {**fixed, "changed_at": made.time})
    yield made
    with made.app.app_context():
        made.engine.dispose()


@pytest.mark.slow
def test_after_any_history_the_books_are_right_to_the_cent(shop: SmallShop) -> None:
    Histories.shop = shop
    examples = 30 if shop.engine_name == "sqlite" else 10

    run_machine(
        Histories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    checked = shop.app.test_cli_runner().invoke(args=["firstline", "check"])
    assert checked.exit_code == 0, checked.output
