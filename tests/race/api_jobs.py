"""What the processes ask of the API."""

from __future__ import annotations

from flask_firstline import api
from tests.small_shop import SmallShop

ROOT = "/firstline/api/v1"


def _post(shop: SmallShop, path: str, body: object, key: str) -> str:
    if "firstline_api" not in shop.app.blueprints:
        api.mount(shop.app, "/firstline")
    headers = {"Authorization": f"Bearer {shop.app.config['KEY_OF_THE_TEST']}", "Idempotency-Key": key}
    response = shop.app.test_client().post(f"{ROOT}{path}", json=body, headers=headers)
    if "Idempotency-Replayed" in response.headers:
        return f"replayed {response.status_code} {response.get_json()['id']}"
    return f"answered {response.status_code}"


def same_batch(shop: SmallShop, number: int) -> str:
    """Order one and the same batch of codes."""
    return _post(shop, "/batches", {"coupon": 1, "count": 7}, "one-batch")


def batch_of_eight(shop: SmallShop, number: int) -> str:
    """Order one of forty batches, each of them eight times."""
    return _post(shop, "/batches", {"coupon": 1, "count": 2, "occasion": str(number % 40)}, f"b{number % 40}")
