"""Whatever happens: statements that have effect and what waits for one are all that is payable or paid."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from flask_firstline.models import Balance, Payout
from flask_firstline.services import holds, statement_lines
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_statements import check_statements
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.testing import FakeShop

from .pay_kit import IBANS, act, all_want, books_agree, earn, fail, release, run
from .statement_kit import issue, issued, issuer, reissue, taxed, void

STEPS = 40
Sums = Counter[tuple[int, str]]


def story(shop: FakeShop, dice: random.Random) -> None:
    """Sell, return, wait, pay, fail, issue, object and issue anew in any order."""
    orders: list[str] = []
    for number in range(STEPS):
        step = dice.choice(("sell", "sell", "return", "wait", "pay", "fail", "issue", "object", "again"))
        if step == "sell":
            orders.append(f"o{number}")
            earn(shop, orders[-1], price=f"{dice.randint(25, 300)}.{dice.randint(0, 99):02}")
        elif step == "return" and orders:
            shop.refund(orders.pop(dice.randrange(len(orders))), f"r{number}")
        elif step == "wait":
            shop.clock.advance(days=dice.randint(1, 40))
            act(shop, holds.release_all_due)
        elif step == "pay":
            pay(shop)
        elif step == "fail" and (paid := [row for row in shop.rows(Payout) if row.state == "released"]):
            fail(shop, dice.choice(paid).id)
        elif step == "issue":
            issue(shop)
        else:
            object_or_reissue(shop, dice, again=step == "again")


def pay(shop: FakeShop) -> None:
    try:
        number = run(shop)
        release(shop, number)
    except PayoutRefused as refused:
        assert refused.problem in {"nobody", "empty"}


def object_or_reissue(shop: FakeShop, dice: random.Random, *, again: bool) -> None:
    rows = issued(shop)
    replaced = {row.replaces_id for row in rows}
    wanted = [row.id for row in rows if (row.voided_at is not None and row.id not in replaced) is again]
    live = {row.id for row in rows if row.voided_at is None}
    chosen = [one for one in wanted if again or one in live]
    if chosen:
        (reissue if again else void)(shop, dice.choice(chosen))


def on_statements(shop: FakeShop) -> Sums:
    """Add up what has effect, and what was objected to and waits to be issued anew."""
    rows = issued(shop)
    replaced = {row.replaces_id for row in rows}
    found: Sums = Counter()
    for row in rows:
        if row.voided_at is None or row.id not in replaced:
            found[row.partner_id, row.currency] += row.gross
    return found


def waiting(shop: FakeShop) -> Sums:
    later = act(shop, lambda ctx: statement_lines.places(ctx, before=ctx.now.replace(year=ctx.now.year + 1)))
    return Counter(dict(later))


def owed_and_paid(shop: FakeShop) -> Sums:
    found: Sums = Counter()
    for row in shop.rows(Balance):
        if row.kind in {"payable", "paid"}:
            found[row.partner_id, row.currency] += row.amount
    return found


@pytest.mark.parametrize("seed", range(4))
def test_statements_and_books_say_the_same_after_any_history(shop: FakeShop, seed: int) -> None:
    dice = random.Random(seed)
    issuer(shop, with_payouts=seed % 2 == 1)
    for ref in [*IBANS][: 2 + seed % 2]:
        taxed(shop, ref, status="small" if ref == "schulz" else "regular")
    all_want(shop)

    story(shop, dice)

    assert issued(shop)
    together = on_statements(shop)
    together.update(waiting(shop))
    owed = owed_and_paid(shop)
    assert {place: together[place] for place in {*together, *owed}} == {
        place: owed[place] for place in {*together, *owed}
    }
    assert act(shop, lambda ctx: all_ok(check_statements(ctx)))
    assert books_agree(shop)
    for row in issued(shop):
        account = row.data["account"]
        assert sum(line["amount"] for line in row.data["lines"]) == row.gross == row.net + row.vat
        assert isinstance(account["opening"], int) and isinstance(account["closing"], int)


def test_the_period_of_each_statement_begins_with_its_first_line(shop: FakeShop) -> None:
    issuer(shop)
    taxed(shop)
    story(shop, random.Random(99))

    rows = issued(shop)

    assert rows
    for row in rows:
        first = min(line["at"] for line in row.data["lines"])
        assert row.begins.isoformat() <= first < row.ends.isoformat()
