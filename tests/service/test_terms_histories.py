"""Whatever happens to sales under tiers and caps: books agree, caps hold, all returned is 0."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import pytest

from flask_firstline import Cart, Refused
from flask_firstline.domain.clauses import Base, Caps, Clauses, Span, Tier, Tiers
from flask_firstline.domain.portions import WHOLE, Portion
from flask_firstline.models import CapClaim, Document, Posting
from flask_firstline.services import sharing
from flask_firstline.services.checking import Checked
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.mistakes import BadPortions
from flask_firstline.testing import FakeShop, make_code, make_customer, make_line, make_partner, make_terms

from .kit import MakeShop, cart_of
from .pay_kit import act, contact_id

D = Decimal
CAP, PER_ORDER, PER_CUSTOMER = 4000, 900, 1500
STEPS = (Tier(begins=5000, percent=D(20)), Tier(begins=12_000, percent=D(35)))
PEOPLE = ("ina", "jan", "kim")


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    made = make_shop(FIRSTLINE_GIVE_AWAY_CAP=40)
    make_partner(made.app, "keller", sponsor="schulz")
    make_code(made.app, "tenth", owner="meier", percent=10)
    caps = Caps(order=PER_ORDER, partner=CAP, customer=PER_CUSTOMER)
    slabs = Tiers(by=Span.EVER, tiers=STEPS, slab=True)
    make_terms(made.app, 10, clauses=Clauses(tiers=slabs, caps=caps, base=Base.NET_BEFORE, shipping=True))
    by_order = Tiers(by=Span.ORDER, tiers=STEPS)
    make_terms(made.app, 8, level=2, clauses=Clauses(tiers=by_order, caps=Caps(partner=CAP), base=Base.GROSS))
    return made


def lines(chance: random.Random) -> list[object]:
    return [
        make_line(key, f"{chance.randint(1, 60)}.{chance.randint(0, 99):02}", quantity=chance.randint(1, 3))
        for key in "abc"[: chance.randint(1, 3)]
    ]


class _History:
    """Does one thing after the other to some orders."""

    def __init__(self, shop: FakeShop, seed: int) -> None:
        self.shop, self.chance, self.number = shop, random.Random(seed), 0
        self.orders: dict[str, Cart] = {}

    def step(self) -> None:
        what = self.chance.choice(
            ("place", "place", "pay", "pay", "part", "split", "split", "units", "some", "change", "share")
        )
        if what == "place" or not self.orders:
            self.place()
        else:
            getattr(self, what)(self.chance.choice(sorted(self.orders)))

    def next(self, name: str) -> str:
        self.number += 1
        return f"{name}{self.number}"

    def place(self) -> None:
        ref, who = self.next("o"), self.chance.choice(PEOPLE)
        more = {"shipping": "4.90", "shipping_vat_rate": 19} if self.chance.random() < 0.5 else {}
        cart = cart_of(make_customer(who), *lines(self.chance), key=f"k{ref}", **more)  # type: ignore[arg-type]
        self.orders[ref] = cart
        self.shop.place(cart, ref, codes=["tenth"])

    def pay(self, ref: str) -> None:
        self.shop.pay(ref, self.next("i"))

    def part(self, ref: str) -> None:
        self.shop.pay(ref, self.next("i"), amount=f"{self.chance.randint(1, 40)}.00")

    def split(self, ref: str) -> None:
        line = self.chance.choice(list(self.orders[ref].lines))  # type: ignore[arg-type]
        self.shop.pay(ref, self.next("i"), lines=[line])

    def units(self, ref: str) -> None:
        line = self.chance.choice(list(self.orders[ref].lines))  # type: ignore[arg-type]
        self.shop.refund(ref, self.next("r"), lines={line.key: 1})

    def some(self, ref: str) -> None:
        self.shop.refund(ref, self.next("r"), amount=f"{self.chance.randint(1, 30)}.00")

    def share(self, ref: str) -> None:
        """Give the credit of an order to one partner or two, with any weights."""
        first, second = self.chance.sample(("meier", "keller", "schulz"), 2)
        weight = self.chance.choice((1, 3_333, 5_000, WHOLE))
        given = {first: weight} | ({second: WHOLE - weight} if weight < WHOLE else {})
        document, key = self.shop.rows(Document, ref=ref)[0].id, self.next("k")
        portions = tuple(
            Portion(partner_id=contact_id(self.shop, who), weight=each) for who, each in given.items()
        )
        wanted = sharing.Wanted(document_id=document, portions=portions, reason="x", key=key)
        try:
            act(self.shop, lambda ctx: sharing.share_order(ctx, wanted, who="test"))
        except BadPortions as refused:
            assert refused.problem == "unchanged"

    def change(self, ref: str) -> None:
        old = self.orders[ref]
        kept = [make_line(one.key, one.unit_price, quantity=self.chance.randint(1, 4)) for one in old.lines]  # type: ignore[union-attr]
        cart = Cart(key=old.key, currency="EUR", lines=kept, customer=old.customer)
        try:
            self.shop.change(cart, ref)
        except (Refused, ValueError):
            return
        self.orders[ref] = cart


def differences(shop: FakeShop) -> list[Checked]:
    with shop.app.app_context(), shop.db.engine.connect() as conn:
        return [one for one in check_books(shop.state.context(conn)) if not one.ok]


def kept_sums(shop: FakeShop, level: int, *, by: str) -> dict[int, int]:
    """Add up what is kept on a level, by order with all its invoices, or by partner."""
    order_of = {row.id: row.order_id or row.id for row in shop.rows(Document)}
    sums: dict[int, int] = {}
    for row in shop.rows(Posting, level=level):
        sign = {"commission": 1, "reversal": -1}.get(row.kind, 0)
        key = order_of[row.document_id] if by == "order" else row.partner_id
        sums[key] = sums.get(key, 0) + sign * row.amount
    return sums


@pytest.mark.parametrize("seed", range(6))
def test_books_agree_and_caps_hold_after_any_history(shop: FakeShop, seed: int) -> None:
    history = _History(shop, seed)
    for _ in range(12):
        history.step()
        history.step()

        assert differences(shop) == []
        for level in (1, 2):
            assert all(amount <= CAP for amount in kept_sums(shop, level, by="partner").values())
        assert all(0 <= amount <= PER_ORDER for amount in kept_sums(shop, 1, by="order").values())
        claims: Counter[tuple[int, str]] = Counter()
        for row in shop.rows(CapClaim):
            claims[row.partner_id, row.place] += row.amount
        assert all(amount <= CAP for amount in claims.values())

    for ref in history.orders:
        shop.refund(ref, f"all {ref}")
    assert differences(shop) == []
    assert {amount for level in (1, 2, 3) for amount in kept_sums(shop, level, by="partner").values()} <= {0}
    assert {row.amount for row in shop.rows(CapClaim)} <= {0}
