"""Sixteen workers at once: each event judged once, each rule acting at most once, counts right."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.campaign import CampaignTerms, Worth
from flask_firstline.models import Event, Outbox, Reward, RuleCount, RuleRun
from flask_firstline.services import campaigns, programs, shares
from tests.small_shop import SmallShop

from . import rule_jobs as jobs
from .jobs import customer, order
from .racers import Racers, errors
from .reward_jobs import do

pytestmark = pytest.mark.race
LEADS = 80
GIFT = {"do": "reward", "to": "sharer", "label": "Gift", "amount": "5.00", "currency": "EUR"}
MAIL = {"do": "mail", "to": "friend", "subject": "Thanks", "text": "Thank you."}


def program(shop: SmallShop) -> None:
    """Reward the partner for every fifth lead, and thank each friend once."""
    shop.partner("meier")
    shop.coupon(codes=["vonmeier"], owner="meier")
    fifth = {"field": "count.sharer", "operator": "every", "value": 5}
    first = {"field": "count.friend", "operator": "is", "value": 1}
    written: list[dict[str, Any]] = [
        {"trigger": {"on": "event", "name": "lead"}, "condition": fifth, "actions": [GIFT]},
        {"trigger": {"on": "event", "name": "lead"}, "condition": first, "actions": [MAIL]},
    ]
    with shop.seeding() as conn:
        made = programs.add_program(conn, "Leads", who="test", now=shop.time)
        for number, rule in enumerate(written):
            name, conversion = f"Rule {number}", number == 0
            programs.add_rule(conn, made, name, rule, conversion=conversion, who="test", now=shop.time)
        programs.switch_program(conn, made, active=True, who="test", now=shop.time)
    for number in range(4):
        shop.firstline.customer_registered(Customer(ref=f"c{number}"), "vonmeier")
    shop.session.commit()
    work_once(shop.state)


def count(shop: SmallShop, table: Any, *where: Any) -> int:  # noqa: ANN401
    shop.session.rollback()
    return int(shop.session.scalar(select(func.count()).select_from(table).where(*where)) or 0)


def test_counts_are_right_when_sixteen_workers_count_at_once(shop: SmallShop, field: Racers) -> None:
    program(shop)
    url = str(shop.app.config["SQLALCHEMY_DATABASE_URI"])

    found = field.run(url, jobs.tell_and_work, range(LEADS))
    work_once(shop.state)

    assert errors(found) == ""
    assert count(shop, Event, Event.kind == "event") == LEADS
    assert count(shop, RuleRun) == 2 * LEADS
    assert count(shop, Reward) == LEADS // 5
    mails = list(shop.session.scalars(select(Outbox).where(Outbox.topic == "mail")))
    assert len([row for row in mails if row.payload["letter"] == "rule"]) == 4
    counted = select(RuleCount.met).where(RuleCount.whose == "sharer")
    assert shop.session.scalars(counted).all() == [LEADS]
    assert count(shop, Outbox, Outbox.state == "dead") == 0


def test_one_event_acts_once_however_many_bring_it(shop: SmallShop, field: Racers) -> None:
    program(shop)
    url = str(shop.app.config["SQLALCHEMY_DATABASE_URI"])

    found = field.run(url, jobs.tell_the_same_and_work, range(32))
    work_once(shop.state)

    assert errors(found) == ""
    assert count(shop, Event, Event.kind == "event") == 1
    assert count(shop, RuleRun) == 2


def test_the_first_order_by_a_campaigns_code_is_a_friends_whichever_worker_comes_first(
    shop: SmallShop, field: Racers
) -> None:
    shop.partner("meier")
    shop.coupon(codes=["vonmeier"], owner="meier")
    for number in range(32):
        shop.firstline.customer_registered(customer(number), "vonmeier")
    shop.session.commit()
    work_once(shop.state)
    five = Worth(amount=500)
    terms = CampaignTerms(
        name="Bring a friend", discount=five, kickback=five, currency="EUR", starts_at=shop.time, hold_days=0,
        new_customers_only=False,
    )  # fmt: skip
    written = {"trigger": {"on": "order_placed"}, "actions": [MAIL]}
    with shop.seeding() as conn:
        campaigns.create_campaign(conn, terms, who="test", now=shop.time)
        made = programs.add_program(conn, "Orders", who="test", now=shop.time)
        programs.add_rule(conn, made, "Thanks", written, conversion=True, who="test", now=shop.time)
        programs.switch_program(conn, made, active=True, who="test", now=shop.time)
    shop.firstline.order_placed(order("a0", Customer(ref="anna", email="anna@shop.example"), ()))
    shop.session.commit()
    do(shop, lambda ctx: shares.fetch(ctx, "a0"))
    url = str(shop.app.config["SQLALCHEMY_DATABASE_URI"])

    found = field.run(url, jobs.buy_by_a_friends_code_and_judge, range(32))
    work_once(shop.state)

    assert errors(found) == ""
    assert found == {"placed": 32}
    assert count(shop, RuleRun) == 32
    assert count(shop, Outbox, Outbox.state == "dead") == 0
