"""Two who wait for each other in a circle: the one that the database ends does its call again."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from flask_firstline import Invoice, Order, Refund
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from tests.small_shop import SmallShop, goods

from .jobs import customer

PATIENCE = 30
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = :pid"


@pytest.fixture
def sold(shop: SmallShop) -> SmallShop:
    """A shop on PostgreSQL where three partners have earned on a sale."""
    if shop.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: nobody waits in a circle")
    shop.chain(3)
    shop.terms("10", "5", "1")
    shop.coupon(codes=["vonmeier"], owner="meier")
    shop.firstline.order_placed(
        Order(ref="o", currency="EUR", lines=goods(1), customer=customer(1), codes=("vonmeier",))
    )
    shop.firstline.invoice_paid(Invoice(ref="i", order_ref="o", currency="EUR"))
    shop.session.commit()
    return shop


def touch(conn: Connection, partner_id: int) -> None:
    conn.execute(
        text("UPDATE firstline_balance SET amount = amount WHERE partner_id = :p"), {"p": partner_id}
    )


class Rival:
    """Another process that takes the balances in the opposite order, and waits longer for the database."""

    def __init__(self, shop: SmallShop, shop_pid: int) -> None:
        self._engine, self._shop_pid = shop.engine, shop_pid
        self._first, self._last = min(shop.partners.values()), max(shop.partners.values())
        self._holds_last = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.done = False

    def begin(self) -> None:
        """Hold the last balance before the shop's call begins."""
        self._thread.start()
        assert self._holds_last.wait(PATIENCE)

    def end(self) -> None:
        """Wait until it has committed."""
        self._thread.join(PATIENCE)
        assert self.done

    def _run(self) -> None:
        with self._engine.begin() as conn, self._engine.connect() as watch:
            conn.execute(text("SET LOCAL deadlock_timeout = '60s'"))
            touch(conn, self._last)
            self._holds_last.set()
            until = time.monotonic() + PATIENCE
            while not watch.scalar(text(WAITING), {"pid": self._shop_pid}):
                assert time.monotonic() < until
                time.sleep(0.005)
            touch(conn, self._first)
        self.done = True


def test_a_return_that_the_database_ended_for_a_deadlock_is_done_again_in_the_same_transaction(
    sold: SmallShop,
) -> None:
    sold.session.execute(text("SET LOCAL deadlock_timeout = '1s'"))
    rival = Rival(sold, sold.session.scalar(text("SELECT pg_backend_pid()")) or 0)
    rival.begin()

    sold.firstline.invoice_refunded(Refund(ref="r", order_ref="o", currency="EUR"))
    sold.session.commit()

    rival.end()
    assert sold.firstline.balance("meier")["EUR"].on_hold == Decimal(0)
    with sold.engine.connect() as conn:
        assert all_ok(check_books(sold.state.context(conn)))
