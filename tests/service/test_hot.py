"""Balances of hot partners lie in shards: read as sums, drawn from in order, none below zero."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from flask_firstline.models import Audit, Balance, Contact, Posting
from flask_firstline.services import disputes, hot
from flask_firstline.services.balances import list_balances
from flask_firstline.services.ledger import SHARDS, NotCoveredError, move_balances
from flask_firstline.services.mistakes import NoPartner, NotThere
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.testing import FakeShop

from .pay_kit import act, books_agree, contact_id, earn, earned, fail, payout, release, run, wants
from .shard_kit import make_hot, scatter


def heated(shop: FakeShop, ref: str = "meier") -> int:
    """Mark a partner hot and spread what there is."""
    partner_id = contact_id(shop, ref)
    act(shop, lambda ctx: make_hot(ctx.conn, partner_id, ctx.now))
    return partner_id


def scattered(shop: FakeShop) -> None:
    """Spread what the partner has meanwhile."""
    partner_id = contact_id(shop, "meier")
    act(shop, lambda ctx: scatter(ctx.conn, partner_id))


def cooled(shop: FakeShop, ref: str = "meier") -> bool:
    partner_id = contact_id(shop, ref)
    return act(shop, lambda ctx: hot.cool(ctx.conn, partner_id, why="", who="Ines", now=ctx.now))


def shards(shop: FakeShop, kind: str, ref: str = "meier") -> dict[int, int]:
    rows = shop.rows(Balance, partner_id=contact_id(shop, ref), kind=kind, currency="EUR")
    return {row.shard: row.amount for row in rows}


def balance(shop: FakeShop, ref: str = "meier") -> tuple[str, str, str]:
    found = shop.balance(ref, "EUR")
    return str(found.on_hold), str(found.payable), str(found.paid)


def test_what_a_hot_partner_earns_goes_to_one_of_the_shards_and_counts_in_the_sum(shop: FakeShop) -> None:
    heated(shop)

    earn(shop, "o1")
    scattered(shop)
    earn(shop, "o2")

    found = shards(shop, "on_hold")
    assert sum(found.values()) == 2000
    assert len(found) == 3
    assert set(found) <= set(range(SHARDS))
    assert balance(shop) == ("20.00", "0.00", "0.00")
    assert set(shards(shop, "on_hold", "schulz")) == {0}
    assert books_agree(shop)


def test_a_return_draws_from_as_many_shards_as_it_needs(shop: FakeShop) -> None:
    earn(shop)
    heated(shop)
    assert shards(shop, "on_hold") == {0: 333, 1: 333, 2: 334}

    shop.refund("o1", amount="74.40")

    assert shards(shop, "on_hold") == {0: 0, 1: 41, 2: 334}
    assert books_agree(shop)


def test_holds_end_and_payouts_are_made_and_fail_over_shards(shop: FakeShop) -> None:
    wants(shop, "meier")
    earned(shop)
    heated(shop)

    number = run(shop)
    scattered(shop)
    release(shop, number)
    assert balance(shop) == ("0.00", "0.00", "10.00")
    assert set(shards(shop, "payable").values()) == {0}

    scattered(shop)
    fail(shop, payout(shop, number, "meier").id)
    assert balance(shop) == ("0.00", "10.00", "0.00")
    assert books_agree(shop)


def test_a_payout_of_more_than_the_shards_hold_together_is_refused(shop: FakeShop) -> None:
    wants(shop, "meier")
    earned(shop)
    heated(shop)
    number = run(shop)
    scattered(shop)
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        conn.execute(
            text("UPDATE firstline_balance SET amount = amount - 1 WHERE kind = 'payable' AND shard = 2")
        )

    with pytest.raises(PayoutRefused) as refused:
        release(shop, number)

    assert refused.value.problem == "outdated"
    assert shop.rows(Posting, kind="payout") == []


def test_a_dispute_holds_what_lies_in_several_shards(shop: FakeShop) -> None:
    earned(shop)
    assert balance(shop) == ("0.00", "10.00", "0.00")
    heated(shop)
    document = shop.rows(Posting, kind="commission")[0].document_id

    act(shop, lambda ctx: disputes.open_dispute(ctx, document, reason="unknown", who="Ines"))

    assert balance(shop) == ("10.00", "0.00", "0.00")
    assert books_agree(shop)


@pytest.mark.parametrize("kind", ["on_hold", "paid"])
def test_no_more_can_be_taken_than_all_shards_hold(shop: FakeShop, kind: str) -> None:
    partner_id = heated(shop)
    account = (partner_id, kind, "EUR")
    act(shop, lambda ctx: move_balances(ctx, {account: 9}))
    act(shop, lambda ctx: scatter(ctx.conn, partner_id))

    with pytest.raises(IntegrityError):
        act(shop, lambda ctx: move_balances(ctx, {account: -10}))
    with pytest.raises(NotCoveredError):
        act(shop, lambda ctx: move_balances(ctx, {account: -10}, covered=True))
    act(shop, lambda ctx: move_balances(ctx, {account: -9}))

    assert shards(shop, kind) == {0: 0, 1: 0, 2: 0}


def test_no_shard_can_be_written_below_nought_by_anybody(shop: FakeShop) -> None:
    row = {"partner_id": contact_id(shop, "meier"), "kind": "on_hold", "currency": "EUR", "shard": 5}

    with pytest.raises(IntegrityError):
        act(shop, lambda ctx: ctx.conn.execute(insert(Balance.__table__).values(**row, amount=-1)).rowcount)


def test_what_is_payable_goes_below_nought_in_the_first_shard_alone(shop: FakeShop) -> None:
    partner_id = heated(shop)
    account = (partner_id, "payable", "EUR")
    act(shop, lambda ctx: move_balances(ctx, {account: 9}))
    act(shop, lambda ctx: scatter(ctx.conn, partner_id))

    act(shop, lambda ctx: move_balances(ctx, {account: -11}))
    assert shards(shop, "payable") == {0: -2, 1: 0, 2: 0}
    act(shop, lambda ctx: move_balances(ctx, {account: -1}))

    assert balance(shop) == ("0.00", "-0.03", "0.00")


def test_folded_balances_are_one_row_each_with_the_same_amounts(shop: FakeShop) -> None:
    earn(shop, "o1")
    shop.clock.advance(days=31)
    assert balance(shop) == ("0.00", "10.00", "0.00")
    earn(shop, "o2")
    heated(shop)

    assert cooled(shop)

    assert (shards(shop, "on_hold"), shards(shop, "payable")) == ({0: 1000}, {0: 1000})
    assert books_agree(shop)
    earn(shop, "o3")
    assert shards(shop, "on_hold") == {0: 2000}


def test_what_lies_in_a_shard_that_was_never_the_first_is_folded_too(shop: FakeShop) -> None:
    partner_id = heated(shop)
    row = {"partner_id": partner_id, "kind": "on_hold", "currency": "EUR", "shard": 7, "amount": 5}
    act(shop, lambda ctx: ctx.conn.execute(insert(Balance.__table__).values(**row)).rowcount)

    cooled(shop)

    assert shards(shop, "on_hold") == {0: 5}


def test_a_mark_is_set_once_and_logged(shop: FakeShop) -> None:
    partner_id = contact_id(shop, "meier")

    def mark() -> bool:
        return act(shop, lambda ctx: hot.heat(ctx.conn, partner_id, why="fair", who="Ines", now=ctx.now))

    assert [mark(), mark(), cooled(shop), cooled(shop)] == [True, False, True, False]
    logged = [(row.act, row.who) for row in shop.rows(Audit) if "balances" in row.act]
    assert logged == [("spread balances", "Ines"), ("fold balances", "Ines")]
    with pytest.raises(NotThere):
        act(shop, lambda ctx: hot.heat(ctx.conn, 10**6, why="", who="Ines", now=ctx.now))
    earn(shop)
    buyer = next(row.id for row in shop.rows(Contact) if row.partner_since is None)
    with pytest.raises(NoPartner):
        act(shop, lambda ctx: hot.heat(ctx.conn, buyer, why="", who="Ines", now=ctx.now))


def test_the_busiest_minute_of_the_last_day_is_what_counts(shop: FakeShop) -> None:
    for number in range(3):
        earn(shop, f"a{number}")
    shop.clock.advance(hours=2)
    earn(shop, "b")
    partner_id = contact_id(shop, "meier")

    def busiest(days: int = 0) -> int:
        at = shop.clock.now + timedelta(days=days)
        return act(shop, lambda ctx: hot.busiest_minute(ctx.conn, partner_id, now=at))

    assert (busiest(), busiest(days=2)) == (3, 0)


def test_the_list_of_all_balances_shows_sums(shop: FakeShop) -> None:
    earn(shop)
    heated(shop)

    rows = act(shop, lambda ctx: list_balances(ctx.conn))

    assert [(row.ref, row.on_hold) for row in rows if row.ref == "meier"] == [("meier", 1000)]
