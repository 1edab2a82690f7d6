"""Payments and returns that an admin records: the same as when the shop tells of them, once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.models import Accrual, Audit, Call, Document, Posting
from flask_firstline.services import recording
from flask_firstline.services.mistakes import NotThere, PostingRefused
from flask_firstline.services.recording import Deed, Recorded, What
from flask_firstline.testing import FakeShop, make_cart, make_line

from .kit import earned
from .pay_kit import act, books_agree


@pytest.fixture
def order(shop: FakeShop) -> int:
    """Place an order of two lines, 100.00 net each, of meier's customer."""
    lines = (make_line("a", "62.00", quantity=2), make_line("b", "119.00"))
    shop.place(make_cart(*lines, customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
    return int(shop.rows(Document, ref="o1")[0].id)


def record(
    shop: FakeShop, document: int, what: What = What.PAYMENT, key: str = "k1", **more: Any
) -> Recorded:
    deed = Deed(document_id=document, what=what, key=key, **more)
    return act(shop, lambda ctx: recording.record(ctx, deed, who="Ines"))


def problem(*args: Any, **more: Any) -> str:
    with pytest.raises(PostingRefused) as caught:
        record(*args, **more)
    return caught.value.problem


def mine(shop: FakeShop) -> str:
    return earned(shop, "meier")[0]


def test_a_payment_of_all_posts_what_the_shops_call_would(shop: FakeShop, order: int) -> None:
    found = record(shop, order)

    assert (found.new, found.amount, found.surplus) == (True, 23800, None)
    assert [(row.level, row.amount) for row in found.moved] == [(1, 2000), (2, 1000), (3, 200)]
    assert earned(shop) == ["20.00", "10.00", "2.00"]
    assert [row.source for row in shop.rows(Call, kind="invoice_paid")] == ["admin"]
    assert books_agree(shop)


def test_pressed_twice_it_is_recorded_once(shop: FakeShop, order: int) -> None:
    record(shop, order, amount=10000)
    postings = len(shop.rows(Posting))

    again = record(shop, order, amount=10000)

    assert not again.new
    assert len(shop.rows(Posting)) == postings
    assert len(shop.rows(Audit, noun="order")) == 1
    assert shop.rows(Document, ref="o1")[0].paid == 10000


def test_instalments_add_up_to_the_whole(shop: FakeShop, order: int) -> None:
    for number, amount in enumerate((7933, 7933, None)):
        record(shop, order, key=f"k{number}", amount=amount)

    assert earned(shop) == ["20.00", "10.00", "2.00"]
    assert problem(shop, order, key="k9") == "all_paid"
    assert books_agree(shop)


def test_a_payment_for_some_lines_earns_on_these(shop: FakeShop, order: int) -> None:
    record(shop, order, units={"b": Decimal(1)}, number="2026-7")

    assert {row.line_key for row in shop.rows(Accrual)} == {"b"}
    assert mine(shop) == "9.79"
    record(shop, order, key="k2")
    assert earned(shop) == ["20.00", "10.00", "2.00"]
    assert books_agree(shop)


def test_the_hold_counts_from_the_day_that_is_said(shop: FakeShop, order: int) -> None:
    day = shop.clock.now - timedelta(days=10)

    record(shop, order, at=day)

    assert {row.payable_at for row in shop.rows(Accrual)} == {day + timedelta(days=30)}
    assert problem(shop, order, key="k2", at=shop.clock.now + timedelta(days=1)) == "future"


@pytest.mark.parametrize(
    ("how", "left"),
    [({}, "0.00"), ({"amount": 11900}, "10.01"), ({"units": {"a": Decimal(2)}}, "9.79")],
)
def test_a_return_goes_by_everything_an_amount_or_units(
    shop: FakeShop, order: int, how: dict[str, Any], left: str
) -> None:
    record(shop, order)

    record(shop, order, What.RETURN, key="r1", reason="broken", **how)

    assert mine(shop) == left
    assert books_agree(shop)


def test_a_return_of_more_than_there_is_says_what_exceeds(shop: FakeShop, order: int) -> None:
    record(shop, order, amount=11900)

    found = record(shop, order, What.RETURN, key="r1", amount=15000, reason="broken")

    assert found.surplus == 3100
    assert mine(shop) == "0.00"


def test_a_cancelled_order_is_not_paid_here(shop: FakeShop, order: int) -> None:
    shop.cancel("o1")

    assert problem(shop, order) == "not_open"
    assert problem(shop, order, What.RETURN, key="r1", amount=-1, reason="x") == "amount"


def test_unknown_orders_and_lines_are_refused(shop: FakeShop, order: int) -> None:
    assert problem(shop, order, units={"x": Decimal(1)}) == "lines"
    assert problem(shop, order, What.RETURN, key="r1", units={"x": Decimal(1)}, reason="x") == "wrong"
    with pytest.raises(NotThere):
        record(shop, 999)
    assert shop.rows(Posting) == []


def test_a_return_for_the_invoice_that_an_admin_recorded_finds_it(shop: FakeShop, order: int) -> None:
    record(shop, order, number="R-1")

    shop.refund(None, ref="f1", invoice_ref="R-1")

    assert mine(shop) == "0.00"
    assert books_agree(shop)


def test_lines_show_what_the_buyer_still_has(shop: FakeShop, order: int) -> None:
    record(shop, order, units={"b": Decimal(1)})
    record(shop, order, What.RETURN, key="r1", units={"a": Decimal(1)}, reason="x")

    lines = act(shop, lambda ctx: recording.open_lines(ctx, order))

    assert [(line.key, int(line.sold), int(line.still)) for line in lines] == [("a", 2, 1), ("b", 1, 1)]
