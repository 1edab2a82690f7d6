"""Postings by hand: sales and corrections with a reason, once by their key, taken back by their opposite."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from flask_firstline.models import Accrual, Audit, Call, Document, Posting
from flask_firstline.services import desk_accruals, holds, manual_postings
from flask_firstline.services.desk_accruals import Wanted as Asked
from flask_firstline.services.manual_postings import ByHand, Place, Wanted
from flask_firstline.services.mistakes import NotThere, PostingRefused
from flask_firstline.testing import FakeShop

from .pay_kit import act, amounts, books_agree, contact_id, earn, earned, release, run, wants


def post(shop: FakeShop, amount: int = 1250, key: str = "k1", ref: str = "meier", **more: Any) -> Place:
    """Post an amount by hand to a partner."""
    values = {"kind": ByHand.CORRECTION, "currency": "EUR", "reason": "trade fair", **more}
    partner = values.pop("partner_id", None) or contact_id(shop, ref)
    wanted = Wanted(partner_id=partner, amount=amount, **values)
    return act(shop, lambda ctx: manual_postings.post(ctx, wanted, key=key, who="Ines"))


def take_back(shop: FakeShop, place: Place, reason: str = "a mistake") -> Place:
    return act(shop, lambda ctx: manual_postings.take_back(ctx, place, reason=reason, who="Ines"))


def problem(work: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(PostingRefused) as caught:
        work(*args, **more)
    return caught.value.problem


def balance(shop: FakeShop, ref: str = "meier", currency: str = "EUR") -> tuple[str, str, str]:
    found = shop.balance(ref, currency)
    return str(found.on_hold), str(found.payable), str(found.paid)


def accrual(shop: FakeShop, place: Place) -> Row[tuple[object, ...]]:
    return shop.rows(Accrual, call_id=place[0], seq=place[1])[0]


def test_a_sale_by_hand_is_on_hold_as_any_sale(shop: FakeShop) -> None:
    place = post(shop, kind=ByHand.SALE, on_hold=True)

    assert balance(shop) == ("12.50", "0.00", "0.00")
    row = accrual(shop, place)
    assert row.sentence == "Manual sale: trade fair"
    assert row.payable_at == shop.clock.now + timedelta(days=30)
    shop.clock.advance(days=30)
    assert balance(shop) == ("0.00", "12.50", "0.00")
    assert books_agree(shop)


def test_a_correction_is_payable_at_once_and_paid_with_the_next_run(shop: FakeShop) -> None:
    wants(shop, "meier")
    post(shop)

    number = run(shop)
    release(shop, number)

    assert amounts(shop, number) == {"meier": 1250}
    assert balance(shop) == ("0.00", "0.00", "12.50")
    assert books_agree(shop)


def test_a_correction_down_goes_below_nought_and_nets_with_what_comes(shop: FakeShop) -> None:
    wants(shop, "meier")
    post(shop, -400)
    assert balance(shop) == ("0.00", "-4.00", "0.00")

    earned(shop)
    number = run(shop)

    assert amounts(shop, number) == {"meier": 600}
    release(shop, number)
    assert balance(shop) == ("0.00", "0.00", "6.00")
    assert books_agree(shop)


def test_the_same_key_posts_once_and_another_content_under_it_is_refused(shop: FakeShop) -> None:
    first = post(shop)

    assert post(shop) == first
    assert problem(post, shop, 1300) == "key_used"
    assert balance(shop) == ("0.00", "12.50", "0.00")
    assert len(shop.rows(Posting, kind="manual")) == 1
    assert [row.source for row in shop.rows(Call, kind="manual_posting")] == ["admin"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 201}, "reason_long"),
        ({"amount": 0}, "amount"),
        ({"amount": -5, "kind": ByHand.SALE}, "sale_below"),
        ({"amount": -5, "on_hold": True}, "minus_on_hold"),
        ({"document_id": 999}, "no_order"),
        ({"partner_id": 999}, "no_partner"),
    ],
)
def test_what_makes_no_sense_is_refused_and_posts_nothing(
    shop: FakeShop, wrong: dict[str, Any], said: str
) -> None:
    assert problem(post, shop, **wrong) == said
    assert shop.rows(Posting) == []


def test_only_partners_get_something(shop: FakeShop) -> None:
    shop.add_customer("c")
    earn(shop)

    assert problem(post, shop, ref="c-o1") == "no_partner"


@pytest.mark.parametrize(("amount", "on_hold"), [(1250, True), (1250, False), (-1250, False)])
def test_it_is_taken_back_by_its_opposite_that_names_it(shop: FakeShop, amount: int, on_hold: bool) -> None:
    place = post(shop, amount, on_hold=on_hold)

    back = take_back(shop, place)

    assert balance(shop) == ("0.00", "0.00", "0.00")
    opposite = shop.rows(Posting, call_id=back[0])[0]
    assert (opposite.kind, opposite.reverses_call_id, opposite.reverses_seq) == ("reversal", *place)
    assert accrual(shop, place).reversed == amount
    assert problem(take_back, shop, place) == "taken_back"
    assert len(shop.rows(Posting)) == 2
    assert books_agree(shop)


def test_what_was_paid_out_is_taken_back_from_what_comes(shop: FakeShop) -> None:
    wants(shop, "meier")
    place = post(shop)
    release(shop, run(shop))

    take_back(shop, place)

    assert balance(shop) == ("0.00", "-12.50", "12.50")
    assert books_agree(shop)


def test_after_its_hold_it_is_taken_back_from_payable(shop: FakeShop) -> None:
    place = post(shop, on_hold=True)
    shop.clock.advance(days=31)
    act(shop, holds.release_all_due)

    take_back(shop, place)

    assert balance(shop) == ("0.00", "0.00", "0.00")
    assert books_agree(shop)


def test_commissions_of_orders_are_not_taken_back_so(shop: FakeShop) -> None:
    earn(shop)
    row = shop.rows(Accrual)[0]

    with pytest.raises(NotThere):
        take_back(shop, (row.call_id, row.seq))


def test_a_correction_of_an_order_leaves_what_the_order_earns_as_it_is(shop: FakeShop) -> None:
    earn(shop)
    order = shop.rows(Document, ref="o1")[0]
    place = post(shop, 100, document_id=order.id)

    shop.refund("o1")

    assert balance(shop) == ("0.00", "1.00", "0.00")
    take_back(shop, place)
    assert balance(shop) == ("0.00", "0.00", "0.00")
    assert books_agree(shop)


def test_the_partner_reads_the_reason(shop: FakeShop) -> None:
    place = post(shop, -300, reason="paid twice in May")
    take_back(shop, place)

    meier = contact_id(shop, "meier")
    found = act(shop, lambda ctx: desk_accruals.entries(ctx.conn, meier, Asked(), now=ctx.now)).rows

    assert [(entry.title, entry.amount, entry.reversal, entry.by_hand) for entry in found] == [
        ("paid twice in May", 300, True, "correction"),
        ("paid twice in May", -300, False, "correction"),
    ]


def test_the_log_says_who(shop: FakeShop) -> None:
    take_back(shop, post(shop))

    acts = [(row.who, row.act, row.noun) for row in shop.rows(Audit) if row.noun == "posting"]
    assert acts == [("Ines", "post by hand", "posting"), ("Ines", "take back", "posting")]


def test_other_currencies_have_balances_of_their_own(shop: FakeShop) -> None:
    post(shop, 500, currency="USD")

    assert balance(shop, currency="USD") == ("0.00", "5.00", "0.00")
    assert balance(shop) == ("0", "0", "0")
    assert books_agree(shop)
