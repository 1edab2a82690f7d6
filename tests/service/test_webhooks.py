"""Webhooks, called at a real server: signed, tried again, known by their id, never into the own net."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Audit, Outbox, WebhookDelivery, WebhookEndpoint, WebhookTry
from flask_firstline.services import asking, webhook_calls, webhooks
from flask_firstline.services.mistakes import BadEndpoint, NameTaken, NotThere
from flask_firstline.testing import FakeShop
from tests.http_server import HttpServer, Posted, http_server

from .kit import MakeShop, cart_of
from .pay_kit import act, earned, release, run, wants

OWN = ["127.0.0.1"]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    return make_shop(FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=OWN)


def add(shop: FakeShop, url: str, *events: str, name: str = "erp") -> tuple[int, str]:
    return act(
        shop,
        lambda ctx: webhooks.add(ctx, ctx.keys, name, url, events, private_hosts=OWN, who="Ines"),
    )


def call(shop: FakeShop, endpoint_id: int, key: str | None = None) -> int | None:
    return act(shop, lambda ctx: webhook_calls.call(ctx, endpoint_id, "deal_won", {"deal": "ä1"}, key=key))


def work(shop: FakeShop) -> None:
    with shop.app.app_context():
        work_once(shop.state)


def verify(secret: str, posted: Posted, at: float) -> object:
    """Read a call as its receiver does; the library's own clock is not asked."""
    assert abs(int(posted.headers["webhook-timestamp"]) - at) < 2
    given = posted.headers["webhook-signature"]
    stamp = datetime.fromtimestamp(int(posted.headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(posted.headers["webhook-id"], stamp, posted.body.decode())
    assert given == signed
    return json.loads(posted.body)


def test_a_call_is_signed_and_says_what_happened(shop: FakeShop, server: HttpServer) -> None:
    endpoint_id, secret = add(shop, f"{server.url}/in?x=1")
    call(shop, endpoint_id)
    work(shop)

    [posted] = server.posted
    told = verify(secret, posted, shop.clock.now.timestamp())
    assert told == {
        "type": "deal_won", "timestamp": shop.clock.now.isoformat(), "data": {"deal": "ä1"},
    }  # fmt: skip
    assert posted.path == "/in?x=1"
    assert posted.headers["host"] == f"127.0.0.1:{server.port}"
    [delivery] = shop.rows(WebhookDelivery)
    assert (delivery.state, delivery.tries) == ("sent", 1)
    assert [(row.status, row.answer) for row in shop.rows(WebhookTry)] == [(200, "ok")]


def test_receivers_can_verify_it_with_the_standard_library_of_webhooks(
    shop: FakeShop, server: HttpServer
) -> None:
    shop.clock.now = datetime.now(UTC)
    endpoint_id, secret = add(shop, server.url)
    call(shop, endpoint_id)
    work(shop)

    [posted] = server.posted
    assert Webhook(secret).verify(posted.body, posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(posted.body + b" ", posted.headers)


def test_one_that_is_not_taken_is_logged_in_one_line_with_the_reason(
    shop: FakeShop, server: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers = [(503, b"", {})]
    endpoint_id, _secret = add(shop, server.url)
    call(shop, endpoint_id)

    with caplog.at_level(logging.DEBUG, "flask_firstline"):
        work(shop)

    said = [(row.levelname, bool(row.exc_info), row.getMessage()) for row in caplog.records]
    [line] = [one for one in said if one[0] != "DEBUG"]
    assert line[:2] == ("WARNING", False)
    assert line[2].endswith("(webhook) was not taken: It answered 503.")
    assert ("DEBUG", True) in [one[:2] for one in said]


def test_one_that_is_not_taken_is_tried_again_with_pauses_under_the_same_id(
    shop: FakeShop, server: HttpServer
) -> None:
    server.answers = [(500, b"out of order", {}), (503, b"", {})]
    endpoint_id, _secret = add(shop, server.url)
    call(shop, endpoint_id)

    for seconds in (0, 5, 6, 15, 6):
        shop.clock.now += timedelta(seconds=seconds)
        work(shop)

    assert len(server.posted) == 3
    assert len({posted.headers["webhook-id"] for posted in server.posted}) == 1
    assert [(row.status, row.answer, row.error) for row in shop.rows(WebhookTry)] == [
        (500, "out of order", "It answered 500."), (503, "", "It answered 503."), (200, "ok", ""),
    ]  # fmt: skip


def test_one_that_nobody_takes_is_given_up_and_made_again_by_hand(shop: FakeShop, server: HttpServer) -> None:
    server.answers = [(500, b"", {})] * 12
    endpoint_id, _secret = add(shop, server.url)
    delivery_id = call(shop, endpoint_id)
    assert delivery_id is not None

    for _ in range(12):
        work(shop)
        shop.clock.now += timedelta(hours=7)
    work(shop)
    assert len(server.posted) == 12
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["dead"]
    assert [row.state for row in shop.rows(Outbox, topic="webhook")] == ["dead"]

    assert act(shop, lambda ctx: webhook_calls.replay(ctx, delivery_id, who="Ines"))
    assert not act(shop, lambda ctx: webhook_calls.replay(ctx, delivery_id, who="Ines"))
    work(shop)

    assert [row.state for row in shop.rows(WebhookDelivery)] == ["sent"]
    assert len({posted.headers["webhook-id"] for posted in server.posted}) == 1
    assert [row.who for row in shop.rows(Audit, act="replay")] == ["Ines"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(shop: FakeShop, server: HttpServer, status: int) -> None:
    server.answers = [(status, b"", {"Location": f"{server.url}/elsewhere"})]
    endpoint_id, _secret = add(shop, server.url)
    call(shop, endpoint_id)
    work(shop)

    assert [posted.path for posted in server.posted] == ["/"]
    assert "no redirect is followed" in shop.rows(WebhookTry)[0].error


def test_one_that_is_gone_is_given_up_at_once(shop: FakeShop, server: HttpServer) -> None:
    server.answers = [(410, b"", {})]
    endpoint_id, _secret = add(shop, server.url)
    call(shop, endpoint_id)
    work(shop)
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["dead"]


def test_of_a_long_answer_the_beginning_is_kept(shop: FakeShop, server: HttpServer) -> None:
    server.answers = [(200, b"\0a" * 100_000, {})]
    endpoint_id, _secret = add(shop, server.url)
    call(shop, endpoint_id)
    work(shop)
    assert shop.rows(WebhookTry)[0].answer == "a" * 1000


def test_an_endpoint_that_nobody_answers_at_is_tried_again(shop: FakeShop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint_id, _secret = add(shop, f"http://127.0.0.1:{port}/")
    call(shop, endpoint_id)
    work(shop)
    [tried] = shop.rows(WebhookTry)
    assert (tried.status, "ConnectionRefused" in tried.error) == (None, True)
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["waiting"]


@contextmanager
def dripping() -> Iterator[int]:
    """Run a server that begins to answer and never ends."""
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        taken, _address = listening.accept()
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.wait(0.02):
                try:
                    taken.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


def test_an_endpoint_that_never_ends_its_answer_is_left(
    shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_ALL_SECONDS", 0.3)
    with dripping() as port:
        endpoint_id, _secret = add(shop, f"http://127.0.0.1:{port}/")
        call(shop, endpoint_id)
        work(shop)
    [tried] = shop.rows(WebhookTry)
    assert (tried.status, tried.milliseconds < 5000) == (None, True)


def test_a_name_that_leads_into_the_own_net_is_never_connected_to(
    shop: FakeShop, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint_id, _secret = add(shop, f"https://erp.example:{server.port}/")
    call(shop, endpoint_id)
    own = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: own)
    with shop.app.app_context():
        work_once(shop.state)

    assert server.posted == []
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["dead"]
    assert "not public" in shop.rows(WebhookTry)[0].error


def test_an_endpoint_hears_of_what_it_asked_for_once_each(shop: FakeShop, server: HttpServer) -> None:
    work(shop)
    add(shop, f"{server.url}/joined", "firstline_joined")
    add(shop, f"{server.url}/none", name="none")
    shop.apply(cart_of("ina"), "vonmeier")
    shop.place(cart_of("ina"), "o1")
    for _ in range(3):
        work(shop)

    [posted] = server.posted
    assert (posted.path, json.loads(posted.body)["type"]) == ("/joined", "firstline_joined")


def test_a_payout_is_told_by_webhook_also_where_no_mail_can_be_sent(
    shop: FakeShop, server: HttpServer
) -> None:
    add(shop, server.url, "payout_paid")
    wants(shop, "meier")
    earned(shop)
    release(shop, run(shop))
    for _ in range(2):
        work(shop)

    assert [json.loads(posted.body)["type"] for posted in server.posted] == ["payout_paid"]
    [mail] = shop.rows(Outbox, topic="payout_mail")
    assert (mail.state, mail.payload["amount"]) == ("waiting", "10.00")


def test_a_call_with_a_key_is_made_once(shop: FakeShop, server: HttpServer) -> None:
    endpoint_id, _secret = add(shop, server.url)
    assert call(shop, endpoint_id, "e7") == call(shop, endpoint_id, "e7") != call(shop, endpoint_id, "e8")
    work(shop)
    assert len(server.posted) == 2


def test_what_waits_for_an_endpoint_that_is_switched_off_waits_on_and_nothing_new_is_written(
    shop: FakeShop, server: HttpServer
) -> None:
    endpoint_id, _secret = add(shop, server.url)
    call(shop, endpoint_id)

    def switch(active: bool) -> None:
        act(
            shop,
            lambda ctx: webhooks.change(
                ctx, endpoint_id, "erp", server.url, (), active, private_hosts=OWN, who="Ines"
            ),
        )

    switch(False)
    assert call(shop, endpoint_id) is None
    work(shop)
    assert server.posted == []

    switch(True)
    shop.clock.now += timedelta(minutes=11)
    work(shop)
    assert len(server.posted) == 1


def test_a_renewed_secret_signs_beside_the_old_one_for_a_day_and_alone_after_it(
    shop: FakeShop, server: HttpServer
) -> None:
    shop.clock.now = datetime.now(UTC)
    endpoint_id, old = add(shop, server.url)
    new = act(shop, lambda ctx: webhooks.renew_secret(ctx, ctx.keys, endpoint_id, who="Ines"))
    call(shop, endpoint_id)
    work(shop)

    assert old != new
    for secret in (old, new):
        assert Webhook(secret).verify(server.posted[0].body, server.posted[0].headers)
    shop.clock.now += timedelta(days=1)
    call(shop, endpoint_id)
    work(shop)
    verify(new, server.posted[1], shop.clock.now.timestamp())
    [row] = shop.rows(WebhookEndpoint)
    assert old.removeprefix("whsec_") not in f"{row.nonce}{row.key_id}{row.old_nonce}"


@pytest.mark.parametrize("url", ["http://erp.example/", "https://10.0.0.1/", "erp"])
def test_an_address_that_must_not_be_called_is_refused(shop: FakeShop, url: str) -> None:
    with pytest.raises(BadEndpoint):
        add(shop, url)


def test_two_endpoints_have_two_names(shop: FakeShop) -> None:
    add(shop, "https://erp.example/")
    with pytest.raises(NameTaken):
        add(shop, "https://other.example/")
    with pytest.raises(NotThere):
        call(shop, 99)


def test_calls_that_name_who_is_erased_are_deleted_and_old_ones_too(
    shop: FakeShop, server: HttpServer
) -> None:
    endpoint_id, _secret = add(shop, server.url)
    with shop.app.app_context():
        shop.firstline.customer_registered(Customer(ref="ina", email="ina@post.example"), commit=True)
    act(shop, lambda ctx: webhook_calls.call(ctx, endpoint_id, "x", {"mail": "ina@post.example"}))
    call(shop, endpoint_id)
    with shop.app.app_context():
        shop.firstline.customer_erased("ina", commit=True)
    work(shop)
    assert [row.event for row in shop.rows(WebhookDelivery)] == ["deal_won"]

    shop.clock.now += timedelta(days=31)
    work(shop)
    assert (shop.rows(WebhookDelivery), shop.rows(WebhookTry)) == ([], [])
