"""How many statements the hot calls send: few, and as many for one line or level as for a hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from flask_firstline import Cart, Customer, Invoice, Order, Refund
from tests.small_shop import SmallShop, build, goods

LINES = (1, 10, 100)
LEVELS = (1, 3, 10)
CODE = "vonmeier"
_NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN")


@contextmanager
def counted(shop: SmallShop) -> Iterator[list[str]]:
    """Note the statements of what is done inside, an executemany as one."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.lstrip().upper().startswith(_NOT_COUNTED):
            sent.append(statement)

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    made = build(firstline_url)
    with made.app.app_context():
        yield made
        made.session.rollback()
        made.engine.dispose()


def prepared(shop: SmallShop, levels: int) -> SmallShop:
    """Give the shop a coupon with every limit set, owned by a partner below so many others."""
    shop.chain(levels)
    shop.terms(*["10", "5", "1", "1", "1", "1", "1", "1", "1", "1"][:levels])
    shop.coupon(
        codes=[CODE],
        owner="meier",
        max_uses=1000,
        max_per_code=1000,
        max_per_customer=3,
        new_customers_only=True,
        min_order=1000,
    )
    play(shop, "warm", 1, {})
    shop.advance(days=1)
    return shop


def cart(ref: str, lines: int) -> Cart:
    """Give the cart of a new customer of whom everything is known."""
    who = Customer(
        ref=f"c-{ref}",
        email=f"{ref}@shop.example",
        name=f"Anna {ref}",
        phone=f"+49 30 {sum(map(ord, ref)):07}",
        address=f"{ref} Street 1, 10115 Berlin",
        country="DE",
    )
    return Cart(
        key=f"k-{ref}",
        currency="EUR",
        lines=goods(lines),
        customer=who,
        shipping=Decimal("4.90"),
        shipping_vat_rate=Decimal(19),
    )


def play(shop: SmallShop, ref: str, lines: int, counts: dict[str, int]) -> dict[str, int]:
    """Play the story of one order, counting each call."""
    firstline, basket = shop.firstline, cart(ref, lines)
    calls: dict[str, Callable[[], object]] = {
        "apply": lambda: firstline.apply_coupon(basket, CODE),
        "quote": lambda: firstline.quote(basket),
        "redeem": lambda: firstline.order_placed(
            Order.from_cart(basket, ref=ref, codes=(CODE,), promised_discount=Decimal(5))
        ),
        "paid": lambda: firstline.invoice_paid(Invoice(ref=ref, order_ref=ref, currency="EUR")),
        "refund": lambda: firstline.invoice_refunded(
            Refund(ref=f"r-{ref}", order_ref=ref, currency="EUR", amount=Decimal(3 * lines))
        ),
        "return": lambda: firstline.invoice_refunded(Refund(ref=f"w-{ref}", order_ref=ref, currency="EUR")),
    }
    for name, call in calls.items():
        shop.session.rollback()
        with counted(shop) as sent:
            done = call()
        assert getattr(done, "ok", True), done
        shop.session.commit()
        counts[name] = len(sent)
    return counts


MOST = {"apply": 4, "quote": 4, "redeem": 12, "paid": 10, "refund": 10, "return": 10}


def test_the_hot_calls_send_few_statements_however_many_lines(shop: SmallShop) -> None:
    prepared(shop, levels=3)

    found = {lines: play(shop, f"with-{lines}", lines, {}) for lines in LINES}

    assert all(found[lines] == found[1] for lines in LINES), found
    assert all(found[1][name] <= most for name, most in MOST.items()), found[1]


@pytest.mark.parametrize("levels", LEVELS)
def test_the_hot_calls_send_few_statements_however_many_levels(shop: SmallShop, levels: int) -> None:
    prepared(shop, levels=levels)

    found = play(shop, "order", 10, {})

    assert all(found[name] <= most for name, most in MOST.items()), found
    assert found == EXACTLY, found


EXACTLY = {"apply": 4, "quote": 3, "redeem": 12, "paid": 9, "refund": 10, "return": 10}
"""The same at every depth; whoever needs fewer lowers them here."""
