"""Postbacks while many workers find the same facts: each is told once, under one id."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

from flask_firstline.domain.postback import Told
from flask_firstline.models import WebhookDelivery
from flask_firstline.services import address_book, postbacks
from flask_firstline.services.context import Context
from tests.http_server import http_server
from tests.small_shop import SmallShop

from .postback_jobs import sell_and_work, work
from .racers import Racers, errors

SALES = 16
OWN = ["127.0.0.1"]


def test_many_workers_make_one_call_of_each_fact(shop: SmallShop, field: Racers) -> None:
    shop.chain(1)
    shop.terms("10")
    shop.coupon(codes=["vonmeier"], owner="meier")
    shop.session.commit()
    url = shop.engine.url.render_as_string(hide_password=False)
    with http_server() as server:
        shop.state.in_own_unit(lambda session: _add(shop.state.context(session.connection()), server.url))
        found = field.run(url, sell_and_work, range(SALES), FIRSTLINE_POSTBACK_PRIVATE_HOSTS=OWN)
        assert (errors(found), found) == ("", {"sold": SALES})
        found = field.run(
            url, work, range(16), later_by=60 * 60 * 24 * 31, FIRSTLINE_POSTBACK_PRIVATE_HOSTS=OWN
        )
        assert (errors(found), found) == ("", {"worked": 16})
        told = [(json.loads(posted.body), posted.headers["webhook-id"]) for posted in server.posted]

    assert len({name for _body, name in told}) == len(told)
    facts = Counter((body["type"], body["data"]["order_ref"]) for body, _name in told)
    kinds = (Told.SALE, Told.PENDING, Told.PAYABLE)
    assert facts == {(kind.value, f"h{number}"): 1 for kind in kinds for number in range(SALES)}
    shop.session.rollback()
    assert {row.state for row in shop.session.query(WebhookDelivery)} == {"sent"}


def _add(ctx: Context, url: str) -> None:
    meier = address_book.get_contact_id(ctx.conn, "meier")
    opened = replace(ctx, settings=replace(ctx.settings, postback_private_hosts=("127.0.0.1",)))
    postbacks.add(opened, meier, url, "POST", list(Told), who="partner:meier")
