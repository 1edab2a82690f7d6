"""Fixtures of the races."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_shop import SmallShop, build

from .racers import Racers, racers

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.race)


@pytest.fixture(scope="session")
def field() -> Iterator[Racers]:
    """Start the sixteen processes once for all races."""
    with racers() as started:
        yield started


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    """Give the shop on a fresh database, to seed it and to count afterwards."""
    made = build(firstline_url)
    with made.app.app_context():
        yield made
        made.session.rollback()
        made.engine.dispose()
