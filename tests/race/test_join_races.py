"""Many processes confirm, decide and sign in at the same moment: once is once."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from flask_firstline.models import (
    Application,
    Attempt,
    Contact,
    History,
    Login,
    Outbox,
    TermsAcceptance,
)
from flask_firstline.models.base import Base
from flask_firstline.services import applications, partner_terms, partners
from flask_firstline.services.applications import Wanted
from flask_firstline.services.carts import Holders
from flask_firstline.services.joined_by import Signs, owner_of
from flask_firstline.shop import Customer
from tests.small_shop import SmallShop

from . import join_jobs
from .join_jobs import PLACES
from .racers import ATTEMPTS, Racers
from .test_races import run

pytestmark = pytest.mark.race


@pytest.fixture
def applied(shop: SmallShop) -> SmallShop:
    """A shop with Partner Meier, where Tom has applied with Meier's code."""
    shop.partner("meier")
    shop.coupon(codes=["vonmeier"], owner="meier")
    apply(shop)
    return shop


def apply(shop: SmallShop) -> None:
    with shop.state.own_unit() as session:
        ctx = shop.state.context(session.connection())
        who = Customer(email="tom@post.example")
        owner = owner_of(ctx, who, Signs(holders=Holders(), code="vonmeier"))
        wanted = Wanted(name="Tom", email="tom@post.example")
        applications.apply(ctx, wanted, owner, None, PLACES, "10.0.0.1")


def count(shop: SmallShop, model: type[Base], **where: object) -> int:
    found = shop.session.scalar(select(func.count()).select_from(model).filter_by(**where))
    shop.session.rollback()
    return int(found or 0)


def test_a_link_that_is_opened_in_every_process_confirms_once(applied: SmallShop, field: Racers) -> None:
    done = run(field, applied, join_jobs.confirm)

    assert done == Counter(waiting=ATTEMPTS)
    assert count(applied, Contact, email="tom@post.example") == 1
    assert count(applied, History, kind="sponsor") == 1


def test_three_applications_of_one_person_become_one_that_waits(applied: SmallShop, field: Racers) -> None:
    apply(applied)
    apply(applied)

    done = run(field, applied, join_jobs.confirm_own)

    assert set(done) <= {"waiting", "gone"}
    assert count(applied, Application) == 1
    assert count(applied, Contact, email="tom@post.example") == 1


def test_an_application_is_decided_once(applied: SmallShop, field: Racers) -> None:
    join_jobs.confirm(applied, 0)

    done = run(field, applied, join_jobs.decide)

    assert done["late"] == ATTEMPTS - 1
    tom = applied.session.execute(select(Contact).filter_by(email="tom@post.example")).scalar_one()
    approved = done["approved"] == 1
    assert (tom.partner_since is not None) is approved
    letters = [
        row.payload["letter"] for row in applied.session.scalars(select(Outbox).filter_by(topic="mail"))
    ]
    assert letters == ["confirm", "welcome" if approved else "declined"]


def test_without_approval_everybody_at_once_makes_one_partner(applied: SmallShop, field: Racers) -> None:
    done = run(field, applied, join_jobs.confirm, FIRSTLINE_PARTNER_APPROVAL=False)

    assert done == Counter(approved=ATTEMPTS)
    assert count(applied, Login) == 1
    assert count(applied, Outbox, topic="mail") == 2


@pytest.fixture
def tom(shop: SmallShop) -> SmallShop:
    """A shop with Tom, a partner without an account there."""
    with shop.seeding() as conn:
        partners.add_partner(conn, ref=None, email="tom@post.example", who="test", now=shop.time)
        partner_terms.write(conn, {"en": "Be fair."}, who="test", now=shop.time)
    return shop


def test_a_mailed_link_signs_in_once(tom: SmallShop, field: Racers) -> None:
    done = run(field, tom, join_jobs.use_link)

    assert done == Counter({"in": 1, "used up": ATTEMPTS - 1})


def test_every_failed_try_is_counted(tom: SmallShop, field: Racers) -> None:
    run(field, tom, join_jobs.try_password)

    assert tom.session.scalars(select(func.sum(Attempt.tries))).one() == ATTEMPTS


def test_the_terms_are_accepted_once(tom: SmallShop, field: Racers) -> None:
    done = run(field, tom, join_jobs.accept)

    assert done == Counter(accepted=ATTEMPTS)
    assert count(tom, TermsAcceptance) == 1
