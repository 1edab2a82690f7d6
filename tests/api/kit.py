"""Keys and callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.test import TestResponse

from flask_firstline.services import api_keys
from flask_firstline.services.api_keys import SCOPES
from flask_firstline.testing import FakeShop

ROOT = "/firstline/api/v1"
CART: dict[str, Any] = {
    "currency": "EUR",
    "lines": [
        {"key": "1", "product_ref": "balsam", "quantity": "2", "unit_price": "14.90", "vat_rate": "19"}
    ],
    "codes": ["VonMeier"],
}


def make_key(shop: FakeShop, name: str, scopes: Sequence[str] = SCOPES) -> str:
    """Make a key and give its secret."""
    with shop.app.app_context():
        secret: str = shop.state.in_own_unit(
            lambda opened: (
                api_keys.create_key(
                    opened.connection(), name, scopes, who="ines", now=shop.state.now()
                ).secret
            )
        )
    return secret


class Caller:
    """A program with a key."""

    def __init__(self, shop: FakeShop, secret: str) -> None:
        self.client = shop.app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def __call__(
        self, method: str, path: str, json: object = None, *, key: str | None = None, **more: Any
    ) -> TestResponse:
        """Send a request; `key` is its idempotency key."""
        headers = {**self.headers, **({"Idempotency-Key": key} if key is not None else {})}
        return self.client.open(
            ROOT + path, method=method, headers={**headers, **more.pop("headers", {})}, json=json, **more
        )

    def get(self, path: str, **asked: object) -> Any:
        """Give what stands at an address; it must be there."""
        response = self("GET", path, query_string=asked)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()

    def post(self, path: str, json: object, *, key: str | None = None) -> Any:
        """Make something and give it."""
        response = self("POST", path, json, key=key)
        assert response.status_code < 300, response.get_data(as_text=True)
        return response.get_json()


def kind_of(response: TestResponse) -> str:
    """Give the kind of a problem; it must be told as one."""
    assert response.content_type == "application/problem+json", response.get_data(as_text=True)
    found = response.get_json()
    assert found["status"] == response.status_code
    assert found["title"] and found["detail"]
    return str(found["type"]).rpartition("#")[2]
