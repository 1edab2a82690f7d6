"""Short messages through a service that is named by an address, and what is said where there is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from email import charset
from typing import TypeVar

import pytest

from flask_firstline import Customer
from flask_firstline.cli.doctor_running import check_sms
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Contact, Outbox, Sms
from flask_firstline.services import sms
from flask_firstline.services.context import Context
from flask_firstline.testing import FakeShop
from tests.http_server import HttpServer, http_server

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""What apprise itself imports."""
Result = TypeVar("Result")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


def act(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    with shop.app.app_context(), shop.transaction() as session:
        return work(shop.state.context(session.connection()))


def send(shop: FakeShop) -> None:
    """Write a message to somebody with a number down, and let the worker work."""
    with shop.app.app_context():
        customer = Customer(ref="ina", email="ina@post.example", phone="0170 1234567", country="DE")
        shop.firstline.customer_registered(customer, commit=True)
    [contact] = shop.rows(Contact, ref="ina")
    act(shop, lambda ctx: sms.send(ctx, contact.id, "Your friend bought.", who="Ines"))
    with shop.app.app_context():
        work_once(shop.state)


@pytest.mark.parametrize("place", ["/in", "/in/{to}", "/in?x=1"])
def test_a_service_that_is_named_gets_text_and_number(server: HttpServer, place: str) -> None:
    with FakeShop(FIRSTLINE_SMS_URL=f"json://127.0.0.1:{server.port}{place}", mount=()) as shop:
        send(shop)
        assert [row.state for row in shop.rows(Sms)] == ["sent"]
    [posted] = server.posted
    assert posted.path.partition("?")[0] == "/in/491701234567"
    assert json.loads(posted.body)["message"] == "Your friend bought."


def test_the_shops_own_mails_are_encoded_as_before(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "apprise"]:
        monkeypatch.delitem(sys.modules, name)  # it changes the registry when it is imported
    usual = (charset.SHORTEST, charset.BASE64, "utf-8")
    monkeypatch.setitem(charset.CHARSETS, "utf-8", usual)

    with FakeShop(FIRSTLINE_SMS_URL=f"json://127.0.0.1:{server.port}/in", mount=()) as shop:
        send(shop)

    assert charset.CHARSETS["utf-8"] == usual


def test_the_address_can_stand_in_the_environment(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTLINE_SMS_URL", f"json://127.0.0.1:{server.port}/in")
    with FakeShop(mount=()) as shop:
        send(shop)
    assert len(server.posted) == 1


def test_one_that_the_service_does_not_take_is_tried_again(server: HttpServer) -> None:
    server.answers = [(500, b"", {})]
    with FakeShop(FIRSTLINE_SMS_URL=f"json://127.0.0.1:{server.port}/in", mount=()) as shop:
        send(shop)
        [row] = shop.rows(Outbox, topic="sms")
        assert (row.state, row.attempts, "did not take" in row.error) == ("waiting", 1, True)


@pytest.mark.parametrize(("url", "said"), [(None, "no way"), ("nonsense://x", "names no service")])
def test_where_there_is_no_way_it_waits_and_doctor_says_what_is_missing(url: str | None, said: str) -> None:
    with FakeShop(FIRSTLINE_SMS_URL=url, mount=()) as shop:
        send(shop)
        [row] = shop.rows(Outbox, topic="sms")
        assert (row.state, row.attempts, said in row.error) == ("waiting", 0, True)
        [finding] = act(shop, lambda ctx: list(check_sms(ctx)))
        assert said in finding.text
        assert shop.rows(Sms)[0].state == "waiting"
