"""Caps and tiers however many processes pay at once, on PostgreSQL and on an SQLite file."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from flask_firstline import Order
from flask_firstline.domain.clauses import Caps, Clauses, Recurring, Span, Tier, Tiers
from flask_firstline.models import Accrual, CapClaim, Subscription
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.program import set_terms
from tests.small_shop import SmallShop, line

from . import term_jobs
from .jobs import CODE, customer
from .racers import ATTEMPTS, Racers, errors

pytestmark = pytest.mark.race

SALES = 80


@pytest.fixture
def meier(shop: SmallShop) -> SmallShop:
    """A shop in which customers of meier have ordered for 100.00 net each, not yet paid."""
    shop.chain(2)
    shop.coupon(codes=[CODE], owner="meier", percent=Decimal("0.01"), currency=None)
    for number in range(SALES):
        lines = [line("a", "100.00", "1", None)]
        order = Order(ref=f"o{number}", currency="EUR", lines=lines, customer=customer(number), codes=(CODE,))
        shop.firstline.order_placed(order)
        shop.session.commit()
    return shop


def terms(shop: SmallShop, clauses: Clauses) -> None:
    with shop.seeding() as conn:
        set_terms(
            conn, level=1, percent=Decimal(10), currency="EUR", clauses=clauses, who="test", now=shop.time
        )


def run(field: Racers, shop: SmallShop, job: object, numbers: range) -> None:
    found = field.run(shop.app.config["SQLALCHEMY_DATABASE_URI"], job, numbers)  # type: ignore[arg-type]
    if errors(found):
        pytest.fail(errors(found))
    shop.session.rollback()


def agrees(shop: SmallShop) -> bool:
    return all_ok(check_books(shop.state.context(shop.session.connection())))


def test_a_cap_is_filled_and_never_exceeded(field: Racers, meier: SmallShop) -> None:
    terms(meier, Clauses(caps=Caps(partner=12_345)))

    run(field, meier, term_jobs.pay_one, range(SALES))

    earned = meier.session.scalar(select(func.sum(Accrual.amount)))
    assert earned == meier.session.scalar(select(func.sum(CapClaim.amount))) == 12_345
    assert agrees(meier)


def test_each_tier_is_reached_by_exactly_its_sales(field: Racers, meier: SmallShop) -> None:
    steps = (Tier(begins=9_999 * 20, percent=Decimal(20)),)
    terms(meier, Clauses(tiers=Tiers(by=Span.EVER, tiers=steps)))

    run(field, meier, term_jobs.pay_one, range(SALES))

    amounts = sorted(meier.session.scalars(select(Accrual.amount)))
    assert amounts == [1000] * 20 + [2000] * (SALES - 20)
    assert agrees(meier)


def test_payments_of_one_subscription_are_counted_one_by_one(field: Racers, meier: SmallShop) -> None:
    terms(meier, Clauses(recurring=Recurring(rates=(Decimal(50), Decimal(10)), payments=30)))

    run(field, meier, term_jobs.pay_subscription, range(ATTEMPTS))

    amounts = sorted(meier.session.scalars(select(Accrual.amount)))
    assert amounts == [1000] * 29 + [5000]
    assert meier.session.scalars(select(Subscription.payments)).all() == [ATTEMPTS]
