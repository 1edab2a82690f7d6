"""What the tests of other shops' webhooks share: a WooCommerce shop as it sends, and how it is told."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Row
from werkzeug.test import TestResponse

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Body, Link, Posting
from flask_firstline.services import links, sources
from flask_firstline.services.book_checks import check_all
from flask_firstline.services.checking import all_ok
from flask_firstline.services.context import Context
from flask_firstline.testing import FakeShop

Result = TypeVar("Result")
Json = dict[str, Any]
ADDRESS = "/firstline/hooks/woo"
OWN = ["127.0.0.1"]


def act(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    """Do something in a transaction."""
    with shop.app.app_context(), shop.transaction() as session:
        return work(shop.state.context(session.connection()))


def wanted(name: str = "woo", platform: str = "woocommerce", **more: Any) -> sources.Wanted:
    given: Json = {"url": "https://woo.example", "currency": "EUR", "zone": "Europe/Berlin", **more}
    return sources.Wanted(name=name, platform=platform, **given)


def add_source(
    shop: FakeShop, name: str = "woo", platform: str = "woocommerce", secret: str = "", **more: Any
) -> str:
    """Make a shop known and give the secret that it signs with."""
    shop_there = wanted(name, platform, **more)
    made = act(
        shop,
        lambda ctx: sources.add(ctx, ctx.keys, shop_there, secret=secret, private_hosts=OWN, who="Ines"),
    )
    return made[1] or secret


def work(shop: FakeShop) -> None:
    """Let the worker do what is due."""
    with shop.app.app_context():
        work_once(shop.state)


def order(**more: Any) -> Json:
    """Give an order as WooCommerce sends it: 2 x 20.00 net, 5.00 off by a code, 19 per cent."""
    body: Json = {
        "id": 727,
        "number": "727",
        "status": "pending",
        "currency": "EUR",
        "date_created": "2026-03-22T16:28:02",
        "date_created_gmt": "2026-03-22T15:28:02",
        "date_modified_gmt": "2026-03-22T15:28:02",
        "date_paid_gmt": None,
        "date_completed_gmt": None,
        "discount_total": "5.00",
        "discount_tax": "0.95",
        "shipping_total": "4.90",
        "shipping_tax": "0.93",
        "total": "47.48",
        "total_tax": "7.58",
        "prices_include_tax": False,
        "customer_id": 0,
        "billing": {
            "first_name": "Ina", "last_name": "Neu",
            "address_1": "Weg 3", "city": "Bonn", "postcode": "53111",
            "email": "Ina@example.com", "phone": "+49 228 123456", "country": "DE",
        },
        "meta_data": [{"id": 1, "key": "_wc_order_attribution_utm_source", "value": "(direct)"}],
        "line_items": [
            {
                "id": 315, "name": "Lamp", "product_id": 93, "variation_id": 0, "sku": "L1", "quantity": 2,
                "subtotal": "40.00", "subtotal_tax": "7.60", "total": "35.00", "total_tax": "6.65",
                "taxes": [{"id": 1, "total": "6.65", "subtotal": "7.6"}], "price": 17.5,
            }
        ],
        "tax_lines": [{"id": 9, "rate_id": 1, "rate_percent": 19}],
        "coupon_lines": [{"id": 470, "code": "vonmeier", "discount": "5.00", "discount_tax": "0.95"}],
        "refunds": [],
    }  # fmt: skip
    return {**body, **more}


def paid(**more: Any) -> Json:
    """Give the same order a minute later, paid."""
    at = "2026-03-22T15:29:00"
    return order(**{"status": "processing", "date_paid_gmt": at, "date_modified_gmt": at, **more})


def refunded(*totals: str, **more: Any) -> Json:
    """Give the same order paid, with refunds 726, 727 and so on, ten minutes later."""
    refunds = [{"id": 726 + place, "reason": "", "total": f"-{total}"} for place, total in enumerate(totals)]
    return paid(refunds=refunds, **{"date_modified_gmt": "2026-03-22T15:39:00", **more})


def post(
    shop: FakeShop, secret: str, body: Json | bytes, topic: str = "order.updated", **headers: str
) -> TestResponse:
    """Send a body as WooCommerce does, signed."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = base64.b64encode(hmac.new(secret.encode(), raw, sha256).digest()).decode()
    return shop.app.test_client().post(
        ADDRESS,
        data=raw,
        content_type="application/json",
        headers={"X-WC-Webhook-Signature": digest, "X-WC-Webhook-Topic": topic, **headers},
    )


def post_shopify(shop: FakeShop, secret: str, topic: str, body: Json) -> int:
    """Send a body as Shopify does, signed with the app's secret; give the status of the answer."""
    raw = json.dumps(body).encode()
    digest = base64.b64encode(hmac.new(secret.encode(), raw, sha256).digest()).decode()
    headers = {"X-Shopify-Hmac-SHA256": digest, "X-Shopify-Topic": topic}
    return shop.app.test_client().post("/firstline/hooks/spy", data=raw, headers=headers).status_code


def tell(shop: FakeShop, secret: str, *told: Json) -> None:
    """Send bodies one after the other, each worked off before the next."""
    for body in told:
        assert post(shop, secret, body).status_code == 200
        work(shop)


def partners_link(shop: FakeShop, partner_id: int) -> str:
    """Give the tracking id of a partner's first link, made now."""
    act(shop, lambda ctx: links.make_link(ctx.conn, partner_id, path="", who="Ines", now=ctx.now))
    return str(shop.rows(Link)[0].tracking_id)


def states(shop: FakeShop) -> list[tuple[str, str]]:
    """Give what became of each body."""
    return [(row.state, row.reason) for row in received(shop)]


def received(shop: FakeShop) -> list[Row[Any]]:
    return sorted(shop.rows(Body), key=lambda row: row.id)


def kinds(shop: FakeShop) -> list[list[str]]:
    """Give the facts that each body brought."""
    return [[fact["kind"] for fact in row.facts] for row in received(shop)]


def books_agree(shop: FakeShop) -> bool:
    assert shop.rows(Posting)
    with shop.app.app_context(), shop.transaction() as session:
        return all_ok(check_all(shop.state.context(session.connection())))
