"""What the tests of payouts share: commissions that are payable, ways to be paid, and two pairs of eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Row

from flask_firstline.domain.money import minor
from flask_firstline.domain.payout import Method
from flask_firstline.domain.payout_details import Details
from flask_firstline.models import Payout, PayoutRun, PayoutSkip
from flask_firstline.services import (
    address_book,
    payout_changes,
    payout_details,
    payout_files,
    payout_release,
    payout_settings,
    payouts,
)
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.context import Context
from flask_firstline.services.payout_runs import Actor
from flask_firstline.services.payout_settings import PaySettings
from flask_firstline.testing import FakeShop, make_cart, make_line

Result = TypeVar("Result")
INES = Actor(name="Ines Walter", id="admin:1")
BERND = Actor(name="Bernd Kolb", id="admin:2")
IBANS = {
    "meier": "DE89370400440532013000",
    "schulz": "NL91ABNA0417164300",
    "opa": "AT611904300234573201",
}


def act(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    """Do work in a unit of our own."""
    with shop.app.app_context():
        found: Result = shop.state.in_own_unit(lambda session: work(shop.state.context(session.connection())))
    return found


def earn(shop: FakeShop, ref: object = "o1", price: str = "124.00") -> None:
    """Let meier's customer buy goods of 100.00 net: 10.00, 5.00 and 1.00 on hold."""
    shop.place(
        make_cart(make_line("a", price), customer=shop.add_customer(f"c-{ref}")),
        ref,
        codes=["vonmeier"],
    )
    shop.pay(ref)


def earned(shop: FakeShop, *refs: object) -> None:
    """Let commissions be payable."""
    for ref in refs or ("o1",):
        earn(shop, ref)
    shop.clock.advance(days=31)


def contact_id(shop: FakeShop, ref: str) -> int:
    return act(shop, lambda ctx: address_book.get_contact_id(ctx.conn, ref))


def wants(shop: FakeShop, ref: str, method: Method = Method.SEPA, **given: str) -> payout_details.Known:
    """Let a partner say how to be paid."""
    values = {"holder": f"Partner {ref}", "iban": IBANS.get(ref, ""), **given}
    details = Details.of(method, values)
    return act(
        shop,
        lambda ctx: payout_details.save(
            ctx.conn, address_book.get_contact_id(ctx.conn, ref), details, who="test", now=ctx.now
        ),
    )


def all_want(shop: FakeShop) -> None:
    for ref in IBANS:
        wants(shop, ref)


def settle(shop: FakeShop, **values: object) -> None:
    """Set the shop's side of payouts."""
    wanted = PaySettings(**{"debtor_name": "Lindenhof GmbH", "debtor_iban": IBANS["meier"], **values})  # type: ignore[arg-type]
    act(shop, lambda ctx: payout_settings.save(ctx.conn, wanted, who="test", now=ctx.now))


def run(shop: FakeShop, actor: Actor = INES) -> int:
    return act(shop, lambda ctx: payouts.make_run(ctx, actor))


def release(shop: FakeShop, run_id: int, actor: Actor = INES, **confirmed: object) -> None:
    """Release a run; what is confirmed is what it shows, or what is said."""
    rows = [row for row in shop.rows(Payout, run_id=run_id) if row.state == "draft"]
    values = {"count": len(rows), "sums": payout_release.totals(rows), **confirmed}
    act(shop, lambda ctx: payout_release.release(ctx, run_id, actor, **values))  # type: ignore[arg-type]


def amounts(shop: FakeShop, run_id: int, *, by: str = "amount") -> dict[str, int]:
    """Give what a run pays, by partner."""
    names = refs(shop)
    return {names[row.partner_id]: getattr(row, by) for row in shop.rows(Payout, run_id=run_id)}


def states(shop: FakeShop, run_id: int) -> dict[str, str]:
    names = refs(shop)
    return {names[row.partner_id]: row.state for row in shop.rows(Payout, run_id=run_id)}


def skips(shop: FakeShop, run_id: int) -> dict[str, str]:
    """Give why a run skips whom."""
    names = refs(shop)
    return {names[row.partner_id]: row.reason for row in shop.rows(PayoutSkip, run_id=run_id)}


def refs(shop: FakeShop) -> dict[int, str]:
    from flask_firstline.models import Contact

    return {row.id: row.ref for row in shop.rows(Contact)}


def payout(shop: FakeShop, run_id: int, ref: str) -> Row[tuple[object, ...]]:
    who = contact_id(shop, ref)
    return shop.rows(Payout, run_id=run_id, partner_id=who)[0]


def fail(shop: FakeShop, payout_id: int, why: str = "account closed") -> None:
    act(shop, lambda ctx: payout_release.fail(ctx, payout_id, INES, why=why))


def change(shop: FakeShop, run_id: int, wanted: dict[int, object], actor: Actor = INES) -> int:
    """Change amounts, in major units."""
    amounts = {payout_id: minor(amount, "EUR") for payout_id, amount in wanted.items()}  # type: ignore[arg-type]
    return act(shop, lambda ctx: payout_changes.set_amounts(ctx, run_id, amounts, actor))


def write_file(
    shop: FakeShop, run_id: int, method: Method = Method.SEPA, **more: str
) -> payout_files.PaidFile:
    return act(shop, lambda ctx: payout_files.write_file(ctx, run_id, method, INES, **more))


def state_of_run(shop: FakeShop, run_id: int) -> str:
    return str(shop.rows(PayoutRun, id=run_id)[0].state)


def books_agree(shop: FakeShop) -> bool:
    return act(shop, lambda ctx: all_ok(check_books(ctx)))
