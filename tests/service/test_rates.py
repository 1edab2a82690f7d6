"""Commissions in the partner's own currency: converted by stored rates, waiting without one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.exchange import Rate, reversed_part
from flask_firstline.domain.payout import Method
from flask_firstline.models import Accrual, Audit, Posting, Waiting
from flask_firstline.services import rates, waiting
from flask_firstline.services.mistakes import NoPartner, PostingRefused
from flask_firstline.testing import FakeShop, make_cart, make_line

from .pay_kit import act, amounts, books_agree, contact_id, earn, release, run, wants


def pays_in(shop: FakeShop, ref: str = "meier", currency: str | None = "USD") -> bool:
    who = contact_id(shop, ref)
    return act(shop, lambda ctx: rates.set_payout_currency(ctx.conn, who, currency, who="Ines", now=ctx.now))


def rate(shop: FakeShop, number: str = "1.0834", quote: str = "USD", days: int = 0, base: str = "EUR") -> int:
    """Store a rate that holds from so many days from now on."""
    day = shop.clock.now.date() + timedelta(days=days)
    one = Rate(base=base, quote=quote, rate=Decimal(number), day=day, source="central bank")
    return act(shop, lambda ctx: rates.set_rates(ctx.conn, [one], who="Ines", now=ctx.now))


def balance(shop: FakeShop, ref: str = "meier", currency: str = "USD") -> str:
    found = shop.balance(ref, currency)
    return str(found.on_hold + found.payable)


def mine(shop: FakeShop, ref: str = "meier") -> Any:
    return shop.rows(Accrual, partner_id=contact_id(shop, ref))


def test_a_commission_is_converted_by_the_rate_of_its_day(shop: FakeShop) -> None:
    pays_in(shop)
    rate(shop, "1.05", days=-9)
    rate(shop, "1.0834", days=-1)
    rate(shop, "2", days=1)

    earn(shop)

    assert balance(shop) == "10.83"
    assert balance(shop, currency="EUR") == "0"
    assert balance(shop, "schulz", "EUR") == "5.00"
    posting = shop.rows(Posting, currency="USD")[0]
    assert (posting.original_amount, posting.original_currency, posting.rate) == (
        1000,
        "EUR",
        Decimal("1.0834"),
    )
    assert (posting.rate_day, posting.rate_source) == (
        shop.clock.now.date() - timedelta(days=1),
        "central bank",
    )
    assert mine(shop)[0].sentence.endswith("that is 10.83 USD.")
    assert books_agree(shop)


def test_a_return_goes_by_the_rate_of_the_original(shop: FakeShop) -> None:
    pays_in(shop)
    rate(shop, "1.0834")
    earn(shop)
    rate(shop, "3", days=1)
    shop.clock.advance(days=2)

    shop.refund("o1", "r1", amount="39.67")
    assert balance(shop) == "7.22"
    shop.refund("o1", "r2", amount="39.67")
    assert balance(shop) == "3.61"
    assert books_agree(shop)
    shop.refund("o1", "r3")

    assert balance(shop) == "0.00"
    assert books_agree(shop)


def test_instalments_are_converted_each_by_its_day(shop: FakeShop) -> None:
    pays_in(shop)
    rate(shop, "1")
    shop.place(
        make_cart(make_line("a", "124.00"), customer=shop.add_customer("ina")), "o1", codes=["vonmeier"]
    )
    shop.pay("o1", "i1", amount="59.50")
    rate(shop, "2", days=1)
    shop.clock.advance(days=1)
    shop.pay("o1", "i2", amount="59.50")

    assert [row.amount for row in mine(shop)] == [500, 1000]
    shop.refund("o1")
    assert balance(shop) == "0.00"
    assert books_agree(shop)


def test_without_a_rate_it_waits_and_is_never_one_to_one(shop: FakeShop) -> None:
    pays_in(shop)

    earn(shop)

    assert mine(shop) == []
    row = shop.rows(Waiting)[0]
    assert (row.amount, row.currency, row.wanted, row.reason) == (1000, "EUR", "USD", "no_rate")
    assert balance(shop, "schulz", "EUR") == "5.00"
    assert books_agree(shop)


def test_when_the_rate_comes_it_is_posted_with_its_old_day(shop: FakeShop) -> None:
    pays_in(shop)
    earn(shop)
    paid_at = shop.clock.now
    shop.clock.advance(days=10)
    rate(shop, "1.1")

    with shop.app.app_context():
        work_once(shop.state)

    assert [(row.amount, row.payable_at) for row in mine(shop)] == [(1100, paid_at + timedelta(days=30))]
    assert shop.rows(Waiting) == []
    assert act(shop, waiting.post_next) == 0
    assert books_agree(shop)


def test_a_rate_of_tomorrow_lets_it_wait_until_then(shop: FakeShop) -> None:
    pays_in(shop)
    earn(shop)
    rate(shop, days=1)

    assert act(shop, waiting.post_next) == 0
    shop.clock.advance(days=1)
    assert act(shop, waiting.post_next) == 1
    assert balance(shop) == "10.83"


def test_what_comes_back_while_it_waits_is_never_posted(shop: FakeShop) -> None:
    pays_in(shop)
    earn(shop)

    shop.refund("o1", "r1", amount="59.50")
    assert [row.amount for row in shop.rows(Waiting)] == [500]
    assert books_agree(shop)
    shop.refund("o1", "r2")

    assert shop.rows(Waiting) == []
    rate(shop)
    assert act(shop, waiting.post_next) == 0
    assert books_agree(shop)


def test_less_than_a_coin_waits_until_it_is_one(shop: FakeShop) -> None:
    pays_in(shop)
    rate(shop, "0.0004")

    earn(shop)
    assert [row.reason for row in shop.rows(Waiting)] == ["too_small"]
    assert books_agree(shop)
    rate(shop, "0.001")
    shop.refund("o1", "r1", amount="1.19")

    assert books_agree(shop)
    assert shop.rows(Waiting) == []
    assert balance(shop) == "0.01"


def test_returns_of_less_than_a_coin_add_up(shop: FakeShop) -> None:
    pays_in(shop)
    rate(shop, "0.003")
    earn(shop)
    assert balance(shop) == "0.03"

    for number in range(5):
        shop.refund("o1", f"r{number}", amount="11.90")
        assert books_agree(shop)
    shop.refund("o1", "whole")

    assert balance(shop) == "0.00"
    assert books_agree(shop)


def test_orders_that_have_earned_keep_their_currency(shop: FakeShop) -> None:
    shop.place(
        make_cart(make_line("a", "124.00"), customer=shop.add_customer("ina")), "o1", codes=["vonmeier"]
    )
    shop.pay("o1", "i1", amount="59.50")
    pays_in(shop)
    rate(shop)
    shop.pay("o1", "i2", amount="59.50")
    earn(shop, "o2")

    assert balance(shop, currency="EUR") == "10.00"
    assert balance(shop) == "10.83"
    assert not pays_in(shop)
    assert pays_in(shop, currency=None)
    earn(shop, "o3")
    assert balance(shop, currency="EUR") == "20.00"
    assert books_agree(shop)


def test_it_is_paid_out_in_the_partners_currency(shop: FakeShop) -> None:
    pays_in(shop)
    rate(shop)
    wants(shop, "meier", Method.CASH)
    earn(shop)
    shop.clock.advance(days=31)

    number = run(shop)
    release(shop, number)

    assert amounts(shop, number) == {"meier": 1083}
    assert str(shop.balance("meier", "USD").paid) == "10.83"
    assert books_agree(shop)


def test_yen_have_no_cents(shop: FakeShop) -> None:
    pays_in(shop, currency="JPY")
    rate(shop, "162.37", "JPY")

    earn(shop)

    assert balance(shop, currency="JPY") == "1624"
    assert books_agree(shop)


@pytest.mark.parametrize("number", ["0", "-1", "0.00000000001", "100000000"])
def test_rates_that_are_none_are_refused(shop: FakeShop, number: str) -> None:
    with pytest.raises(PostingRefused):
        rate(shop, number)
    with pytest.raises(PostingRefused):
        rate(shop, "1", quote="EUR")


def test_a_rate_of_the_same_day_takes_the_place_of_the_one_before(shop: FakeShop) -> None:
    assert [rate(shop, "1.1"), rate(shop, "1.1"), rate(shop, "1.2")] == [1, 0, 1]
    listed = act(shop, lambda ctx: [row.rate for row in rates.list_rates(ctx.conn)])
    assert listed == [Decimal("1.2")]
    assert len(shop.rows(Audit, noun="rate")) == 2


def test_only_partners_have_a_currency(shop: FakeShop) -> None:
    earn(shop)
    with pytest.raises(NoPartner):
        pays_in(shop, "c-o1")


def test_files_are_read_whole_or_not_at_all() -> None:
    today = date(2026, 11, 2)
    good = {"from": "usd", "to": "EUR", "rate": "0.92", "day": "2026-11-01", "source": "bank"}

    assert rates.read_rates([good, {"from": "GBP", "to": "EUR", "rate": "1.15"}], today=today) == [
        Rate(base="USD", quote="EUR", rate=Decimal("0.92"), day=date(2026, 11, 1), source="bank"),
        Rate(base="GBP", quote="EUR", rate=Decimal("1.15"), day=today),
    ]
    for wrong in ({"rate": "x"}, {"from": "EURO"}, {"day": "yesterday"}, {"rate": ""}):
        with pytest.raises(PostingRefused, match="Row 1"):
            rates.read_rates([{**good, **wrong}], today=today)


def test_parts_that_are_reversed_end_at_the_whole() -> None:
    assert [reversed_part(10, 3, back) for back in range(4)] == [0, 3, 7, 10]
