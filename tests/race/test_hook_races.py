"""Webhooks of other shops, heard and worked off by many processes at once, and by workers that are killed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Body, Document
from flask_firstline.services import bodies, sources
from flask_firstline.services.bodies import Came
from flask_firstline.services.book_checks import check_all
from flask_firstline.services.checking import all_ok
from flask_firstline.testing import FakeShop, make_partner, make_terms
from tests.databases import Databases
from tests.service.hook_kit import act, add_source, wanted
from tests.small_shop import SmallShop

from .hook_jobs import ORDERS, hear_and_work, told
from .killed_worker import Place
from .racers import Racers, errors
from .test_killed_workers import LONGEST, kill_one

KILLS = 5
EACH = 6


def test_the_same_orders_told_by_sixteen_processes_in_all_turns_are_booked_once(
    shop: SmallShop, field: Racers
) -> None:
    shop.chain(3)
    shop.terms("10", "5", "1")
    shop.coupon(codes=["vonmeier"], owner="meier")
    shop.session.commit()
    state = shop.state
    state.in_own_unit(
        lambda session: sources.add(
            state.context(session.connection()), state.context(session.connection()).keys, wanted(), who="x"
        )
    )
    url = shop.engine.url.render_as_string(hide_password=False)

    found = field.run(url, hear_and_work, range(ORDERS * 6))

    assert errors(found) == ""
    assert found == {"done": ORDERS * 6}
    work_once(state)
    shop.session.rollback()
    with shop.engine.connect() as conn:
        assert {row.state for row in conn.execute(Body.__table__.select())} == {"done"}
        documents = conn.execute(Document.__table__.select()).all()
        assert [(row.paid, row.given_back) for row in documents] == [(4748, 1000)] * ORDERS
        assert all_ok(check_all(state.context(conn)))
    assert shop.firstline.balance("meier")["EUR"].payable * 100 == 266 * ORDERS


def test_workers_that_are_killed_lose_no_body_and_book_none_twice(databases: Databases) -> None:
    chance = random.Random(11)  # noqa: S311 - moments, no secrets
    with databases.fresh() as url, FakeShop(url, mount=()) as shop:
        make_partner(shop.app, "meier")
        make_terms(shop.app, 10)
        add_source(shop)
        place = Place(url=url, smtp="smtp://127.0.0.1:1", now=shop.clock.now)
        for batch in range(KILLS):
            hear(shop, batch)
            kill_one(place, chance.uniform(0, LONGEST))
            place = replace(place, now=place.now + timedelta(minutes=6))
            shop.clock.now = place.now
        shop.clock.now += timedelta(minutes=6)
        with shop.app.app_context():
            work_once(shop.state)

        assert {row.state for row in shop.rows(Body)} == {"done"}
        orders = shop.rows(Document)
        assert [(row.paid, row.given_back) for row in orders] == [(4748, 1000)] * (KILLS * EACH)
        with shop.app.app_context(), shop.transaction() as session:
            assert all_ok(check_all(shop.state.context(session.connection())))


def hear(shop: FakeShop, batch: int) -> None:
    """Take in the bodies of some orders, each in another turn."""
    for place in range(batch * EACH, (batch + 1) * EACH):
        for body in told(place, place):
            content = json.dumps(body)
            came = Came(topic="order.updated", content=content)
            act(shop, lambda ctx, came=came: bodies.take(ctx, 1, came))  # type: ignore[misc]
