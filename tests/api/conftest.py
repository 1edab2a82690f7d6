"""A shop with the API on either database, and callers with keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.testing import FakeShop, make_code, make_partner

from .kit import Caller, make_key


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    """Give a shop with Partner Meier and his code, 5.00 off."""
    with FakeShop(firstline_url, mount=("api",)) as shop:
        make_partner(shop.app, "meier", email="meier@shop.example")
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
        yield shop


@pytest.fixture
def api(shop: FakeShop) -> Caller:
    """Give a caller that may do everything."""
    return Caller(shop, make_key(shop, "warehouse"))
