"""Uses of codes written straight into the table, as many as a test needs, at any time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, update

from flask_firstline.models import CameBy, Code, Redemption
from flask_firstline.testing import FakeShop


def code_id(shop: FakeShop, display: str) -> int:
    return int(shop.rows(Code, display=display)[0].id)


def age(shop: FakeShop, display: str, days: int) -> None:
    """Let a code have been made that many days ago."""
    with shop.transaction() as session:
        made = shop.clock.now - timedelta(days=days)
        session.execute(update(Code).where(Code.display == display).values(created_at=made))


def use(
    shop: FakeShop,
    display: str,
    times: int = 1,
    *,
    days_ago: float = 0,
    came_by: CameBy = CameBy.LINK,
    touched: bool = True,
    state: str = "redeemed",
    at: datetime | None = None,
) -> None:
    """Let a code have been used that often at one moment."""
    code = shop.rows(Code, display=display)[0]
    so_far = len(shop.rows(Redemption))
    moment = at or shop.clock.now - timedelta(days=days_ago)
    rows = [
        {
            "code_id": code.id,
            "coupon_id": code.coupon_id,
            "state": state,
            "source": "shop",
            "order_ref": f"use-{so_far + n}",
            "cart_key": f"cart:use-{so_far + n}",
            "discount": 500,
            "currency": "EUR",
            "came_by": came_by.value,
            "touched": touched,
            "person_keys": [],
            "claimed": False,
            "note": "",
            "expires_at": moment + timedelta(minutes=30) if state == "reserved" else None,
            "created_at": moment,
            "changed_at": moment,
        }
        for n in range(times)
    ]
    if not rows:
        return
    with shop.transaction() as session:
        session.execute(insert(Redemption.__table__), rows)
