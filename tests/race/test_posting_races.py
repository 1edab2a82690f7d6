"""Many processes that post by hand, record, and decide disputes at the same moment: once is once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from flask_firstline import Order
from flask_firstline.models import Accrual, Call, Document, Posting
from flask_firstline.services import disputes
from tests.small_shop import SmallShop, goods

from . import posting_jobs as jobs
from .jobs import customer
from .racers import Racers, errors
from .test_payout_races import LATER, books_agree, story, url

pytestmark = pytest.mark.race
SOME = range(64)


def count(shop: SmallShop, kind: str) -> int:
    return int(shop.session.scalar(select(func.count()).where(Posting.kind == kind)) or 0)


def test_one_form_sent_by_all_posts_once_and_is_taken_back_once(shop: SmallShop, field: Racers) -> None:
    story(shop)
    meier = shop.partners["meier"]

    found = field.run(url(shop), jobs.post_the_same, SOME, RACE_PARTNER=meier)

    assert errors(found) == ""
    assert found == {"done": len(SOME)}
    assert count(shop, "manual") == 1
    call = shop.session.scalar(select(Call.id).where(Call.kind == "manual_posting"))
    shop.session.rollback()
    back = field.run(url(shop), jobs.take_the_same_back, SOME, RACE_CALL=call)
    assert errors(back) == ""
    assert back == {"done": 1, "taken_back": len(SOME) - 1}
    assert books_agree(shop)


def test_one_payment_and_one_return_recorded_by_all_count_once(shop: SmallShop, field: Racers) -> None:
    story(shop)
    order = Order(ref="x", currency="EUR", lines=goods(2), customer=customer(99), codes=("vonmeier",))
    shop.firstline.order_placed(order)
    shop.session.commit()
    document = shop.session.scalar(select(Document.id).where(Document.ref == "x"))
    shop.session.rollback()

    found = field.run(url(shop), jobs.record_the_same, SOME, RACE_DOCUMENT=document)

    assert errors(found) == ""
    assert found == {"done": 2, "before": len(SOME) - 2}
    row = shop.session.execute(
        select(Document.paid, Document.given_back).where(Document.id == document)
    ).one()
    assert tuple(row) == (500, 500)
    assert books_agree(shop)


def test_one_order_shared_paid_and_returned_by_all_at_once_is_shared_once(
    shop: SmallShop, field: Racers
) -> None:
    story(shop)
    partners = [shop.partners["meier"], shop.partner("keller")]
    order = Order(ref="x", currency="EUR", lines=goods(3), customer=customer(99), codes=("vonmeier",))
    shop.firstline.order_placed(order)
    shop.session.commit()
    document = shop.session.scalar(select(Document.id).where(Document.ref == "x"))
    shop.session.rollback()

    found = field.run(
        url(shop), jobs.share_pay_and_return, SOME, RACE_DOCUMENT=document, RACE_PARTNERS=partners
    )

    assert errors(found) == ""
    assert (found["shared"], found["before"], found["told"]) == (1, len(SOME) // 4 - 1, len(SOME) * 3 // 4)
    kept = shop.session.scalars(select(Document.portions).where(Document.id == document)).one()
    assert [packed[:2] for packed in kept] == [[partners[0], 2_500], [partners[1], 7_500]]
    assert books_agree(shop)


def test_one_dispute_won_and_lost_by_all_is_decided_once(shop: SmallShop, field: Racers) -> None:
    story(shop)
    document = shop.session.scalar(select(Document.id)) or 0
    opened = jobs.in_context(
        shop, lambda ctx: disputes.open_dispute(ctx, document, reason="race", who="race")
    )
    shop.session.rollback()
    assert opened == "1"

    found = field.run(url(shop), jobs.decide_the_dispute, SOME, later_by=LATER)

    assert errors(found) == ""
    assert found["won"] + found["lost"] == 1
    assert found["decided"] == len(SOME) - 1
    left = shop.session.scalar(select(func.sum(Accrual.amount - Accrual.reversed)))
    assert (left == 0) == (found["lost"] == 1)
    assert books_agree(shop)


def test_disputes_sales_returns_and_payouts_at_once_leave_right_books(shop: SmallShop, field: Racers) -> None:
    story(shop, orders=20)
    documents = list(shop.session.scalars(select(Document.id).order_by(Document.id)))
    shop.session.rollback()

    found = field.run(
        url(shop), jobs.dispute_sell_and_pay, range(120), later_by=LATER, RACE_DOCUMENTS=documents
    )

    assert errors(found) == ""
    assert books_agree(shop)
    held = select(func.count()).where(Accrual.held, Accrual.released_at.is_not(None))
    assert shop.session.scalar(held) == 0
