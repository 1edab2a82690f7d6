"""What the processes do with events and rules at once."""

from __future__ import annotations

from flask_firstline.delivery.worker import work_once
from tests.small_shop import SmallShop


def tell_and_work(shop: SmallShop, number: int) -> str:
    """Send an event of one of four friends, then be a worker."""
    shop.firstline.event("lead", f"c{number % 4}", {}, f"lead-{number}")
    shop.session.commit()
    return str(work_once(shop.state).failed)


def tell_the_same_and_work(shop: SmallShop, number: int) -> str:
    """Send one and the same event, then be a worker."""
    shop.firstline.event("lead", "c0", {}, "the one lead")
    shop.session.commit()
    return str(work_once(shop.state).failed)
