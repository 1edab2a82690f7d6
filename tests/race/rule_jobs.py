"""What the processes do with events and rules at once."""

from __future__ import annotations

from sqlalchemy import select

from flask_firstline.delivery import facts
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Code
from tests.small_shop import SmallShop

from .jobs import customer, order, place


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


def buy_by_a_friends_code_and_judge(shop: SmallShop, number: int) -> str:
    """Place the first order of a customer by the code that someone shares, then judge what happened.

    As a worker does whom another one has left nothing but facts.
    """
    code = shop.session.scalar(select(Code.display).where(Code.display != "vonmeier"))
    shop.session.rollback()
    said = place(shop, order(f"o{number}", customer(number), (str(code),)))
    shop.state.in_own_unit(lambda session: facts.take_in_some(shop.state.context(session.connection())))
    return said
