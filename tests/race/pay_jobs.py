"""What the processes do with payouts at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from flask_firstline import Invoice, Order, Refund
from flask_firstline.services import holds, payout_release, payouts, suspicion_acts, suspicions
from flask_firstline.services.code_acts import Tally
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import NotThere
from flask_firstline.services.payout_runs import Actor, PayoutRefused
from flask_firstline.state import State
from tests.small_shop import SmallShop, goods

from .jobs import customer

ME = Actor(name="race", id="race")


def _in_context(shop: SmallShop, work: object) -> str:
    state: State = shop.state
    try:
        state.in_own_unit(lambda session: work(state.context(session.connection())))  # type: ignore[operator]
    except PayoutRefused as refused:
        return refused.problem
    return "done"


def release_the_run(shop: SmallShop, number: int) -> str:
    """Release one and the same run."""
    sums = {"EUR": number_of_cents(shop)}
    return _in_context(shop, lambda ctx: payout_release.release(ctx, 1, ME, count=3, sums=sums))


def number_of_cents(shop: SmallShop) -> int:
    """Give what the run of the race comes to, as its maker saw it."""
    return int(shop.app.config["RACE_SUM"])


def run_and_release(shop: SmallShop, number: int) -> str:
    """Make a run of all that is payable, and release what it shows."""

    def work(ctx: Context) -> None:
        run_id = payouts.make_run(ctx, ME)
        rows = ctx.conn.exec_driver_sql(
            f"SELECT currency, amount FROM firstline_payout WHERE run_id = {run_id} AND state = 'draft'"
        ).all()
        payout_release.release(ctx, run_id, ME, count=len(rows), sums=payout_release.totals(rows))

    return _in_context(shop, work)


def fail_the_payout(shop: SmallShop, number: int) -> str:
    """Take one and the same payout back."""
    return _in_context(shop, lambda ctx: payout_release.fail(ctx, 1, ME, why="account closed"))


def sell_return_and_pay(shop: SmallShop, number: int) -> str:
    """Sell, take back, let holds end, and pay out, all at the same moment."""
    kind = number % 4
    if kind == 0:
        ref = f"r{number}"
        order = Order(ref=ref, currency="EUR", lines=goods(1), customer=customer(number), codes=("vonmeier",))
        shop.firstline.order_placed(order)
        shop.firstline.invoice_paid(Invoice(ref=f"i{ref}", order_ref=ref, currency="EUR"))
        shop.session.commit()
        return "done"
    if kind == 1:
        ref = f"o{number % 20}"
        shop.firstline.invoice_refunded(
            Refund(ref=f"x{number}", order_ref=ref, currency="EUR", amount="3.00")  # type: ignore[arg-type]
        )
        shop.session.commit()
        return "done"
    if kind == 2:
        return _in_context(shop, lambda ctx: holds.release_due(ctx, limit=7))
    return "paid or not" if run_and_release(shop, number) else ""


def suspect_decide_and_pay(shop: SmallShop, number: int) -> str:
    """Look at orders, release and confirm suspicions, take back, and pay out, all at the same moment."""
    kind, which = number % 5, number % 6 + 1
    if kind == 0:
        return _in_context(shop, suspicions.look_next)
    if kind == 1:
        return _in_context(shop, lambda ctx: _decided(ctx, suspicion_acts.release, which))
    if kind == 2:
        return _in_context(shop, lambda ctx: _decided(ctx, suspicion_acts.confirm, which))
    if kind == 3:
        shop.firstline.invoice_refunded(
            Refund(ref=f"x{number}", order_ref=f"o{which - 1}", currency="EUR", amount="1.00")  # type: ignore[arg-type]
        )
        shop.session.commit()
        return "done"
    return "paid or not" if run_and_release(shop, number) else ""


def _decided(ctx: Context, decide: Callable[..., Tally], number: int) -> None:
    with suppress(NotThere):
        decide(ctx, [number], why="race", who="race")
