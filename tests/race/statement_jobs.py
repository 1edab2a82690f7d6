"""What the processes do with statements at once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from flask_firstline import Invoice, Order, Refund
from flask_firstline.services import holds, statement_reading, statements
from flask_firstline.services.context import Context
from flask_firstline.services.statements import StatementRefused
from flask_firstline.state import State
from tests.small_shop import SmallShop, goods

from .jobs import customer
from .pay_jobs import ME, run_and_release


def _in_context(shop: SmallShop, work: object) -> str:
    state: State = shop.state
    try:
        state.in_own_unit(lambda session: work(state.context(session.connection())))  # type: ignore[operator]
    except StatementRefused as refused:
        return refused.problem
    return "done"


def issue_the_month(shop: SmallShop, number: int) -> str:
    """Issue the month that is over."""
    month = shop.state.now().date().replace(day=1) - timedelta(days=1)
    return _in_context(shop, lambda ctx: statements.issue_month(ctx, month, ME))


def object_and_reissue(shop: SmallShop, number: int) -> str:
    """Object to one and the same statement, or issue it anew."""
    if number % 2:
        return _in_context(shop, lambda ctx: statements.void(ctx, 1, why="wrong", who="race"))
    return _in_context(shop, lambda ctx: statements.reissue(ctx, 1, ME))


def sell_pay_and_issue(shop: SmallShop, number: int) -> str:
    """Sell, take back, pay out with statements, issue months and object, all at the same moment."""
    kind = number % 5
    if kind == 0:
        ref = f"r{number}"
        who = customer(1000 + number)
        order = Order(ref=ref, currency="EUR", lines=goods(1), customer=who, codes=("vonmeier",))
        shop.firstline.order_placed(order, commit=True)
        shop.firstline.invoice_paid(Invoice(ref=f"i{ref}", order_ref=ref, currency="EUR"), commit=True)
        return "done"
    if kind == 1:
        order_ref = f"o{number // 5 % 20}"
        shop.firstline.invoice_refunded(
            Refund(ref=f"back{number}", order_ref=order_ref, currency="EUR"), commit=True
        )
        return "done"
    if kind == 2:
        return run_and_release(shop, number)
    if kind == 3:
        return _in_context(shop, holds.release_due)
    issue_the_month(shop, number)
    return _in_context(shop, _object_to_the_newest)


def _object_to_the_newest(ctx: Context) -> None:
    with Session(ctx.conn) as session:
        found = statement_reading.statements_of(session, most=1)
        newest = found[0].id if found else None
    if newest is not None:
        statements.void(ctx, newest, why="wrong", who="race")
