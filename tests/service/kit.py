"""What the tests of the contract share: opa > schulz > meier, 10/5/1 per cent, and 5.00 off from 20.00."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Protocol

import pytest
from sqlalchemy import event

from flask_firstline import Cart, Customer, Line, Reason, Refused
from flask_firstline.models import AppliedCode, Call, Code, Document, Outbox, PersonUse, Posting, Redemption
from flask_firstline.models.base import Base
from flask_firstline.testing import (
    FakeShop,
    make_cart,
    make_code,
    make_customer,
    make_line,
    make_partner,
    make_terms,
)

CHAIN = ("meier", "schulz", "opa")
WRITTEN: Sequence[type[Base]] = (Call, Document, Redemption, Posting, PersonUse, Outbox)


class MakeShop(Protocol):
    def __call__(self, **config: object) -> FakeShop: ...


def set_up(shop: FakeShop) -> None:
    make_partner(shop.app, "opa", email="opa@shop.example")
    make_partner(shop.app, "schulz", sponsor="opa", email="schulz@shop.example")
    make_partner(shop.app, "meier", sponsor="schulz", email="meier@shop.example")
    make_terms(shop.app, 10, 5, 1)
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00", min_order="20.00")


def earned(shop: FakeShop, *refs: str, currency: str = "EUR") -> list[str]:
    """Give what these partners have on hold and payable together."""
    balances = [shop.balance(ref, currency) for ref in refs or CHAIN]
    return [str(balance.on_hold + balance.payable) for balance in balances]


def used(shop: FakeShop, code: str = "vonmeier") -> int:
    """Give the counter of a code."""
    return int(shop.rows(Code, display=code)[0].used)


def states(shop: FakeShop, **where: object) -> list[str]:
    return [row.state for row in shop.rows(Redemption, **where)]


def counts(shop: FakeShop) -> dict[str, int]:
    """Count the rows of what recording calls write."""
    return {table.__tablename__: len(shop.rows(table)) for table in WRITTEN}


def refused(shop: FakeShop, cart: Cart, ref: object = "o1", **more: object) -> Refused:
    """Place an order that must be refused, and give the refusal; nothing may be stored by it."""
    before = counts(shop)
    with pytest.raises(Refused) as caught:
        shop.place(cart, ref, **more)
    assert counts(shop) == before
    return caught.value


def reason(shop: FakeShop, cart: Cart, ref: object = "o1", **more: object) -> Reason:
    return refused(shop, cart, ref, **more).reason


def cart_of(customer: object = "ina", *lines: Line, key: object = None, **more: Any) -> Cart:
    """Give the cart of a customer (a ref or a Customer), two lines of 12.50 under a key of its own."""
    who = customer if isinstance(customer, Customer) or customer is None else make_customer(customer)
    name = f"cart of {who.ref or who.email}" if key is None and who is not None else key
    return make_cart(*lines, key=name, customer=who, **more)


def one(price: object = "25.00", **more: object) -> Line:
    return make_line("a", price, **more)  # type: ignore[arg-type]


def waiting_codes(shop: FakeShop) -> set[str]:
    """Give the holders that codes wait at."""
    return {row.holder for row in shop.rows(AppliedCode)}


def address_type(shop: FakeShop, who: object) -> str | None:
    found = shop.contact(who)
    return None if found is None else found.address_type


def sponsor(shop: FakeShop, who: object) -> str | None:
    found = shop.contact(who)
    return None if found is None else found.sponsor_ref


def money(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@contextmanager
def counted(shop: FakeShop) -> Iterator[list[str]]:
    """Collect the statements that are sent."""
    found: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    engine = shop.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
