"""Fixtures of the service tests: a shop with the story's three partners, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from flask_firstline.testing import FakeShop

from .kit import MakeShop, set_up


@pytest.fixture
def make_shop(firstline_url: str) -> Iterator[MakeShop]:
    """Give a function that opens a shop with these settings on this test's database."""
    with ExitStack() as open_shops:
        begun: list[FakeShop] = []

        def make(**config: object) -> FakeShop:
            shop = open_shops.enter_context(FakeShop(firstline_url, **config))  # type: ignore[arg-type]
            if not begun:
                set_up(shop)
            begun.append(shop)
            return shop

        yield make


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    """Give a shop with the default settings."""
    return make_shop()
