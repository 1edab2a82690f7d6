"""Saleor tells by webhook: signed by its key or a secret, running totals, each turn of its bodies."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import permutations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import PyJWS
from jwt.algorithms import RSAAlgorithm

from flask_firstline.models import Body, Contact, Document, Product
from flask_firstline.testing import FakeShop
from tests.http_server import HttpServer, http_server

from .hook_kit import OWN, Json, add_source, books_agree, kinds, partners_link, states, work
from .kit import MakeShop, earned, sponsor

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ORDER = "T3JkZXI6MWYzMGI5ZTQtMDAwMS00YzAwLThhMDAtMDAwMDAwMDAwMDAx"
NAMED = "sal:1f30b9e4-0001-4c00-8a00-000000000001"


@pytest.fixture
def mount() -> tuple[str, ...]:
    return ("hooks",)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    return make_shop(FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=OWN)


@pytest.fixture
def secret(shop: FakeShop) -> str:
    return add_source(shop, "sal", "saleor")


def gross(amount: float) -> Json:
    return {"gross": {"amount": amount, "currency": "EUR"}}


def order(charged: float = 0.0, refunded: float = 0.0, minute: int = 1, **more: object) -> Json:
    """Give an order as a subscription gives it: a lamp of 19.90 twice, 5.00 off by voucher, in floats."""
    body: Json = {
        "id": ORDER, "number": "1042", "created": "2026-03-22T15:28:02Z", "status": "UNFULFILLED",
        "updatedAt": f"2026-03-22T15:{minute:02d}:02.123456+00:00", "userEmail": "ina@example.com",
        "languageCodeEnum": "DE_AT", "user": {"id": "VXNlcjo0Mg=="}, "voucherCode": "vonmeier",
        "billingAddress": {"firstName": "Ina", "lastName": "Neu", "country": {"code": "DE"}},
        "discounts": [{"type": "VOUCHER", "name": "vonmeier", "amount": {"amount": 5.0, "currency": "EUR"}}],
        "shippingPrice": gross(4.9), "shippingTaxRate": 0.19, "total": gross(39.7),
        "totalCharged": {"amount": charged}, "totalRefunded": {"amount": refunded}, "metadata": [],
        "lines": [
            {"id": "T3JkZXJMaW5lOjc=", "productSku": "L1", "productName": "Lamp", "quantity": 2,
             "taxRate": 0.19, "totalPrice": gross(34.8), "undiscountedUnitPrice": gross(19.9)}
        ],
    }  # fmt: skip
    return {"issuedAt": "2026-03-22T15:28:03Z", "version": "3.24", "order": {**body, **more}}


def post(shop: FakeShop, event: str, body: object, signature: str, raw: bytes = b"") -> int:
    headers = {"Saleor-Event": event, "Saleor-Signature": signature, "Saleor-Domain": "saleor.example"}
    data = raw or json.dumps(body).encode()
    return shop.app.test_client().post("/firstline/hooks/sal", data=data, headers=headers).status_code


def tell(shop: FakeShop, secret: str, event: str, body: object) -> None:
    signature = hmac.new(secret.encode(), json.dumps(body).encode(), sha256).hexdigest()
    assert post(shop, event, body, signature) == 200
    work(shop)


def jws(body: object, key: rsa.RSAPrivateKey = KEY, kid: str = "k1") -> str:
    """Sign as Saleor does: detached, the payload not encoded."""
    headers = {"b64": False, "crit": ["b64"], "kid": kid}
    token = PyJWS().encode(json.dumps(body).encode(), key, "RS256", headers, is_payload_detached=True)
    head, payload, _signature = token.split(".")
    assert (bool(head), payload) == (True, "")
    return token


def published(kid: str = "k1") -> tuple[int, bytes, dict[str, str]]:
    """Give the answer with which a shop publishes its key."""
    key = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    keys = [{"kty": "EC", "kid": "other"}, {**key, "kid": kid, "use": "sig"}]
    return 200, json.dumps({"keys": keys}).encode(), {}


TOLD = (
    ("order_created", order()),
    ("order_fully_paid", order(39.7, minute=2)),
    ("order_refunded", order(39.7, 5.0, minute=3)),
    ("order_refunded", order(39.7, 12.5, minute=4)),
)


@pytest.mark.parametrize("told", [*permutations(TOLD)][::5], ids=range(5))
def test_bodies_in_any_order_and_each_twice_leave_the_same_books(
    shop: FakeShop, secret: str, told: tuple[tuple[str, Json], ...]
) -> None:
    for event, body in (*told, *told):
        tell(shop, secret, event, body)

    [document] = shop.rows(Document)
    assert (document.ref, document.number, document.total) == (NAMED, "1042", 3970)
    assert (document.paid, document.given_back) == (3970, 1250)
    [line] = document.sale["lines"]
    assert (line["key"], line["product"], line["total"], line["discount"]) == ("7", "sal:L1", 3980, 500)
    assert sponsor(shop, "sal:42") == "meier"
    assert earned(shop) == ["1.87", "0.94", "0.19"]
    assert books_agree(shop)


def test_a_body_signed_by_the_key_that_the_shop_publishes_is_taken(
    make_shop: MakeShop, server: HttpServer
) -> None:
    shop = make_shop(FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=OWN)
    add_source(shop, "sal", "saleor", url=server.url)
    server.answers += [published()]
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert post(shop, "order_created", order(), jws(order())) == 200
    assert post(shop, "order_created", order(1.0), jws(order())) == 401
    assert post(shop, "order_created", order(), jws(order(), key=other)) == 401
    assert post(shop, "order_created", order(), "a.b.c") == 503
    assert [asked.path for asked in server.posted] == ["/.well-known/jwks.json"]
    assert len(shop.rows(Body)) == 1


def test_a_key_that_is_not_known_yet_is_asked_for_once_a_minute(
    make_shop: MakeShop, server: HttpServer
) -> None:
    shop = make_shop(FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=OWN)
    add_source(shop, "sal", "saleor", url=server.url)
    server.answers += [(500, b"", {}), (200, b"[]", {}), published("k2")]
    signed = jws(order(), kid="k2")

    found = []
    for _ in range(3):
        found += [post(shop, "order_created", order(), signed) for _ in range(2)]
        shop.clock.advance(minutes=1)

    assert found == [503, 503, 503, 503, 200, 200]
    assert len(server.posted) == 3


def test_the_smallest_body_a_guest_and_one_without_a_query(shop: FakeShop, secret: str) -> None:
    small = {
        "id": "T3JkZXI6OQ==", "number": "9", "userEmail": "ina@example.com", "user": None,
        "voucherCode": "vonmeier", "discounts": [{"type": "VOUCHER", "amount": {"amount": 5.0}}],
        "total": gross(24.9), "totalCharged": {"amount": 24.9}, "totalRefunded": {"amount": 0.0},
        "lines": [{"productSku": "L1", "quantity": 1, "totalPrice": gross(24.9)}],
    }  # fmt: skip
    tell(shop, secret, "order_fully_paid", {"issuedAt": "2026-03-22T15:28:02Z", "order": small})
    tell(shop, secret, "order_created", [{"id": "T3JkZXI6OQ=="}])
    tell(shop, secret, "order_created", order(status="DRAFT"))

    assert kinds(shop)[0] == ["placed", "paid"]
    assert [state for state, _reason in states(shop)] == ["done", "failed", "ignored"]
    [document] = shop.rows(Document)
    assert (document.ref, document.total, document.sale["lines"][0]["total"]) == ("sal:9", 2490, 2990)
    [ina] = shop.rows(Contact, email="ina@example.com")
    assert ina.ref is None


def test_a_voucher_for_the_shipping_and_a_gift_card_leave_what_goods_earn(
    shop: FakeShop, secret: str
) -> None:
    card = {
        "id": "T3JkZXJMaW5lOjg=", "productName": "Card", "quantity": 1, "taxRate": 0.0,
        "totalPrice": gross(50.0), "undiscountedUnitPrice": gross(50.0),
        "variant": {"product": {"id": "UHJvZHVjdDo5", "productType": {"kind": "GIFT_CARD"}}},
    }  # fmt: skip
    free = order(
        89.8, voucherCode="FREESHIP", lines=[*order()["order"]["lines"], card], total=gross(89.8),
        discounts=[{"type": "VOUCHER", "amount": {"amount": 4.9}}], shippingPrice=gross(0.0),
        metadata=[{"key": "firstline", "value": partners_link(shop, 3)}],
    )  # fmt: skip
    tell(shop, secret, "order_fully_paid", free)

    assert kinds(shop) == [["placed", "foreign_code", "paid"]]
    assert earned(shop) == ["3.35", "1.67", "0.33"]
    assert {row.ref: row.takes_part for row in shop.rows(Product)}["sal:9"] is False
    assert books_agree(shop)


def test_a_cancelled_order_and_a_customer(shop: FakeShop, secret: str) -> None:
    user = {"user": {"id": "VXNlcjo0Mg==", "email": "ina@example.com", "firstName": "Ina"}}
    tell(shop, secret, "customer_created", user)
    tell(shop, secret, "order_fully_paid", order(39.7))
    tell(shop, secret, "order_cancelled", order(39.7, minute=9, status="CANCELED"))

    assert kinds(shop) == [["customer"], ["placed", "paid"], ["cancelled"]]
    assert earned(shop) == ["0.00", "0.00", "0.00"]
    assert books_agree(shop)
