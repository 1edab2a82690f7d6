"""Workers are woken once a transaction has committed that left something to do, and only then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from celery import Celery
from huey import MemoryHuey
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from flask_firstline.delivery import celery, huey, waking
from flask_firstline.delivery.worker import work_once
from flask_firstline.errors import ConfigError
from flask_firstline.models import Base, Outbox
from flask_firstline.services import outbox, outbox_acts
from flask_firstline.testing import FakeShop, make_customer

PATIENCE = 10


@dataclass
class Counting:
    """A bell that counts how often it was rung."""

    rung: int = 0

    def ring(self) -> None:
        """Count."""
        self.rung += 1

    def trouble(self) -> str:
        """Say that nothing is wrong."""
        return ""


@dataclass
class Broker:
    """Takes messages once the gate is open; refuses those that it is told to."""

    gate: threading.Event = field(default_factory=threading.Event)
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    taken: int = 0
    refuses: int = 0

    def send(self) -> None:
        """Take a message."""
        self.asked.release()
        assert self.gate.wait(PATIENCE)
        if self.refuses:
            self.refuses -= 1
            raise ConnectionRefusedError("nobody listens")
        self.taken += 1


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    with FakeShop(mount=()) as made, made.app.app_context():
        yield made


@pytest.fixture
def bell(shop: FakeShop) -> Counting:
    bell = Counting()
    waking.mount(shop.state, "some", bell)
    return bell


def put(shop: FakeShop, session: Session, *, days: int = 0) -> None:
    """Write work down that is due in so many days."""
    at = shop.clock.now
    outbox.put(session.connection(), "coupon_applied", {}, now=at, run_at=at + timedelta(days=days))


def test_a_commit_that_left_something_to_do_wakes_once(shop: FakeShop, bell: Counting) -> None:
    session = shop.db.session()
    with session.begin_nested():
        put(shop, session)
        put(shop, session)
    assert bell.rung == 0, "the savepoint is not the commit"
    session.commit()
    assert bell.rung == 1
    session.commit()
    assert bell.rung == 1


def test_a_call_of_the_shop_wakes_with_the_shops_commit_and_one_of_our_own_by_itself(
    shop: FakeShop, bell: Counting
) -> None:
    shop.firstline.event("seen", make_customer("ina"))
    assert bell.rung == 0
    shop.db.session.commit()
    assert bell.rung == 1
    shop.firstline.event("seen", make_customer("ina"), commit=True)
    assert bell.rung == 2


def test_what_is_rolled_back_or_due_later_wakes_nobody(shop: FakeShop, bell: Counting) -> None:
    session = shop.db.session()
    put(shop, session)
    session.rollback()
    session.commit()
    put(shop, session)
    session.close()
    session.connection()
    session.commit()
    put(shop, session, days=1)
    session.commit()

    assert bell.rung == 0


def test_the_worker_wakes_nobody_and_another_try_does(shop: FakeShop, bell: Counting) -> None:
    session = shop.db.session()
    put(shop, session)
    session.query(Outbox).update({"state": "dead"})
    session.commit()
    assert bell.rung == 1

    shop.state.in_own_unit(lambda own: outbox_acts.retry(shop.state.context(own.connection()), who="office"))
    assert bell.rung == 2
    assert work_once(shop.state).delivered == 1
    assert bell.rung == 2


def test_a_broker_that_does_not_answer_keeps_no_commit_waiting_and_is_asked_once_more() -> None:
    broker = Broker()
    bell = waking.ThreadBell("Broker", broker.send)

    for _ in range(100):
        bell.ring()
    assert broker.asked.acquire(timeout=PATIENCE)
    bell.ring()
    assert not broker.asked.acquire(blocking=False)
    broker.gate.set()
    bell.wait(PATIENCE)

    assert broker.taken == 2


def test_a_broker_that_is_down_is_told_of_once_until_it_is_there_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = Broker(refuses=3)
    broker.gate.set()
    bell = waking.ThreadBell("Broker", broker.send)

    with caplog.at_level(logging.WARNING, logger="flask_firstline"):
        for _ in range(2):
            bell.ring()
            bell.wait(PATIENCE)
        assert bell.trouble() == "Broker: ConnectionRefusedError: nobody listens."
        assert bell.trouble() == ""

    assert [record.getMessage() for record in caplog.records] == [
        "Broker cannot be woken, work waits for the next round: ConnectionRefusedError: nobody listens"
    ]


def test_a_broker_that_never_answers_is_told_to_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_TRY_SECONDS", 0.01)
    broker = Broker()
    bell = waking.ThreadBell("Broker", broker.send)

    assert "does not answer" in bell.trouble()
    broker.gate.set()


def test_celery_is_configured_before_or_after_and_works_for_each_of_several_shops(shop: FakeShop) -> None:
    celery_app = Celery("shop")
    with FakeShop(mount=()) as other:
        celery.firstline_tasks(celery_app, other.app)
        celery.firstline_tasks(celery_app, shop.app)
        celery_app.config_from_object({"task_always_eager": True, "timezone": "Europe/Berlin"})
        entry = celery_app.conf.beat_schedule["firstline.work"]
        for each in (other, shop):
            with each.transaction() as session:
                put(each, session)
        celery_app.tasks["firstline.work"].delay()

        assert (entry["schedule"], entry["options"]) == (60, {"expires": 60})
        assert celery_app.conf.timezone == "Europe/Berlin"
        assert [[row.state for row in each.rows(Outbox)] for each in (other, shop)] == [["done"], ["done"]]
        assert shop.state.bells["Celery"].trouble() == ""


def test_a_shop_whose_database_is_gone_keeps_no_other_shop_waiting(shop: FakeShop) -> None:
    huey_app = MemoryHuey(immediate=True)
    with FakeShop(mount=()) as broken:
        huey.firstline_tasks(huey_app, broken.app)
        huey.firstline_tasks(huey_app, shop.app)
        with broken.app.app_context():
            Base.metadata.drop_all(broken.db.engine)
        put(shop, shop.db.session())
        shop.db.session.commit()

        with pytest.raises(OperationalError, match="no such table"):
            huey_app.firstline_shops.deliver()
        assert [row.state for row in shop.rows(Outbox)] == ["done"]


def test_a_round_without_end_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="FIRSTLINE_WORK_SECONDS cannot be below 1"):
        FakeShop(mount=(), FIRSTLINE_WORK_SECONDS=0)


def test_huey_makes_a_round_every_so_many_whole_minutes() -> None:
    huey_app = MemoryHuey()
    with FakeShop(mount=(), FIRSTLINE_WORK_SECONDS=61) as shop, shop.app.app_context():
        huey.firstline_tasks(huey_app, shop.app)
        huey.firstline_tasks(huey_app, shop.app)
        noon = shop.clock.now
        asked = [len(huey_app.read_periodic(noon + timedelta(minutes=number))) for number in range(4)]
        put(shop, shop.db.session())
        shop.db.session.commit()
        shop.state.bells["Huey"].wait(PATIENCE)  # type: ignore[attr-defined]  # it is a ThreadBell
        huey_app.execute(huey_app.dequeue())

        assert asked == [1, 0, 1, 0]
        assert [row.state for row in shop.rows(Outbox)] == ["done"]


def test_with_celery_and_huey_both_are_woken(shop: FakeShop, bell: Counting) -> None:
    other = Counting()
    waking.mount(shop.state, "others", other)

    put(shop, shop.db.session())
    shop.db.session.commit()

    assert (bell.rung, other.rung) == (1, 1)
