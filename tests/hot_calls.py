"""The hot calls of one order's life, to be counted and timed: applied, quoted, redeemed, paid, refunded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from zlib import crc32

from sqlalchemy import event

from flask_firstline import Cart, Customer, Invoice, Order, Refund
from flask_firstline.domain.window import Period

from .small_shop import SmallShop, goods

CODE = "vonmeier"
MOST = {"apply": 4, "quote": 4, "redeem": 12, "paid": 10, "refund": 11, "return": 11}
"""The most statements that each call may send."""
PERCENTS = ("10", "5", "3", "2", "2", "1", "1", "1", "1", "1")
_NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN")


def prepare(shop: SmallShop, levels: int) -> None:
    """Give the shop a coupon with every limit set, whose owner has partners above on so many levels."""
    shop.chain(levels)
    shop.terms(*PERCENTS[:levels])
    shop.coupon(
        codes=[CODE],
        owner="meier",
        max_uses=100_000,
        max_per_code=100_000,
        max_per_customer=3,
        new_customers_only=True,
        min_order=1000,
        period=Period.MONTH,
        max_in_period=100_000,
        max_per_customer_in_period=3,
        budget=10**12,
        order_budget=10**12,
        days=frozenset(range(7)),
        stackable=True,
        stack_group="partners",
        most_codes=2,
    )
    for call in calls(shop, "warm", 1).values():
        call()
        shop.session.commit()


def cart(ref: str, lines: int) -> Cart:
    """Give the cart of a new customer of whom everything is known."""
    who = Customer(
        ref=f"c-{ref}",
        email=f"{ref}@shop.example",
        name=f"Anna {ref}",
        phone=f"+49 30 {crc32(ref.encode()) % 10**8:08}",
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


def calls(shop: SmallShop, ref: str, lines: int) -> dict[str, Callable[[], Any]]:
    """Give the calls of one order in their order; each leaves the commit to the caller."""
    firstline, basket = shop.firstline, cart(ref, lines)
    order = Order.from_cart(basket, ref=ref, codes=(CODE,), promised_discount=Decimal(5))
    some = Refund(ref=f"r-{ref}", order_ref=ref, currency="EUR", amount=Decimal(3 * lines))
    return {
        "apply": lambda: firstline.apply_coupon(basket, CODE),
        "quote": lambda: firstline.quote(basket),
        "redeem": lambda: firstline.order_placed(order),
        "paid": lambda: firstline.invoice_paid(Invoice(ref=ref, order_ref=ref, currency="EUR")),
        "refund": lambda: firstline.invoice_refunded(some),
        "return": lambda: firstline.invoice_refunded(Refund(ref=f"w-{ref}", order_ref=ref, currency="EUR")),
    }


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


def count_statements(shop: SmallShop, ref: str, lines: int) -> dict[str, int]:
    """Play the life of one order and give how many statements each call has sent."""
    counts: dict[str, int] = {}
    for name, call in calls(shop, ref, lines).items():
        with counted(shop) as sent:
            done = call()
        if not getattr(done, "ok", True):
            raise AssertionError(f"{name}: {done.message}")
        shop.session.commit()
        counts[name] = len(sent)
    return counts
