"""A small shop with a story for the tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .small_shop import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the shop with Partner Meier, the coupon for new customers and his code "vonmeier"."""
    world = make_world(tmp_path)
    meier = world.partner("meier", "Hans Meier")
    world.code("vonmeier", world.coupon(), meier)
    yield world
    world.close()
