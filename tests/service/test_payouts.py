"""Payout runs: what they pay and skip, what may be changed, that nothing is paid twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from flask_firstline import Customer
from flask_firstline.domain.payout import Method
from flask_firstline.models import Code, Outbox, Payout, PayoutAccrual, PayoutSkip, Posting
from flask_firstline.services import payout_changes, payout_details, payouts
from flask_firstline.services.payout_credit import CreditUsed
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.testing import FakeShop, make_cart, make_line, suspend_partner

from .kit import MakeShop
from .pay_kit import (
    BERND,
    INES,
    act,
    all_want,
    amounts,
    books_agree,
    change,
    contact_id,
    earn,
    earned,
    fail,
    payout,
    release,
    run,
    settle,
    skips,
    state_of_run,
    states,
    wants,
)


def balance(shop: FakeShop, ref: str) -> tuple[str, str, str]:
    found = shop.balance(ref)
    return str(found.on_hold), str(found.payable), str(found.paid)


def refusal(work: object, *args: object, **more: object) -> str:
    with pytest.raises(PayoutRefused) as caught:
        work(*args, **more)  # type: ignore[operator]
    return caught.value.problem


# What a run pays -------------------------------------------------------------------------------------------


def test_a_run_pays_all_that_is_payable_and_moves_what_is_due_first(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)

    number = run(shop)

    assert amounts(shop, number) == {"meier": 1000, "schulz": 500, "opa": 100}
    assert len(shop.rows(PayoutAccrual)) == 3
    assert balance(shop, "meier") == ("0.00", "10.00", "0.00")


def test_the_release_moves_payable_to_paid_and_tells_so(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    release(shop, number)

    assert balance(shop, "meier") == ("0.00", "0.00", "10.00")
    assert states(shop, number) == dict.fromkeys(("meier", "schulz", "opa"), "released")
    posted = [(row.origin, row.destination, row.amount) for row in shop.rows(Posting, kind="payout")]
    assert sorted(posted) == [("payable", "paid", 100), ("payable", "paid", 500), ("payable", "paid", 1000)]
    told = [row.payload["amount"] for row in shop.rows(Outbox, topic="payout_paid")]
    assert sorted(told) == ["1.00", "10.00", "5.00"]
    assert books_agree(shop)


@pytest.mark.parametrize(
    ("wrong"), [{"count": 2}, {"sums": {"EUR": 1599}}, {"sums": {}}, {"sums": {"USD": 1600}}]
)
def test_a_run_whose_number_or_sum_was_typed_wrong_is_not_released(
    shop: FakeShop, wrong: dict[str, object]
) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    assert refusal(release, shop, number, **wrong) == "not_confirmed"
    assert state_of_run(shop, number) == "draft"
    assert balance(shop, "meier") == ("0.00", "10.00", "0.00")


def test_a_run_is_released_once(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)
    confirmed = {"count": 3, "sums": {"EUR": 1600}}
    release(shop, number)

    assert refusal(release, shop, number, **confirmed) == "released"
    assert balance(shop, "meier") == ("0.00", "0.00", "10.00")


def test_a_run_pays_each_accrual_once_and_the_next_one_only_what_is_new(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    release(shop, run(shop))
    earned(shop, "o2")

    second = run(shop)

    assert amounts(shop, second) == {"meier": 1000, "schulz": 500, "opa": 100}
    release(shop, second)
    assert balance(shop, "meier") == ("0.00", "0.00", "20.00")
    assert books_agree(shop)


# Whom it skips ---------------------------------------------------------------------------------------------


def test_who_has_said_no_way_to_be_paid_is_skipped(shop: FakeShop) -> None:
    wants(shop, "meier")
    earned(shop)

    assert skips(shop, run(shop)) == {"schulz": "no_method", "opa": "no_method"}


def test_what_is_still_on_hold_is_named_with_its_day(shop: FakeShop) -> None:
    all_want(shop)
    earn(shop)

    number = run(shop)

    assert set(skips(shop, number).values()) == {"on_hold"}
    first = shop.rows(PayoutSkip, run_id=number)[0]
    assert (first.accruals, first.until) == (1, shop.clock.now + timedelta(days=30))


def test_who_is_below_the_minimum_waits_and_is_paid_when_it_has_added_up(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_PAYOUT_MINIMUM={"EUR": "8.00"})
    all_want(shop)
    earned(shop)

    first = run(shop)
    release(shop, first)
    earned(shop, "o2")
    second = run(shop)

    assert skips(shop, first) == {"schulz": "minimum", "opa": "minimum"}
    assert amounts(shop, second) == {"meier": 1000, "schulz": 1000}
    assert skips(shop, second) == {"opa": "minimum"}


def test_who_has_left_is_paid_the_rest_below_the_minimum(make_shop: MakeShop) -> None:
    from flask_firstline.services import partners

    shop = make_shop(FIRSTLINE_PAYOUT_MINIMUM={"EUR": "8.00"})
    all_want(shop)
    earned(shop)
    opa = contact_id(shop, "opa")
    act(shop, lambda ctx: partners.end_partner(ctx.conn, opa, why="left", who="test", now=ctx.now))

    assert amounts(shop, run(shop)) == {"meier": 1000, "opa": 100}


def test_who_is_suspended_or_blocked_is_skipped_with_the_reason(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    suspend_partner(shop.app, "schulz")
    opa = contact_id(shop, "opa")
    act(shop, lambda ctx: payout_details.block(ctx.conn, opa, why="open dispute", who="t", now=ctx.now))

    number = run(shop)

    assert skips(shop, number) == {"schulz": "suspended", "opa": "blocked"}
    assert [row.note for row in shop.rows(PayoutSkip, reason="blocked")] == ["open dispute"]


def test_a_balance_below_zero_is_carried_and_netted_with_what_comes(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    release(shop, run(shop))
    shop.refund("o1")
    assert balance(shop, "meier") == ("0.00", "-10.00", "10.00")
    below = run(shop)

    earned(shop, "o2", "o3")
    second = run(shop)

    assert set(skips(shop, below).values()) == {"negative"}
    assert amounts(shop, second) == {"meier": 1000, "schulz": 500, "opa": 100}
    release(shop, second)
    assert balance(shop, "meier") == ("0.00", "0.00", "20.00")
    assert books_agree(shop)


def test_a_transfer_carries_euros_only(shop: FakeShop) -> None:
    all_want(shop)
    wants(shop, "opa", Method.CASH)
    shop.clock.advance(days=4)
    shop.register(Customer(ref="v"), code="vonmeier")
    shop.place(
        make_cart(make_line("a", "119.00"), customer=Customer(ref="v"), currency="USD"), "o2", codes=[]
    )
    shop.pay("o2")
    shop.clock.advance(days=31)

    number = run(shop)

    assert skips(shop, number) == {"meier": "currency", "schulz": "currency"}
    assert amounts(shop, number) == {"opa": 100}


def test_a_partner_stands_in_one_open_run_only(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    first = run(shop)

    second = run(shop)

    assert amounts(shop, second) == {}
    assert set(skips(shop, second).values()) == {"other_run"}
    assert refusal(release, shop, second) == "empty"
    release(shop, first)
    assert balance(shop, "meier") == ("0.00", "0.00", "10.00")


def test_where_nobody_has_earned_anything_there_is_no_run(shop: FakeShop) -> None:
    assert refusal(run, shop) == "nobody"


# What may be changed before the release --------------------------------------------------------------------


def test_an_amount_may_be_lowered_and_the_rest_stays_payable(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    change(shop, number, {payout(shop, number, "meier").id: "4.00"})
    release(shop, number)

    assert balance(shop, "meier") == ("0.00", "6.00", "4.00")
    assert amounts(shop, run(shop)) == {"meier": 600}
    assert books_agree(shop)


def test_an_amount_is_never_above_what_is_payable(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)
    meier = payout(shop, number, "meier").id

    assert refusal(change, shop, number, {meier: "10.01"}) == "amount"
    change(shop, number, {meier: "1.00"})
    change(shop, number, {meier: "10.00"})
    assert amounts(shop, number)["meier"] == 1000


def test_nought_leaves_a_partner_out_whose_accruals_come_into_the_next_run(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    change(shop, number, {payout(shop, number, "meier").id: "0"})
    release(shop, number)

    assert skips(shop, number) == {"meier": "left_out"}
    assert amounts(shop, run(shop)) == {"meier": 1000}


def test_after_the_release_nothing_can_be_changed(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)
    meier = payout(shop, number, "meier").id
    release(shop, number)

    assert refusal(change, shop, number, {meier: "1.00"}) == "released"
    assert refusal(act, shop, lambda ctx: payout_changes.discard(ctx, number, INES)) == "released"
    assert refusal(act, shop, lambda ctx: payout_changes.bring_up_to_date(ctx, number, INES)) == "released"
    assert amounts(shop, number)["meier"] == 1000


def test_a_return_after_the_preview_stops_the_release_until_the_run_is_brought_up_to_date(
    shop: FakeShop,
) -> None:
    all_want(shop)
    earned(shop, "o1", "o2")
    number = run(shop)
    shop.refund("o1")

    assert refusal(release, shop, number) == "outdated"
    assert act(shop, lambda ctx: payout_changes.bring_up_to_date(ctx, number, INES)) == 3
    release(shop, number)

    assert amounts(shop, number) == {"meier": 1000, "schulz": 500, "opa": 100}
    assert balance(shop, "meier") == ("0.00", "0.00", "10.00")
    assert books_agree(shop)


def test_who_is_suspended_after_the_preview_is_not_paid(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)
    suspend_partner(shop.app, "opa")

    assert refusal(release, shop, number) == "outdated"
    act(shop, lambda ctx: payout_changes.bring_up_to_date(ctx, number, INES))
    release(shop, number)

    assert skips(shop, number) == {"opa": "suspended"}
    assert balance(shop, "opa") == ("0.00", "1.00", "0.00")


def test_a_run_that_is_thrown_away_pays_nothing_and_frees_its_partners(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    act(shop, lambda ctx: payout_changes.discard(ctx, number, INES))

    assert refusal(release, shop, number, count=3, sums={"EUR": 1600}) == "discarded"
    assert amounts(shop, run(shop)) == {"meier": 1000, "schulz": 500, "opa": 100}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE firstline_payout SET amount = amount - 1",
        "UPDATE firstline_payout SET partner_id = 1",
        "UPDATE firstline_payout SET details = '{}x'",
        "UPDATE firstline_payout SET state = 'draft'",
        "DELETE FROM firstline_payout",
    ],
)
def test_the_database_refuses_to_change_what_is_released(shop: FakeShop, statement: str) -> None:
    wants(shop, "meier")
    earned(shop)
    release(shop, run(shop))

    with pytest.raises(IntegrityError, match="never changed"):
        act(shop, lambda ctx: ctx.conn.exec_driver_sql(statement))


# Four eyes -------------------------------------------------------------------------------------------------


def test_with_four_eyes_somebody_else_releases(shop: FakeShop) -> None:
    settle(shop, four_eyes=True)
    all_want(shop)
    earned(shop)
    number = run(shop, INES)

    assert refusal(release, shop, number, INES) == "same_eyes"
    assert refusal(release, shop, number, BERND, has_identity=False) == "no_identity"
    change(shop, number, {payout(shop, number, "meier").id: "1.00"}, BERND)
    assert refusal(release, shop, number, BERND) == "same_eyes"

    assert state_of_run(shop, number) == "draft"


def test_with_four_eyes_another_admin_may_release(shop: FakeShop) -> None:
    settle(shop, four_eyes=True)
    all_want(shop)
    earned(shop)
    number = run(shop, INES)

    release(shop, number, BERND)

    assert state_of_run(shop, number) == "released"


# One partner -----------------------------------------------------------------------------------------------


def single(shop: FakeShop, ref: str, **more: object) -> int:
    who = contact_id(shop, ref)
    return act(shop, lambda ctx: payouts.make_single(ctx, who, INES, currency="EUR", **more))  # type: ignore[arg-type]


def test_one_partner_is_paid_in_cash_with_an_amount_of_choice(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_PAYOUT_MINIMUM={"EUR": "50"})
    earned(shop)

    number = single(shop, "meier", method=Method.CASH, amount=500)
    release(shop, number)

    assert states(shop, number) == {"meier": "paid"}
    assert balance(shop, "meier") == ("0.00", "5.00", "5.00")
    assert balance(shop, "schulz") == ("0.00", "5.00", "0.00")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, "no_method"),
        ({"method": Method.SEPA}, "no_method"),
        ({"method": Method.CASH, "amount": 1001}, "amount"),
        ({"method": Method.CASH, "amount": 0}, "amount"),
    ],
)
def test_one_partner_is_not_paid_more_nor_by_a_way_that_is_not_known(
    shop: FakeShop, more: dict[str, object], problem: str
) -> None:
    earned(shop)

    assert refusal(single, shop, "meier", **more) == problem


def test_a_blocked_partner_is_not_paid_singly_either(shop: FakeShop) -> None:
    earned(shop)
    meier = contact_id(shop, "meier")
    act(shop, lambda ctx: payout_details.block(ctx.conn, meier, why="dispute", who="t", now=ctx.now))

    assert refusal(single, shop, "meier", method=Method.CASH) == "blocked"
    act(shop, lambda ctx: payout_details.unblock(ctx.conn, meier, why="", who="t", now=ctx.now))
    assert single(shop, "meier", method=Method.CASH)


# Failed payouts --------------------------------------------------------------------------------------------


def test_a_payout_that_failed_is_payable_again_and_paid_by_the_next_run(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)
    release(shop, number)
    meier = payout(shop, number, "meier").id

    fail(shop, meier)

    assert balance(shop, "meier") == ("0.00", "10.00", "0.00")
    back = [(row.origin, row.destination, row.amount) for row in shop.rows(Posting, kind="payout_back")]
    assert back == [("paid", "payable", 1000)]
    assert states(shop, number)["meier"] == "failed"
    assert refusal(fail, shop, meier) == "not_posted"
    second = run(shop)
    assert amounts(shop, second) == {"meier": 1000}
    release(shop, second)
    assert balance(shop, "meier") == ("0.00", "0.00", "10.00")
    assert len(shop.rows(Payout)) == 4
    assert books_agree(shop)


def test_a_payout_that_was_not_released_cannot_fail(shop: FakeShop) -> None:
    all_want(shop)
    earned(shop)
    number = run(shop)

    assert refusal(fail, shop, payout(shop, number, "meier").id) == "not_posted"
    assert refusal(fail, shop, payout(shop, number, "meier").id, " ") == "why"


# Store credit ----------------------------------------------------------------------------------------------


def test_store_credit_is_a_code_for_the_partner_alone(shop: FakeShop) -> None:
    wants(shop, "meier", Method.CREDIT)
    earned(shop)
    number = run(shop)
    release(shop, number)

    code = shop.rows(Code, id=payout(shop, number, "meier").code_id)[0]
    mine = shop.place(
        make_cart(make_line("a", "20.00"), customer=Customer(ref="meier")), "m1", codes=[code.display]
    )

    assert (code.credit, code.holder_id) == (1000, contact_id(shop, "meier"))
    assert str(mine.credit) == "10.00"
    assert states(shop, number) == {"meier": "paid"}
    with pytest.raises(CreditUsed):
        fail(shop, payout(shop, number, "meier").id)
    assert books_agree(shop)


def test_store_credit_that_nobody_has_used_can_be_taken_back(shop: FakeShop) -> None:
    wants(shop, "meier", Method.CREDIT)
    earned(shop)
    number = run(shop)
    release(shop, number)

    fail(shop, payout(shop, number, "meier").id, "wants money instead")

    assert [row.active for row in shop.rows(Code, id=payout(shop, number, "meier").code_id)] == [False]
    assert balance(shop, "meier") == ("0.00", "10.00", "0.00")
