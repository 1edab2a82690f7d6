"""Disputes: what an order earns is held while one is open, goes on when it is won, is reversed when lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from flask_firstline import Line
from flask_firstline.models import (
    Accrual,
    Audit,
    Dispute,
    Document,
    Payout,
    PayoutAccrual,
    PayoutSkip,
    Posting,
)
from flask_firstline.services import disputes, holds, payout_changes
from flask_firstline.services.mistakes import NotThere, PostingRefused
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.testing import FakeShop, make_cart, make_line

from .pay_kit import (
    INES,
    act,
    all_want,
    amounts,
    books_agree,
    earn,
    earned,
    fail,
    release,
    run,
    skips,
    states,
)


def document(shop: FakeShop, ref: str = "o1") -> int:
    return int(shop.rows(Document, ref=ref)[0].id)


def dispute(shop: FakeShop, ref: str = "o1", reason: str = "card reported stolen") -> int:
    number = document(shop, ref)
    return act(shop, lambda ctx: disputes.open_dispute(ctx, number, reason=reason, who="Ines"))


def decide(shop: FakeShop, number: int = 1, *, won: bool, reason: str = "the bank says so") -> None:
    act(shop, lambda ctx: disputes.close_dispute(ctx, number, won=won, reason=reason, who="Ines"))


def problem(work: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(PostingRefused) as caught:
        work(*args, **more)
    return caught.value.problem


def balance(shop: FakeShop, ref: str = "meier") -> tuple[str, str, str]:
    found = shop.balance(ref)
    return str(found.on_hold), str(found.payable), str(found.paid)


def test_what_is_on_hold_stays_there_beyond_its_day(shop: FakeShop) -> None:
    earn(shop)
    dispute(shop)
    shop.clock.advance(days=60)

    assert balance(shop) == ("10.00", "0.00", "0.00")
    assert act(shop, lambda ctx: holds.release_due(ctx)) == 0
    assert books_agree(shop)


def test_what_is_payable_goes_back_on_hold_on_every_level(shop: FakeShop) -> None:
    earned(shop)
    assert balance(shop) == ("0.00", "10.00", "0.00")

    dispute(shop)

    assert [balance(shop, who) for who in ("meier", "schulz", "opa")] == [
        ("10.00", "0.00", "0.00"),
        ("5.00", "0.00", "0.00"),
        ("1.00", "0.00", "0.00"),
    ]
    assert {(row.origin, row.destination) for row in shop.rows(Posting, kind="hold_back")} == {
        ("payable", "on_hold")
    }
    assert books_agree(shop)


def test_won_it_goes_on_with_its_old_date(shop: FakeShop) -> None:
    earned(shop)
    days = {row.payable_at for row in shop.rows(Accrual)}
    dispute(shop)
    shop.clock.advance(days=5)

    decide(shop, won=True)

    assert balance(shop) == ("0.00", "10.00", "0.00")
    assert {row.payable_at for row in shop.rows(Accrual)} == days
    assert shop.rows(Dispute)[0].state == "won"
    assert books_agree(shop)


def test_won_before_its_day_it_waits_for_it(shop: FakeShop) -> None:
    earn(shop)
    dispute(shop)

    decide(shop, won=True)

    assert balance(shop) == ("10.00", "0.00", "0.00")
    shop.clock.advance(days=31)
    assert balance(shop) == ("0.00", "10.00", "0.00")
    assert books_agree(shop)


@pytest.mark.parametrize("days", [0, 31])
def test_lost_everything_is_reversed_on_every_level(shop: FakeShop, days: int) -> None:
    earn(shop)
    shop.clock.advance(days=days)
    act(shop, holds.release_all_due)
    dispute(shop)

    decide(shop, won=False)

    assert [balance(shop, who)[:2] for who in ("meier", "schulz", "opa")] == [("0.00", "0.00")] * 3
    assert {row.reversed == row.amount for row in shop.rows(Accrual)} == {True}
    assert books_agree(shop)


def test_what_was_paid_out_stays_paid_and_is_netted_when_it_is_lost(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    release(shop, run(shop))

    dispute(shop)
    assert balance(shop) == ("0.00", "0.00", "10.00")
    decide(shop, won=False)

    assert balance(shop) == ("0.00", "-10.00", "10.00")
    assert books_agree(shop)


def test_a_payout_that_fails_meanwhile_is_held_and_goes_on_when_the_dispute_is_won(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    release(shop, run(shop))
    dispute(shop)
    [payout] = [row for row in shop.rows(Payout) if row.amount == 1000]

    fail(shop, payout.id)

    assert balance(shop) == ("10.00", "0.00", "0.00")
    assert books_agree(shop)
    decide(shop, won=True)
    assert balance(shop) == ("0.00", "10.00", "0.00")
    assert books_agree(shop)


def test_a_run_pays_the_rest_and_lists_what_is_disputed(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop, "o1", "o2")
    dispute(shop, "o2")

    number = run(shop)

    assert amounts(shop, number) == {"meier": 1000, "schulz": 500, "opa": 100}
    listed = {(row.reason, row.amount, row.accruals, row.note) for row in shop.rows(PayoutSkip)}
    assert listed == {("disputed", amount, 1, "o2") for amount in (1000, 500, 100)}
    release(shop, number)
    assert balance(shop) == ("10.00", "0.00", "10.00")
    assert books_agree(shop)


def test_a_partner_of_whom_all_is_disputed_is_skipped_for_it(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    dispute(shop)

    assert set(skips(shop, run(shop)).values()) == {"disputed"}


def test_a_run_that_waits_is_brought_up_to_date_before_it_pays(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    dispute(shop)

    with pytest.raises(PayoutRefused) as caught:
        release(shop, number)
    assert caught.value.problem == "outdated"
    assert {row.live for row in shop.rows(PayoutAccrual)} == {False}
    act(shop, lambda ctx: payout_changes.bring_up_to_date(ctx, number, INES))
    assert set(states(shop, number).values()) == {"discarded"}
    assert set(skips(shop, number).values()) == {"disputed"}
    assert books_agree(shop)


def test_a_refund_meanwhile_takes_from_what_is_held(shop: FakeShop) -> None:
    earned(shop)
    dispute(shop)

    shop.refund("o1", amount="59.50")

    assert balance(shop) == ("5.00", "0.00", "0.00")
    decide(shop, won=True)
    assert balance(shop) == ("0.00", "5.00", "0.00")
    assert books_agree(shop)


@pytest.mark.parametrize("won", [True, False])
def test_what_is_paid_meanwhile_is_held_too(shop: FakeShop, won: bool) -> None:
    shop.place(
        make_cart(make_line("a", "124.00"), customer=shop.add_customer("ina")), "o1", codes=["vonmeier"]
    )
    shop.pay("o1", "i1", amount="59.50")
    dispute(shop)
    shop.pay("o1", "i2", amount="59.50")
    shop.clock.advance(days=31)
    assert balance(shop) == ("10.00", "0.00", "0.00")

    decide(shop, won=won)

    assert balance(shop) == (("0.00", "10.00", "0.00") if won else ("0.00", "0.00", "0.00"))
    assert books_agree(shop)


def test_an_invoice_for_a_part_of_the_order_is_held_with_it(shop: FakeShop) -> None:
    lines = (make_line("a", "62.00"), make_line("b", "62.00"))
    shop.place(make_cart(*lines, customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
    shop.pay("o1", "i1", lines=[make_line("a", "62.00")])
    dispute(shop)
    shop.pay("o1", "i2", lines=[make_line("b", "62.00")])
    shop.clock.advance(days=31)

    assert balance(shop)[1] == "0.00"
    assert books_agree(shop)
    decide(shop, won=True)
    assert balance(shop) == ("0.00", "10.00", "0.00")
    assert books_agree(shop)


def test_a_dispute_about_one_invoice_leaves_the_others(shop: FakeShop) -> None:
    lines = (make_line("a", "62.00"), make_line("b", "62.00"))
    shop.place(make_cart(*lines, customer=shop.add_customer("ina")), "o1", codes=["vonmeier"])
    shop.pay("o1", "i1", lines=[make_line("a", "62.00")])
    shop.pay("o1", "i2", lines=[make_line("b", "62.00")])
    shop.clock.advance(days=31)

    dispute(shop, "i1")

    assert balance(shop) == ("5.00", "5.00", "0.00")
    whole = dispute(shop, "o1")
    assert balance(shop) == ("10.00", "0.00", "0.00")
    decide(shop, whole, won=True)
    assert balance(shop) == ("5.00", "5.00", "0.00")
    decide(shop, 1, won=False)
    assert balance(shop) == ("0.00", "5.00", "0.00")
    assert books_agree(shop)


def test_an_invoice_without_an_order_is_disputed_too(shop: FakeShop) -> None:
    anna = shop.add_customer("anna")
    shop.place(make_cart(make_line("a", "25.00"), customer=anna), "o1", codes=["vonmeier"])
    alone: list[Line] = [make_line("a", "119.00")]
    shop.pay(None, "i1", lines=alone, customer=anna, currency="EUR")

    dispute(shop, "i1")
    decide(shop, won=False)

    assert balance(shop) == ("0.00", "0.00", "0.00")
    assert books_agree(shop)


def test_cancelled_meanwhile_and_lost_reverses_once(shop: FakeShop) -> None:
    earned(shop)
    dispute(shop)
    shop.cancel("o1")

    decide(shop, won=False)

    assert balance(shop) == ("0.00", "0.00", "0.00")
    assert books_agree(shop)


def test_what_cannot_be_disputed_or_decided_is_refused(shop: FakeShop) -> None:
    shop.place(make_cart(make_line("a", "124.00"), customer=shop.add_customer("ina")), "o1")
    assert problem(dispute, shop) == "unpaid"
    shop.pay("o1")
    assert problem(dispute, shop, reason=" ") == "reason"
    assert problem(dispute, shop, reason="x" * 201) == "reason_long"
    dispute(shop)
    assert problem(dispute, shop) == "disputed"
    decide(shop, won=True)
    assert problem(decide, shop, won=False) == "decided"
    with pytest.raises(NotThere):
        decide(shop, 9, won=True)
    assert dispute(shop) == 2


def test_the_database_holds_one_open_dispute_and_nothing_released_is_held(shop: FakeShop) -> None:
    earned(shop)
    dispute(shop)
    row = dict(shop.rows(Dispute)[0]._mapping, id=7)

    with pytest.raises(IntegrityError):
        act(shop, lambda ctx: ctx.conn.execute(Dispute.__table__.insert(), row))
    with pytest.raises(IntegrityError):
        act(
            shop,
            lambda ctx: ctx.conn.execute(Accrual.__table__.update().values(released_at=ctx.now)),
        )


def test_the_log_says_who_and_why(shop: FakeShop) -> None:
    earn(shop)
    dispute(shop)
    decide(shop, won=False)

    acts = [(row.who, row.act, row.after["why"]) for row in shop.rows(Audit, noun="order")]
    assert acts == [
        ("Ines", "open dispute", "card reported stolen"),
        ("Ines", "lose dispute", "the bank says so"),
    ]
