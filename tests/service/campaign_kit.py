"""What the tests of campaigns share: a shop with one, its buyers, and the worker."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.campaign import CampaignTerms, Worth
from flask_firstline.models import Code, Contact, Promoter, Reward
from flask_firstline.services import campaigns
from flask_firstline.services.context import Context
from flask_firstline.testing import FakeShop

from .kit import cart_of

FIVE = Worth(amount=500)
TEN_PERCENT = Worth(percent=Decimal(10))
Result = TypeVar("Result")


def do(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    """Do one thing in a transaction of our own."""
    with shop.app.app_context():
        return shop.state.in_own_unit(lambda session: work(shop.state.context(session.connection())))  # type: ignore[no-any-return]


def campaign(shop: FakeShop, **terms: Any) -> int:
    """Make a campaign of 5.00 for the friend and 5.00 for the sharer, or by other terms."""
    given = {
        "name": "Bring a friend", "discount": FIVE, "kickback": FIVE, "currency": "EUR", "hold_days": 14,
        "starts_at": shop.clock.now, **terms,
    }  # fmt: skip
    made = CampaignTerms(**given)
    return do(shop, lambda ctx: campaigns.create_campaign(ctx.conn, made, who="Ines", now=ctx.now))


def work(shop: FakeShop) -> None:
    """Let the worker do all that is due."""
    with shop.app.app_context():
        while not work_once(shop.state).idle:
            pass


def buy(shop: FakeShop, who: object, ref: str, *codes: str, paid: bool = True) -> None:
    """Let somebody order, and pay."""
    shop.place(cart_of(who), ref, codes=codes)
    if paid:
        shop.pay(ref)


def share_code(shop: FakeShop, order_ref: str) -> str:
    """Give the code that an order yields, as the shop fetches it for its mail."""
    with shop.app.test_request_context():
        found = shop.firstline.share(order_ref)
    assert found is not None
    return found.code


def rewards_of(shop: FakeShop, who: str) -> list[str]:
    """Give the states of somebody's rewards."""
    contact_id = shop.rows(Contact, ref=who)[0].id
    rows = shop.rows(Reward, contact_id=contact_id)
    return [row.state for row in sorted(rows, key=lambda row: row.id)]


def reward_codes(shop: FakeShop, who: str) -> list[str]:
    """Give the codes of somebody's rewards."""
    contact_id = shop.rows(Contact, ref=who)[0].id
    ids = [row.code_id for row in shop.rows(Reward, contact_id=contact_id) if row.code_id]
    return [shop.rows(Code, id=code_id)[0].display for code_id in ids]


def promoters(shop: FakeShop) -> int:
    """Count the promoters."""
    return len(shop.rows(Promoter))
