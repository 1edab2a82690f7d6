"""What the processes do with the webhooks of other shops at once."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

from flask_firstline.delivery.worker import work_once
from flask_firstline.services import bodies
from flask_firstline.services.bodies import Came
from tests.service.hook_kit import order, paid, refunded
from tests.small_shop import SmallShop

ORDERS = 8
_TURNS = list(permutations((order, paid, refunded)))


def told(place: int, turn: int) -> list[dict[str, Any]]:
    """Give three bodies of one order of its own buyer, in one of all six turns."""
    billing = {"first_name": "Ina", "email": f"ina{place}@example.com", "country": "DE"}
    mine = {"id": 700 + place, "number": str(700 + place), "billing": billing}
    return [tell("10.00", **mine) if tell is refunded else tell(**mine) for tell in _TURNS[turn % 6]]


def hear_and_work(shop: SmallShop, number: int) -> str:
    """Take in the three bodies of an order, and work off what waits after each."""
    place, turn = number % ORDERS, number // ORDERS
    for body in told(place, turn):
        hear(shop, Came(topic="order.updated", content=json.dumps(body)))
        work_once(shop.state)
    return "done"


def hear(shop: SmallShop, came: Came) -> None:
    """Take a body in, as the endpoint does."""
    state = shop.state
    state.in_own_unit(lambda session: bodies.take(state.context(session.connection()), 1, came))
