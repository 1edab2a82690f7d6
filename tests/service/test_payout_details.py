"""How partners want to be paid: checked, with a cool-down, withdrawn, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_firstline.domain.payout import Method
from flask_firstline.models import Payout, PayoutDetails
from flask_firstline.services import payout_details
from flask_firstline.services.mistakes import Mistake
from flask_firstline.services.payout_details import BadDetails
from flask_firstline.services.payout_settings import BadPaySettings
from flask_firstline.testing import FakeShop

from .pay_kit import IBANS, act, contact_id, earned, payout, release, run, settle, skips, wants


def test_first_details_hold_at_once_and_a_change_after_three_days(shop: FakeShop) -> None:
    first = wants(shop, "meier")

    changed = wants(shop, "meier", iban=IBANS["schulz"])

    assert (first.current is not None, first.pending) == (True, None)
    assert changed.current == first.current
    assert changed.pending is not None and changed.pending.iban == IBANS["schulz"]
    assert changed.pending_from == shop.clock.now + timedelta(days=3)


def test_nothing_is_paid_while_a_change_waits(shop: FakeShop) -> None:
    settle(shop, cool_down_days=40)
    wants(shop, "meier")
    wants(shop, "meier", iban=IBANS["schulz"])
    earned(shop)

    assert skips(shop, run(shop))["meier"] == "cooling"
    shop.clock.advance(days=10)
    number = run(shop)
    assert payout(shop, number, "meier").details["iban"] == IBANS["schulz"]


def test_a_second_change_takes_the_place_of_the_first_and_going_back_ends_the_wait(shop: FakeShop) -> None:
    wants(shop, "meier")
    wants(shop, "meier", iban=IBANS["schulz"])
    second = wants(shop, "meier", iban=IBANS["opa"])
    back = wants(shop, "meier")

    assert second.pending is not None and second.pending.iban == IBANS["opa"]
    assert (back.pending, back.current.iban if back.current else "") == (None, IBANS["meier"])


def test_the_same_details_twice_are_one_row(shop: FakeShop) -> None:
    wants(shop, "meier")
    wants(shop, "meier")

    assert len(shop.rows(PayoutDetails)) == 1


def test_what_cannot_be_right_is_refused_with_its_field(shop: FakeShop) -> None:
    with pytest.raises(BadDetails) as caught:
        wants(shop, "meier", iban="DE00", holder="名前")

    assert set(caught.value.problems) == {"iban", "holder"}
    assert shop.rows(PayoutDetails) == []


def test_settings_that_cannot_work_are_refused(shop: FakeShop) -> None:
    with pytest.raises(BadPaySettings) as caught:
        settle(shop, debtor_iban="DE00", cool_down_days=91)

    assert set(caught.value.problems) == {"debtor_iban", "cool_down_days"}


def test_a_block_needs_a_reason(shop: FakeShop) -> None:
    meier = contact_id(shop, "meier")

    with pytest.raises(Mistake):
        act(shop, lambda ctx: payout_details.block(ctx.conn, meier, why=" ", who="t", now=ctx.now))


def test_who_is_erased_loses_the_details_and_the_books_keep_what_was_paid(shop: FakeShop) -> None:
    wants(shop, "meier")
    wants(shop, "schulz", Method.CASH)
    earned(shop)
    release(shop, run(shop))

    with shop.transaction():
        shop.firstline.customer_erased("meier")

    assert [row.method for row in shop.rows(PayoutDetails)] == ["cash"]
    assert len(shop.rows(Payout)) == 2
