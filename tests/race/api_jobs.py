"""What the processes ask of the API."""

from __future__ import annotations

from werkzeug.test import TestResponse

from flask_firstline import api
from tests.small_shop import SmallShop

ROOT = "/firstline/api/v1"


def _sent(shop: SmallShop, path: str, body: object, **headers: str) -> TestResponse:
    if "firstline_api" not in shop.app.blueprints:
        api.mount(shop.app, "/firstline")
    auth = {"Authorization": f"Bearer {shop.app.config['KEY_OF_THE_TEST']}"}
    return shop.app.test_client().post(f"{ROOT}{path}", json=body, headers={**auth, **headers})


def _post(shop: SmallShop, path: str, body: object, key: str) -> str:
    response = _sent(shop, path, body, **{"Idempotency-Key": key})
    if "Idempotency-Replayed" in response.headers:
        return f"replayed {response.status_code} {response.get_json()['id']}"
    return f"answered {response.status_code}"


def same_batch(shop: SmallShop, number: int) -> str:
    """Order one and the same batch of codes."""
    return _post(shop, "/batches", {"coupon": 1, "count": 7}, "one-batch")


def batch_of_eight(shop: SmallShop, number: int) -> str:
    """Order one of twenty batches, each of them eight times."""
    return _post(shop, "/batches", {"coupon": 1, "count": 2, "occasion": str(number % 20)}, f"b{number % 20}")


def sale_of_eight(shop: SmallShop, number: int) -> str:
    """Tell one of twenty sales, each of them eight times: its order and its payment, in either order."""
    ref = f"o{number % 20}"
    line = {"key": "a", "product_ref": "p-a", "quantity": "1", "unit_price": "124.00", "vat_rate": "19"}
    order = {
        "ref": ref,
        "currency": "EUR",
        "lines": [line],
        "codes": ["vonmeier"],
        "promised_discount": "5.00",
    }
    told = [
        ("/orders", {**order, "customer": {"ref": f"c{ref}", "email": f"c{ref}@shop.example"}}),
        ("/invoices", {"ref": ref, "order": ref, "currency": "EUR"}),
    ]
    if number % 2:
        told.reverse()
    return " ".join(_told(shop, path, body) for path, body in told)


def _told(shop: SmallShop, path: str, body: object) -> str:
    response = _sent(shop, path, body)
    found = response.get_json()
    return f"{path} {response.status_code} {found.get('new', found.get('type'))}"
