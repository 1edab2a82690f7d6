"""What the processes do with one application and one log-in: confirm, decide, use a mailed link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from flask_firstline.services import application_acts, applications, attempts, logins, partner_terms
from flask_firstline.services.application_acts import Places
from flask_firstline.services.attempted import attempted
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import NotThere
from flask_firstline.services.tickets import Purpose, Ticket
from flask_firstline.services.unit import retried, unit
from tests.small_shop import SmallShop

PLACES = Places(
    shop="shop.example",
    confirm="https://shop.example/{ticket}",
    desk="https://shop.example/desk/",
    password="https://shop.example/password/{ticket}",  # noqa: S106 - an address
    sign_in="https://shop.example/sign-in",
    link="https://shop.example/by/{ticket}",
)


def _performed(shop: SmallShop, work: Callable[[Context], Any]) -> Any:
    """Work as the pages do."""

    def once() -> Any:
        session = Session(shop.engine)
        try:
            return attempted(lambda: unit(session), shop.state.context, work)
        finally:
            session.close()

    return retried(once)


def confirm(shop: SmallShop, number: int) -> str:
    """Confirm the one application."""
    return str(_performed(shop, lambda ctx: applications.confirm(ctx, 1, PLACES)))


def confirm_own(shop: SmallShop, number: int) -> str:
    """Confirm one of the applications that somebody sent one after the other."""
    return str(_performed(shop, lambda ctx: _confirm_if_there(ctx, number % 3 + 1)))


def _confirm_if_there(ctx: Context, application_id: int) -> str:
    try:
        return str(applications.confirm(ctx, application_id, PLACES))
    except NotThere:
        return "gone"


def decide(shop: SmallShop, number: int) -> str:
    """Approve or decline the one application."""
    if number % 2:
        done = _performed(shop, lambda ctx: application_acts.approve(ctx, 1, PLACES, who=f"admin {number}"))
        return "approved" if done else "late"
    done = _performed(
        shop, lambda ctx: application_acts.decline(ctx, 1, why="no", shop=PLACES.shop, who="admin")
    )
    return "declined" if done else "late"


def use_link(shop: SmallShop, number: int) -> str:
    """Use the one mailed link."""
    ticket = Ticket(purpose=Purpose.LOG_IN, row_id=1, serial=1, until=shop.time + timedelta(days=1))
    return "in" if _performed(shop, lambda ctx: logins.redeem(ctx, ticket)) else "used up"


def try_password(shop: SmallShop, number: int) -> str:
    """Fail at a log-in: count it, as the page does."""
    key = attempts.of_account("log-in", "tom@post.example")
    _performed(shop, lambda ctx: attempts.count(ctx, [key]))
    return "counted"


def accept(shop: SmallShop, number: int) -> str:
    """Accept the partner terms."""

    def work(ctx: Context) -> str:
        read = partner_terms.read(ctx.conn, "en")
        assert read is not None
        partner_terms.accept(ctx.conn, 1, read, now=ctx.now)
        return "accepted"

    return str(_performed(shop, work))
