"""Whatever happens to sales under tiers and caps: books agree, caps hold, all returned is 0."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from flask_firstline import Cart, Refused
from flask_firstline.domain.clauses import Base, Caps, Clauses, Span, Tier, Tiers
from flask_firstline.models import CapClaim, Contact, Posting
from flask_firstline.services.checking import Checked
from flask_firstline.services.checking_books import check_books
from flask_firstline.testing import FakeShop, make_code, make_customer, make_line, make_terms

from .kit import MakeShop, cart_of

D = Decimal
CAP, PER_ORDER, PER_CUSTOMER = 4000, 900, 1500
STEPS = (Tier(begins=5000, percent=D(20)), Tier(begins=12_000, percent=D(35)))
PEOPLE = ("ina", "jan", "kim")


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    made = make_shop(FIRSTLINE_GIVE_AWAY_CAP=40)
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
        act = self.chance.choice(("place", "place", "pay", "pay", "part", "split", "units", "some", "change"))
        if act == "place" or not self.orders:
            self.place()
        else:
            getattr(self, act)(self.chance.choice(sorted(self.orders)))

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


def kept_per_order(shop: FakeShop, level: int) -> dict[int, int]:
    sums: dict[int, int] = {}
    for row in shop.rows(Posting, level=level):
        sign = {"commission": 1, "reversal": -1}.get(row.kind, 0)
        sums[row.document_id] = sums.get(row.document_id, 0) + sign * row.amount
    return sums


@pytest.mark.parametrize("seed", range(6))
def test_books_agree_and_caps_hold_after_any_history(shop: FakeShop, seed: int) -> None:
    history = _History(shop, seed)
    for _ in range(12):
        history.step()
        history.step()

        assert differences(shop) == []
        first = kept_per_order(shop, 1)
        assert sum(first.values()) <= CAP
        assert sum(kept_per_order(shop, 2).values()) <= CAP
        assert all(0 <= amount <= PER_ORDER for amount in first.values())
        assert sum(row.amount for row in shop.rows(CapClaim, partner_id=first_partner(shop))) <= CAP

    for ref in history.orders:
        shop.refund(ref, f"all {ref}")
    assert differences(shop) == []
    assert set(kept_per_order(shop, 1).values()) | set(kept_per_order(shop, 2).values()) <= {0}
    assert {row.amount for row in shop.rows(CapClaim)} <= {0}


def first_partner(shop: FakeShop) -> int:
    return int(shop.rows(Contact, ref="meier")[0].id)
