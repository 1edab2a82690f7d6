"""What the processes do with postbacks at once."""

from __future__ import annotations

from flask_firstline.delivery.worker import work_once
from tests.small_shop import SmallShop

from .hot_jobs import sell_to_hot


def sell_and_work(shop: SmallShop, number: int) -> str:
    """Sell something, let it be paid, and do what waits by then, whoever has written it."""
    sold = sell_to_hot(shop, number)
    work_once(shop.state)
    return sold


def work(shop: SmallShop, number: int) -> str:
    """Do what waits."""
    work_once(shop.state)
    return "worked"
