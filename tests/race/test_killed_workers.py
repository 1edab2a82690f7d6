"""Workers killed with SIGKILL at random moments: every message is sent, every effect happens once."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Contact, Outbox, WebhookDelivery
from flask_firstline.services import mails, outbox, webhooks
from flask_firstline.services.mails import Letter
from flask_firstline.testing import FakeShop, make_customer
from tests.databases import Databases
from tests.http_server import HttpServer, http_server
from tests.mail_server import MailServer, mail_server

from .killed_worker import Place, work_until_killed

KILLS = int(os.environ.get("FIRSTLINE_KILLS", "10"))
"""So often on each database; `make proof` kills a hundred times."""
EACH = 4
LONGEST = 0.4
"""Seconds that a worker may live after it began."""
pytestmark = [
    pytest.mark.race,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL"),
]


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def endpoint() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


def write(shop: FakeShop, batch: int) -> None:
    """Write mails and events down, each with a number of its own."""
    with shop.transaction() as session:
        conn = session.connection()
        for number in range(batch * EACH, (batch + 1) * EACH):
            values = {"desk": f"https://shop.example/{number}", "shop": "Lindenhof"}
            mails.put(conn, Letter.WELCOME, 1, values, now=shop.clock.now)
            outbox.put(conn, "firstline_joined", {"number": number}, now=shop.clock.now)


def kill_one(place: Place, after: float) -> None:
    """Start a worker and kill it some moments after it began."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.race.killed_worker"])
    ours, theirs = context.Pipe()
    process = context.Process(target=work_until_killed, args=(place, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(60), "the worker does not begin"
        ours.recv()
        time.sleep(after)
    finally:
        process.kill()
        process.join()


def test_every_message_is_sent_and_every_effect_happens_once(
    databases: Databases, mailbox: MailServer, endpoint: HttpServer
) -> None:
    chance = random.Random(7)  # noqa: S311 - moments, no secrets
    with databases.fresh() as url:
        shop = FakeShop(url, mount=(), FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=["127.0.0.1"])
        place = Place(url=url, smtp=mailbox.url, now=shop.clock.now)
        with shop:
            begin(shop, endpoint)
            for batch in range(KILLS):
                write(shop, batch)
                shop.clock.now = place.now
                kill_one(place, chance.uniform(0, LONGEST))
                place = replace(place, now=place.now + timedelta(minutes=6))
            finish(place)
            see(shop, mailbox, endpoint)


def begin(shop: FakeShop, endpoint: HttpServer) -> None:
    """Give the shop a customer, and an endpoint that hears who joins."""
    shop.register(make_customer("ina", email="ina@post.example"))
    assert shop.rows(Contact, id=1)[0].email == "ina@post.example"
    with shop.app.app_context(), shop.transaction() as session:
        ctx = shop.state.context(session.connection())
        webhooks.add(
            ctx, ctx.keys, "erp", endpoint.url, ["firstline_joined"], private_hosts=["127.0.0.1"], who="x"
        )


def finish(place: Place) -> None:
    """Let a worker that nobody kills do the rest."""
    with place.open() as shop, shop.app.app_context():
        for _ in range(3):
            shop.clock.now += timedelta(minutes=6)
            work_once(shop.state)


def see(shop: FakeShop, mailbox: MailServer, endpoint: HttpServer) -> None:
    rows = shop.rows(Outbox)
    assert {row.state for row in rows} == {"done"}
    assert any(row.attempts > 1 for row in rows), "no worker was killed with work in its hands"
    written = sum(row.topic == mails.MAIL for row in rows)
    assert written == KILLS * EACH == len({mail["Message-ID"] for mail in mailbox.mails})

    deliveries = shop.rows(WebhookDelivery)
    numbers = sorted(int(row.body.partition('"number":')[2].rstrip("}")) for row in deliveries)
    assert numbers == list(range(KILLS * EACH))
    assert {row.state for row in deliveries} == {"sent"}
    assert {posted.headers["webhook-id"] for posted in endpoint.posted} == {
        row.webhook_id for row in deliveries
    }
