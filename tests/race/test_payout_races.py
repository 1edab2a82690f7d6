"""Many processes that pay out at the same moment: nobody is paid twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from flask_firstline import Invoice, Order
from flask_firstline.domain.payout import Method
from flask_firstline.domain.payout_details import Details
from flask_firstline.models import Contact, Document, Payout, PayoutAccrual, Posting, Suspicion
from flask_firstline.services import payout_details, payouts
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from tests.small_shop import SmallShop, goods

from . import pay_jobs as jobs
from .jobs import customer
from .racers import Racers, errors

pytestmark = pytest.mark.race
LATER = 40 * 86_400
SOME = range(64)


def url(shop: SmallShop) -> str:
    return str(shop.app.config["SQLALCHEMY_DATABASE_URI"])


def story(shop: SmallShop, orders: int = 1) -> None:
    """Let three partners earn on some orders."""
    shop.chain(3)
    shop.terms("10", "5", "1")
    shop.coupon(codes=["vonmeier"], owner="meier")
    for number in range(orders):
        ref = f"o{number}"
        order = Order(ref=ref, currency="EUR", lines=goods(1), customer=customer(number), codes=("vonmeier",))
        shop.firstline.order_placed(order)
        shop.firstline.invoice_paid(Invoice(ref=f"i{ref}", order_ref=ref, currency="EUR"))
    shop.session.commit()
    with shop.seeding() as conn:
        for contact_id in shop.partners.values():
            cash = Details(method=Method.CASH)
            payout_details.save(conn, contact_id, cash, who="test", now=shop.time)
    shop.advance(seconds=LATER)


def made_run(shop: SmallShop) -> int:
    """Make the run that all want to release; give what it comes to."""
    state = shop.state
    state.in_own_unit(lambda session: payouts.make_run(state.context(session.connection()), jobs.ME))
    return int(shop.session.scalar(select(func.sum(Payout.amount))) or 0)


def paid(shop: SmallShop) -> Decimal:
    shop.session.rollback()
    return shop.firstline.balance("meier")["EUR"].paid


def books_agree(shop: SmallShop) -> bool:
    shop.session.rollback()
    with shop.engine.connect() as conn:
        return all_ok(check_books(shop.state.context(conn)))


def test_one_run_released_by_all_is_paid_once(shop: SmallShop, field: Racers) -> None:
    story(shop)
    total = made_run(shop)

    found = field.run(url(shop), jobs.release_the_run, SOME, later_by=LATER, RACE_SUM=total)

    assert errors(found) == ""
    assert found == {"done": 1, "released": len(SOME) - 1}
    assert shop.session.scalar(select(func.count()).where(Posting.kind == "payout")) == 3
    assert books_agree(shop)


def test_runs_made_and_released_by_all_pay_everything_once(shop: SmallShop, field: Racers) -> None:
    story(shop, orders=5)

    found = field.run(url(shop), jobs.run_and_release, SOME, later_by=LATER)

    assert errors(found) == ""
    assert found["done"] == 1
    assert set(found) <= {"done", "empty", "nobody"}
    paid_out = shop.session.scalar(select(func.sum(Posting.amount)).where(Posting.kind == "payout"))
    earned = shop.session.scalar(select(func.sum(Posting.amount)).where(Posting.kind == "commission"))
    assert paid_out == earned
    live = select(func.count()).select_from(PayoutAccrual).where(PayoutAccrual.live)
    assert shop.session.scalar(live) == 15
    assert books_agree(shop)


def test_one_payout_taken_back_by_all_is_payable_once(shop: SmallShop, field: Racers) -> None:
    story(shop)
    jobs.run_and_release(shop, 0)
    before = paid(shop)

    found = field.run(url(shop), jobs.fail_the_payout, SOME, later_by=LATER)

    assert errors(found) == ""
    assert found == {"done": 1, "not_posted": len(SOME) - 1}
    assert shop.session.scalar(select(func.count()).where(Posting.kind == "payout_back")) == 1
    assert before > 0
    assert books_agree(shop)


def test_sales_returns_and_payouts_at_once_leave_right_books(shop: SmallShop, field: Racers) -> None:
    story(shop, orders=20)

    found = field.run(url(shop), jobs.sell_return_and_pay, range(160), later_by=LATER)

    assert errors(found) == ""
    assert books_agree(shop)
    below = select(func.count()).where(Payout.amount > Payout.payable)
    assert shop.session.scalar(below) == 0


def test_suspicions_decided_while_all_is_paid_leave_right_books(shop: SmallShop, field: Racers) -> None:
    story(shop, orders=6)
    with shop.engine.begin() as conn:
        conn.execute(update(Contact).values(phone="+49401234567"))

    found = field.run(url(shop), jobs.suspect_decide_and_pay, range(80), later_by=LATER)

    assert errors(found) == ""
    shop.session.rollback()
    assert shop.session.scalar(select(func.count()).where(Document.looked_at.is_(None))) == 0
    suspected = select(func.count(), func.count(Suspicion.document_id.distinct()))
    assert shop.session.execute(suspected.where(Suspicion.about == "order")).one() == (18, 6)
    assert books_agree(shop)
