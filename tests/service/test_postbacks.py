"""Postbacks: partners' own addresses, called about what concerns the partner, once each, and nobody else."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook

from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.postback import PLACES, Told
from flask_firstline.models import (
    Contact,
    Link,
    Outbox,
    Touch,
    TouchSource,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookTry,
)
from flask_firstline.services import (
    erasing,
    links,
    manual_postings,
    person_export,
    postback_calls,
    postback_facts,
    postbacks,
    webhook_calls,
    webhooks,
)
from flask_firstline.services.mistakes import BadPostback, NoPartner, NotThere
from flask_firstline.testing import FakeShop
from tests.http_server import HttpServer, http_server

from .kit import MakeShop, cart_of
from .pay_kit import act, contact_id, earn, fail, payout, release, run, wants
from .test_manual_postings import post

OWN = ["127.0.0.1"]
ALL = [told.value for told in Told]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    return make_shop(FIRSTLINE_POSTBACK_PRIVATE_HOSTS=OWN)


def add(shop: FakeShop, url: str, *events: str, ref: str = "meier", method: str = "POST") -> tuple[int, str]:
    partner = contact_id(shop, ref)
    return act(
        shop, lambda ctx: postbacks.add(ctx, partner, url, method, events or ALL, who=f"partner:{ref}")
    )


def work(shop: FakeShop) -> None:
    with shop.app.app_context():
        work_once(shop.state)


def told(server: HttpServer) -> list[dict[str, Any]]:
    """Give what was posted, each with its type among its data."""
    bodies = [json.loads(posted.body) for posted in server.posted]
    return [{"type": body["type"], **body["data"]} for body in bodies]


def kinds(server: HttpServer) -> list[str]:
    return [one["type"] for one in told(server)]


def test_a_partner_hears_of_own_sales_commissions_and_payouts_once_each(
    shop: FakeShop, server: HttpServer
) -> None:
    add(shop, server.url)
    add(shop, f"{server.url}/above", ref="schulz")
    wants(shop, "meier")
    earn(shop)
    for _ in range(2):
        work(shop)
    own = [posted for posted in server.posted if posted.path == "/"]
    above = [json.loads(posted.body)["type"] for posted in server.posted if posted.path == "/above"]
    assert sorted(json.loads(posted.body)["type"] for posted in own) == ["commission_pending", "sale"]
    assert above == ["commission_pending"]

    server.posted.clear()
    shop.clock.advance(days=31)
    work(shop)
    number = run(shop)
    release(shop, number)
    fail(shop, payout(shop, number, "meier").id, "account closed")
    shop.refund("o1")
    for _ in range(2):
        work(shop)
    mine = [
        (body["type"], body["data"]["amount"], body["data"]["payout"], body["data"]["order_ref"])
        for body in (json.loads(posted.body) for posted in server.posted if posted.path == "/")
    ]
    paid = payout(shop, number, "meier").id
    assert sorted(mine, key=lambda one: ALL.index(one[0])) == [
        ("commission_payable", "10.00", "", "o1"),
        ("commission_reversed", "10.00", "", "o1"),
        ("payout_paid", "10.00", paid, ""),
        ("payout_returned", "10.00", paid, ""),
    ]


def test_a_call_names_the_order_the_amounts_and_the_own_code_and_no_customer(
    shop: FakeShop, server: HttpServer
) -> None:
    shop.clock.now = datetime.now(UTC)
    _id, secret = add(shop, server.url, "sale")
    earn(shop)
    work(shop)

    [posted] = server.posted
    assert Webhook(secret).verify(posted.body, posted.headers)
    [one] = told(server)
    assert one.pop("payable_at") == (shop.clock.now + timedelta(days=30)).isoformat()
    assert [part["amount"] for part in one.pop("postings")] == ["10.00"]
    assert one == {
        "type": "sale", "order_ref": "o1", "amount": "10.00", "currency": "EUR", "level": 1,
        "sale": "119.00", "sale_currency": "EUR", "code": "vonmeier", "link": "", "label": "",
        "sub_id": "", "campaign": "", "payout": "",
    }  # fmt: skip
    assert b"c-o1" not in posted.body


def test_a_get_fills_its_places_with_what_is_told_and_signs_what_it_asks_for(
    shop: FakeShop, server: HttpServer
) -> None:
    shop.clock.now = datetime.now(UTC)
    query = "&".join(f"{name}={{{name}}}" for name in PLACES)
    _id, secret = add(shop, f"{server.url}/pb/{{order_ref}}?{query}", "commission_pending", method="GET")
    shop.place(cart_of("ina"), "a/1&ü", codes=["vonmeier"])
    shop.pay("a/1&ü")
    work(shop)

    [posted] = server.posted
    stamp = datetime.fromtimestamp(int(posted.headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret).sign(posted.headers["webhook-id"], stamp, posted.path)
    assert posted.headers["webhook-signature"] == expected
    parts = urlsplit(posted.path)
    said = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    assert parts.path == "/pb/a%2F1%26%C3%BC"
    assert (said["event"], said["order_ref"], said["currency"]) == ("commission_pending", "a/1&ü", "EUR")
    assert (said["id"], said["code"]) == (posted.headers["webhook-id"], "vonmeier")


def test_a_sale_by_a_link_brings_its_note_and_the_name_of_the_click_back(
    shop: FakeShop, server: HttpServer
) -> None:
    add(shop, server.url, "sale")
    shop.place(cart_of("ina"), "before")
    partner, buyer = contact_id(shop, "meier"), contact_id(shop, "ina")
    link = act(
        shop,
        lambda ctx: links.make_link(ctx.conn, partner, path="", label="Newsletter", who="x", now=ctx.now),
    )
    tracking = shop.rows(Link, id=link)[0].tracking_id
    with shop.transaction() as session:
        session.add(
            Touch(
                source=TouchSource.LINK.value,
                link_id=link,
                partner_id=partner,
                visitor="v",
                path="/",
                utm={"sub_id": "clk-7", "utm_campaign": "may"},
                contact_id=buyer,
                at=shop.clock.now,
            )  # fmt: skip
        )
    shop.place(cart_of("ina"), "o1", visitor="v")
    shop.pay("o1")
    work(shop)

    [one] = told(server)
    named = [one[name] for name in ("order_ref", "link", "label", "sub_id", "campaign")]
    assert named == ["o1", tracking.lower(), "Newsletter", "clk-7", "may"]


def test_postings_by_hand_are_told_too_and_their_taking_back(shop: FakeShop, server: HttpServer) -> None:
    add(shop, server.url)
    place = post(shop, amount=500)
    act(shop, lambda ctx: manual_postings.take_back(ctx, place, reason="error", who="Ines"))
    work(shop)
    assert [(one["type"], one["amount"], one["level"]) for one in told(server)] == [
        ("commission_payable", "5.00", ""), ("commission_reversed", "5.00", ""),
    ]  # fmt: skip


def test_the_same_postings_followed_again_are_one_call(shop: FakeShop, server: HttpServer) -> None:
    add(shop, server.url)
    earn(shop)
    work(shop)
    before = len(server.posted)
    [posted] = shop.rows(Outbox, topic="commission_posted")
    act(shop, lambda ctx: postback_facts.follow(ctx, posted.payload))
    work(shop)
    assert (before, len(server.posted)) == (2, 2)


@pytest.mark.parametrize("stops", ["suspended", "paused", "by the shop", "feature"])
def test_nothing_is_called_any_more_once_it_is_stopped(
    shop: FakeShop, make_shop: MakeShop, server: HttpServer, stops: str
) -> None:
    postback, _secret = add(shop, server.url)
    partner = contact_id(shop, "meier")
    earn(shop)
    act(shop, lambda ctx: _follow_all(ctx, shop))
    assert {row.state for row in shop.rows(WebhookDelivery)} == {"waiting"}

    if stops == "suspended":
        with shop.transaction() as session:
            session.execute(
                update(Contact).where(Contact.id == partner).values(partner_suspended_at=shop.clock.now)
            )
    if stops == "paused":
        act(shop, lambda ctx: postbacks.pause(ctx, partner, postback, who="partner:meier"))
    if stops == "by the shop":
        assert act(shop, lambda ctx: postbacks.switch_by_shop(ctx, postback, on=False, who="Ines"))
        with pytest.raises(BadPostback):
            act(shop, lambda ctx: postbacks.go_on(ctx, partner, postback, who="partner:meier"))
    if stops == "feature":
        shop = make_shop(FIRSTLINE_POSTBACK_PRIVATE_HOSTS=OWN, FIRSTLINE_POSTBACKS=False)
    work(shop)
    earn(shop, "o2")
    work(shop)

    assert server.posted == []
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["dead", "dead"]


def _follow_all(ctx: Any, shop: FakeShop) -> None:
    for row in shop.rows(Outbox, topic="commission_posted"):
        postback_facts.follow(ctx, row.payload)


def test_one_that_nobody_takes_for_hours_is_switched_off_once_and_on_again_with_what_it_missed(
    shop: FakeShop, server: HttpServer
) -> None:
    server.answers = [(500, b"out of order", {})] * 24
    postback, _secret = add(shop, server.url, "sale", "commission_pending")
    earn(shop)
    for _ in range(12):
        work(shop)
        shop.clock.now += timedelta(hours=7)
    work(shop)

    [row] = shop.rows(WebhookEndpoint)
    assert (row.active, row.off_why) == (False, "failed")
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["dead", "dead"]
    assert [row.payload["postback_id"] for row in shop.rows(Outbox, topic="postback_off")] == [postback]
    assert {row.state for row in shop.rows(Outbox, topic="webhook")} == {"done"}

    server.posted.clear()
    server.answers.clear()
    partner = contact_id(shop, "meier")
    act(shop, lambda ctx: postbacks.go_on(ctx, partner, postback, who="partner:meier"))
    for call in shop.rows(WebhookDelivery):
        assert act(shop, partial(webhook_calls.replay, delivery_id=call.id, who="partner:meier"))
    work(shop)
    assert sorted(kinds(server)) == ["commission_pending", "sale"]


@pytest.mark.parametrize(("status", "off"), [(410, "gone"), (302, "")])
def test_an_address_that_is_gone_is_left_at_once_and_no_redirect_is_followed(
    shop: FakeShop, server: HttpServer, status: int, off: str
) -> None:
    server.answers = [(status, b"", {"Location": f"{server.url}/elsewhere"})]
    add(shop, server.url, "sale")
    earn(shop)
    work(shop)
    assert [row.off_why for row in shop.rows(WebhookEndpoint)] == [off]
    assert len(server.posted) == 1


def test_a_name_that_leads_into_the_shops_net_is_never_connected_to_whatever_webhooks_may(
    make_shop: MakeShop, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop(FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=["erp.example", "127.0.0.1"])
    for url in (server.url, "https://127.0.0.1/", "https://localhost/", "http://erp.example/"):
        with pytest.raises(BadPostback):
            add(shop, url)
    add(shop, f"https://erp.example:{server.port}/", "sale")
    earn(shop)
    own = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: own)
    with shop.app.app_context():
        work_once(shop.state)

    assert server.posted == []
    assert [row.off_why for row in shop.rows(WebhookEndpoint)] == ["address"]
    assert "not public" in shop.rows(WebhookTry)[0].error


@pytest.mark.parametrize(
    ("url", "method", "why", "sign"),
    [
        ("https://a.example/?x={amount}&y={mail}", "GET", "place", 33),
        ("https://a.example/?x={amount", "GET", "place", 22),
        ("https://{sub_id}.example/", "GET", "place", 9),
        ("https://a.example/?x={amount}", "POST", "place", 22),
        ("http://a.example/", "POST", "plain", 0),
        ("https://10.0.0.1/", "GET", "private", 0),
        ("https://me:pw@a.example/", "POST", "extra", 0),
        ("https://a.example:x/", "POST", "shape", 0),
        ("https://a.example/", "PUT", "method", 0),
    ],
)
def test_an_address_that_cannot_be_called_is_refused_with_the_place(
    shop: FakeShop, url: str, method: str, why: str, sign: int
) -> None:
    with pytest.raises(BadPostback) as refused:
        add(shop, url, method=method)
    assert (refused.value.why, refused.value.sign) == (why, sign)


def test_a_test_is_tried_once_and_switches_nothing_off(shop: FakeShop, server: HttpServer) -> None:
    postback, _secret = add(shop, server.url)
    partner = contact_id(shop, "meier")
    server.answers = [(500, b"no", {})]
    for _ in range(2):
        act(shop, lambda ctx: postback_calls.try_out(ctx, partner, postback))
        work(shop)
    assert [row.state for row in shop.rows(WebhookDelivery)] == ["dead", "sent"]
    assert (kinds(server), shop.rows(WebhookEndpoint)[0].active) == (["test", "test"], True)

    for _ in range(postback_calls.TESTS_AN_HOUR - 2):
        act(shop, lambda ctx: postback_calls.try_out(ctx, partner, postback))
    with pytest.raises(BadPostback):
        act(shop, lambda ctx: postback_calls.try_out(ctx, partner, postback))


def test_postbacks_are_their_partners_alone_and_few(shop: FakeShop) -> None:
    url = "https://a.example/"
    postback, _secret = add(shop, url)
    other = contact_id(shop, "schulz")
    with pytest.raises(NotThere):
        act(shop, lambda ctx: postbacks.pause(ctx, other, postback, who="partner:schulz"))
    with pytest.raises(NotThere):
        act(shop, lambda ctx: webhooks.endpoint(ctx.conn, postback))
    for _ in range(postbacks.MOST - 1):
        add(shop, url)
    with pytest.raises(BadPostback):
        add(shop, url)
    partner = contact_id(shop, "meier")
    act(shop, lambda ctx: postbacks.remove(ctx, partner, postback, who="partner:meier"))
    add(shop, url)
    with shop.transaction() as session:
        session.execute(update(Contact).where(Contact.ref == "opa").values(partner_until=shop.clock.now))
    with pytest.raises(NoPartner):
        add(shop, url, ref="opa")


def test_the_file_of_a_partner_has_its_postbacks_and_their_calls_and_erasing_ends_them(
    shop: FakeShop, server: HttpServer
) -> None:
    add(shop, server.url)
    earn(shop)
    work(shop)
    partner = contact_id(shop, "meier")
    file = act(shop, lambda ctx: person_export.export(ctx, partner, who="Ines"))
    text = json.dumps(file, default=str)
    assert server.url in text and "nonce" not in text

    act(shop, lambda ctx: erasing.erase_contact(ctx, partner))
    for table in (WebhookEndpoint, WebhookDelivery, WebhookTry):
        assert shop.rows(table) == []
