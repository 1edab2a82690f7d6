"""Celery and Huey wake and spread the worker, with real brokers; the rows of the outbox stay the truth."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from flask_firstline.models import Outbox, WorkerRound
from flask_firstline.services import mails, outbox, webhooks
from flask_firstline.services.mails import Letter
from flask_firstline.testing import FakeShop, make_customer
from flask_firstline.testing.clock import Clock
from tests.brokers import Broker, BrokerUnavailable, rabbitmq_broker, redis_broker
from tests.databases import Databases
from tests.http_server import HttpServer, http_server
from tests.mail_server import MailServer, mail_server

from .job_site import celery_of, huey_of, settings
from .job_workers import COMMAND, HUEY, Place, celery, running, wait_until

EACH = 25
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize(
    "databases", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def redis() -> Broker:
    try:
        return redis_broker()
    except BrokerUnavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def rabbitmq() -> Broker:
    try:
        return rabbitmq_broker()
    except BrokerUnavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as started:
        yield started


@pytest.fixture
def endpoint() -> Iterator[HttpServer]:
    with http_server() as started:
        yield started


@pytest.fixture
def shop(databases: Databases, mailbox: MailServer) -> Iterator[FakeShop]:
    with databases.fresh() as url:
        clock = Clock(datetime.now(UTC))
        with FakeShop(url, clock=clock, mount=(), **settings(mailbox.url)) as made:
            made.register(make_customer("ina", email="ina@post.example"))
            yield made


def place_of(shop: FakeShop, mailbox: MailServer, broker: Broker, folder: Path) -> Place:
    url = str(shop.app.config["SQLALCHEMY_DATABASE_URI"])
    place = Place(url=url, smtp=mailbox.url, broker=broker.url, folder=folder)
    place.put_clock_ahead(0)
    return place


def write(shop: FakeShop, numbers: range, *, joined: bool = False) -> None:
    """Write a mail down for each number, and who joined if asked for, in one transaction."""
    with shop.app.app_context(), shop.transaction() as session:
        conn = session.connection()
        for number in numbers:
            values = {"desk": f"https://shop.example/{number}", "shop": "Lindenhof"}
            mails.put(conn, Letter.WELCOME, 1, values, now=shop.clock.now)
            if joined:
                outbox.put(conn, "firstline_joined", {"number": number}, now=shop.clock.now)


def is_done(shop: FakeShop, count: int) -> bool:
    rows = shop.rows(Outbox, topic=mails.MAIL)
    return len(rows) == count and all(row.state == "done" for row in rows)


def holder(shop: FakeShop) -> int:
    """Give the process that has the first mail in its hands."""
    return int(str(shop.rows(Outbox, topic=mails.MAIL)[0].leased_by).split(":")[-2])


def who_worked(shop: FakeShop) -> set[str]:
    return {found.worker for found in shop.rows(WorkerRound)}


def doctor(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["firstline", "doctor"]).output


@on_sqlite
def test_a_commit_wakes_celery_and_what_is_written_without_a_broker_is_caught_up_by_its_beat(
    shop: FakeShop, mailbox: MailServer, redis: Broker, tmp_path: Path
) -> None:
    place = place_of(shop, mailbox, redis, tmp_path)
    celery_of(shop.app, redis.url)

    with redis.running(), celery(place) as worker:
        write(shop, range(1))
        wait_until(lambda: is_done(shop, 1), worker)
        assert "Workers cannot be woken" not in doctor(shop.app)
    assert who_worked(shop) == set(), "without a beat nobody makes rounds: it was the wake-up alone"

    write(shop, range(1, 3))
    assert "Workers cannot be woken. Celery:" in doctor(shop.app)
    assert not is_done(shop, 3)

    with redis.running(), celery(replace(place, seconds=1), "-B", "-s", str(tmp_path / "beat")) as worker:
        wait_until(lambda: is_done(shop, 3), worker)
        wait_until(lambda: who_worked(shop) == {"celery"}, worker)
    assert len(mailbox.mails) == 3


@on_sqlite
def test_what_a_killed_celery_process_had_in_its_hands_is_done_by_another(
    shop: FakeShop, mailbox: MailServer, rabbitmq: Broker, tmp_path: Path
) -> None:
    place = place_of(shop, mailbox, rabbitmq, tmp_path)
    celery_of(shop.app, rabbitmq.url)
    with rabbitmq.running(), celery(place) as worker:
        mailbox.holds.set()
        write(shop, range(5))
        wait_until(mailbox.held.is_set, worker)
        os.kill(holder(shop), signal.SIGKILL)
        wait_until(lambda: "WorkerLostError" in worker.said(), worker)
        mailbox.holds.clear()

        place.put_clock_ahead(6)
        write(shop, range(5, 6))
        wait_until(lambda: is_done(shop, 6), worker)

    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 6
    assert sorted(row.attempts for row in shop.rows(Outbox, topic=mails.MAIL)) == [1, 2, 2, 2, 2, 2]


@on_postgresql
def test_commands_celery_and_huey_on_one_database_do_nothing_twice_and_lose_nothing(
    shop: FakeShop, mailbox: MailServer, endpoint: HttpServer, redis: Broker, tmp_path: Path
) -> None:
    place = replace(place_of(shop, mailbox, redis, tmp_path), seconds=1)
    with shop.app.app_context(), shop.transaction() as session:
        ctx = shop.state.context(session.connection())
        webhooks.add(
            ctx, ctx.keys, "erp", endpoint.url, ["firstline_joined"], private_hosts=["127.0.0.1"], who="x"
        )

    with redis.running(), ExitStack() as stack:
        workers = [stack.enter_context(running(place, command)) for command in (COMMAND, COMMAND, HUEY)]
        workers.append(stack.enter_context(celery(place, "-B", "-s", str(tmp_path / "beat"))))
        wait_until(lambda: who_worked(shop) == {"command", "celery", "huey"}, *workers)
        for number in range(4):
            mount = (celery_of, huey_of)[number % 2]
            mount(shop.app, redis.url)
            write(shop, range(number * EACH, (number + 1) * EACH), joined=True)
        wait_until(lambda: all(row.state == "done" for row in shop.rows(Outbox)), *workers)
        wait_until(lambda: "firstline.deliver[" in workers[-1].said(), workers[-1])
        wait_until(
            lambda: re.search("Executing .*firstline.deliver", workers[2].said()) is not None, workers[2]
        )

    assert len(mailbox.mails) == 4 * EACH == len({mail["Message-ID"] for mail in mailbox.mails})
    called = [posted.headers["webhook-id"] for posted in endpoint.posted]
    assert len(called) == 4 * EACH == len(set(called))
    assert max(row.attempts for row in shop.rows(Outbox)) == 1
