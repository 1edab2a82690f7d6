"""Fixtures of the service tests: a shop with the story's three partners, on either database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from flask_firstline.testing import FakeShop
from tests.databases import Databases

from .kit import MakeShop, set_up


@pytest.fixture
def mount() -> Sequence[str]:
    """Mount no pages, as a worker of a shop does; a module that opens pages says which."""
    return ()


@pytest.fixture(scope="session")
def with_partners(databases: Databases) -> str:
    """Tell the story's beginning once, in a database that the others are copied from; give its name."""

    def fill(url: str) -> None:
        with FakeShop(url, mount=()) as shop:
            set_up(shop)

    return databases.template("partners", fill)


@pytest.fixture
def make_shop(databases: Databases, with_partners: str, mount: Sequence[str]) -> Iterator[MakeShop]:
    """Give a function that opens a shop with these settings on this test's database."""
    with databases.fresh(template=with_partners) as url, ExitStack() as open_shops:

        def make(**config: object) -> FakeShop:
            shop = FakeShop(url, mount=mount, **config)  # type: ignore[arg-type]
            return open_shops.enter_context(shop)

        yield make


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    """Give a shop with the default settings."""
    return make_shop()
