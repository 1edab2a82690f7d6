"""Sixteen workers at once: each event judged once, each rule acting at most once, counts right."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Event, Outbox, Reward, RuleCount, RuleRun
from flask_firstline.services import programs
from tests.small_shop import SmallShop

from . import rule_jobs as jobs
from .racers import Racers, errors

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
