"""Postbacks in the desk and on the partner's card: made, tried out, paused, sent again, switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import WebhookDelivery, WebhookEndpoint
from tests.http_server import HttpServer, http_server
from tests.service.kit import set_up
from tests.service.pay_kit import earn

from .office import Office, hidden, text

DESK = "/firstline/desk"
PAGE = f"{DESK}/postbacks"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office(FIRSTLINE_POSTBACK_PRIVATE_HOSTS=["127.0.0.1"]) as opened:
        set_up(opened)
        yield opened


@pytest.fixture
def meier(shop: Office) -> FlaskClient:
    return shop.browser("meier")


def send(browser: FlaskClient, address: str, **given: object) -> TestResponse:
    token = dict(hidden(browser.get(f"{DESK}/settings").text))["firstline_token"]
    return browser.post(address, data={"firstline_token": token, **given})


def make(browser: FlaskClient, url: str, method: str = "POST", events: tuple[str, ...] = ("sale",)) -> str:
    answer = send(browser, f"{PAGE}/new", url=url, method=method, events=list(events))
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    assert found is not None, text(answer)
    return found[0]


def work(shop: Office) -> None:
    with shop.app.app_context():
        work_once(shop.state)


def test_from_the_first_look_to_the_answer_of_a_test(
    shop: Office, meier: FlaskClient, server: HttpServer
) -> None:
    assert "Your postbacks" in text(meier.get(f"{DESK}/settings"))
    assert "You have no postback yet" in text(meier.get(PAGE))
    secret = make(meier, server.url)
    assert secret not in meier.get(f"{PAGE}/1").text
    assert "is called" in text(meier.get(PAGE))

    server.answers = [(500, b"database is down", {})]
    answer = send(meier, f"{PAGE}/1/test")
    waits = meier.get(answer.location)
    assert ("It was not tried yet" in text(waits), waits.headers["Refresh"]) == (True, "2")
    work(shop)
    page = meier.get(answer.location)
    assert "It answered 500." in text(page) and "database is down" in text(page)
    assert "Refresh" not in page.headers

    send(meier, f"{PAGE}/calls/1/again")
    work(shop)
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["sent"]
    assert "200" in text(meier.get(f"{PAGE}/1"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "https://a.example/?m={mail}", "method": "GET"}, "“{mail}” at character 22"),
        ({"url": "https://10.0.0.1/"}, "This host is not public"),
        ({"url": "http://a.example/"}, "The address begins with https://"),
        ({"url": ""}, "Write the whole address"),
        ({"events": []}, "Choose at least one event"),
        ({"method": "PUT"}, "Please choose one"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_stays_typed(
    shop: Office, meier: FlaskClient, given: dict[str, object], said: str
) -> None:
    answer = send(
        meier,
        f"{PAGE}/new",
        **{"url": "https://a.example/", "method": "POST", "events": ["sale"], **given},
    )
    assert answer.status_code == 422
    assert said in text(answer)
    assert shop.rows(WebhookEndpoint) == []


def test_one_is_changed_paused_goes_on_and_goes(shop: Office, meier: FlaskClient, server: HttpServer) -> None:
    old = make(meier, server.url)
    send(meier, f"{PAGE}/1/edit", url=f"{server.url}/new", method="POST", events=["sale", "payout_paid"])
    assert text(meier.get(f"{PAGE}/1")).count("Payout made") == 1
    new = send(meier, f"{PAGE}/1/secret").text
    assert old not in new and "whsec_" in new
    assert "signs beside the new one" in text(meier.get(f"{PAGE}/1"))

    send(meier, f"{PAGE}/1/pause")
    earn(shop)
    work(shop)
    assert "You have paused it" in text(meier.get(f"{PAGE}/1"))
    assert server.posted == []
    send(meier, f"{PAGE}/1/go_on")
    earn(shop, "o2")
    work(shop)
    assert [posted.path for posted in server.posted] == ["/new"]

    send(meier, f"{PAGE}/1/remove")
    assert meier.get(f"{PAGE}/1").status_code == 404
    assert "You have no postback yet" in text(meier.get(PAGE))


def test_one_that_was_switched_off_is_named_on_the_first_page_and_sends_again_what_it_missed(
    shop: Office, meier: FlaskClient, server: HttpServer
) -> None:
    make(meier, server.url, events=("sale", "commission_pending"))
    server.answers = [(410, b"", {})]
    earn(shop)
    work(shop)
    assert "Postback to 127.0.0.1" in text(meier.get(f"{DESK}/"))
    assert "gone for good (410)" in text(meier.get(f"{PAGE}/1"))

    send(meier, f"{PAGE}/1/go_on")
    server.posted.clear()
    send(meier, f"{PAGE}/1/again")
    work(shop)
    assert len(server.posted) == 2
    assert "Postback to" not in text(meier.get(f"{DESK}/"))


def test_nobody_else_sees_or_touches_it(shop: Office, meier: FlaskClient, server: HttpServer) -> None:
    make(meier, server.url)
    send(meier, f"{PAGE}/1/test")
    schulz = shop.browser("schulz")
    for address in (f"{PAGE}/1", f"{PAGE}/1/edit", f"{PAGE}/1/secret", f"{PAGE}/calls/1"):
        assert schulz.get(address).status_code == 404
    for address in (f"{PAGE}/1/pause", f"{PAGE}/1/remove", f"{PAGE}/1/test", f"{PAGE}/calls/1/again"):
        assert send(schulz, address).status_code == 404
    assert shop.rows(WebhookEndpoint)[0].active


def test_the_shop_switches_one_off_that_the_partner_cannot_switch_on(
    shop: Office, meier: FlaskClient, server: HttpServer
) -> None:
    make(meier, server.url)
    ines, partner = shop.ines(), shop.rows(WebhookEndpoint)[0].partner_id
    card = f"/firstline/admin/contacts/{partner}"
    assert "Postbacks" in text(ines.get(card)) and server.url in ines.get(card).text
    address = "/firstline/admin/postbacks/1/switch"
    ines.post(address, data=dict(hidden(ines.get(address).text)))

    assert "switched off by the shop" in text(ines.get(card))
    assert "Please ask the shop" in text(meier.get(f"{PAGE}/1"))
    send(meier, f"{PAGE}/1/go_on")
    assert not shop.rows(WebhookEndpoint)[0].active
    ines.post(address, data=dict(hidden(ines.get(address).text)))
    assert shop.rows(WebhookEndpoint)[0].active
    assert ines.get("/firstline/admin/webhooks").text.count(server.url) == 0


def test_a_shop_without_postbacks_offers_none() -> None:
    with Office(FIRSTLINE_POSTBACKS=False) as shop:
        set_up(shop)
        browser = shop.browser("meier")
        assert "Your postbacks" not in text(browser.get(f"{DESK}/settings"))
        assert "does not offer postbacks" in text(browser.get(PAGE))
        given = {"url": "https://a.example/", "method": "POST", "events": ["sale"]}
        assert send(browser, f"{PAGE}/new", **given).status_code == 422
