"""What the processes do at once with the balances of hot partners."""

from __future__ import annotations

from flask_firstline import Invoice
from flask_firstline.services import hot
from flask_firstline.services.context import Context
from flask_firstline.services.ledger import NotCoveredError, move_balances
from tests.small_shop import SmallShop

from .jobs import CODE, customer, order, place
from .pay_jobs import sell_return_and_pay
from .posting_jobs import in_context

__all__ = ["CODE", "sell_return_pay_and_turn", "sell_to_hot", "take_one"]


def sell_to_hot(shop: SmallShop, number: int) -> str:
    """Place an order and pay it."""
    place(shop, order(f"h{number}", customer(number)))
    shop.firstline.invoice_paid(Invoice(ref=f"i{number}", order_ref=f"h{number}", currency="EUR"))
    shop.session.commit()
    return "sold"


def take_one(shop: SmallShop, number: int) -> str:
    """Take a unit from an account, where it holds one."""
    account = (int(shop.app.config["RACE_PARTNER"]), "paid", "EUR")

    def work(ctx: Context) -> str:
        try:
            move_balances(ctx, {account: -1}, covered=True)
        except NotCoveredError:
            return "nothing left"
        return "taken"

    return in_context(shop, work)


def sell_return_pay_and_turn(shop: SmallShop, number: int) -> str:
    """Sell, return, end holds and pay out; now and then the partner is marked or not any more."""
    if number % 10 == 9:
        act = hot.cool if number % 20 == 9 else hot.heat
        partner_id = int(shop.app.config["RACE_PARTNER"])
        in_context(shop, lambda ctx: act(ctx.conn, partner_id, why="", who="race", now=ctx.now))
        return "turned"
    return sell_return_and_pay(shop, number)
