"""Clicks that come at once, in many processes, are counted exactly."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from flask_firstline.models import ClickDay, Link, Touch
from tests.small_shop import SmallShop

from . import click_jobs
from .racers import ATTEMPTS, Racers
from .test_races import run

pytestmark = pytest.mark.race


@pytest.fixture
def meier(shop: SmallShop) -> SmallShop:
    """A shop with Partner Meier and no link yet."""
    shop.partner("meier")
    return shop


def figures(shop: SmallShop) -> list[tuple[int, int]]:
    rows = shop.session.execute(select(ClickDay.clicks, ClickDay.visitors))
    return [(row.clicks, row.visitors) for row in rows]


def test_one_visitor_who_clicks_in_every_process_counts_once(meier: SmallShop, field: Racers) -> None:
    done = run(field, meier, click_jobs.same_click)

    assert done == Counter(counted=1, repeat=ATTEMPTS - 1)
    assert figures(meier) == [(1, 1)]
    assert meier.session.scalar(select(func.count()).select_from(Link)) == 1


def test_each_of_fifty_visitors_counts_once_as_click_and_as_visitor(meier: SmallShop, field: Racers) -> None:
    done = run(field, meier, click_jobs.click_of_each)

    assert done["counted"] == 50
    assert figures(meier) == [(50, 50)]
    assert meier.session.scalar(select(func.count()).select_from(Touch)) == 50
