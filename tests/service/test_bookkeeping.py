"""Postings for bookkeeping: both sides add up, the same rows again, accounts by setting, sealed days."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta

import pytest

from flask_firstline.domain.bookkeeping import Entry, check_accounts
from flask_firstline.domain.payout import Method
from flask_firstline.errors import ConfigError
from flask_firstline.models import Balance, Payout
from flask_firstline.services import bookkeeping, sealing
from flask_firstline.services.bookkeeping import AccountSum
from flask_firstline.testing import FakeShop

from .kit import MakeShop
from .pay_kit import act, earn, earned, fail, release, run, wants
from .test_reports import asked

OWN = {"expense": "6770", "paid.cash": "1000", "reversal.expense": "6771"}


def entries(shop: FakeShop, **numbers: str) -> list[Entry]:
    period = asked(shop, shop.clock.now.date() - timedelta(days=60), shop.clock.now.date())
    return act(shop, lambda ctx: list(bookkeeping.entries(ctx.conn, period, numbers)))


def sums(shop: FakeShop, **numbers: str) -> tuple[AccountSum, ...]:
    period = asked(shop, shop.clock.now.date() - timedelta(days=60), shop.clock.now.date())
    return act(shop, lambda ctx: bookkeeping.account_sums(ctx.conn, period, numbers))


@pytest.fixture
def busy(shop: FakeShop, monkeypatch: pytest.MonkeyPatch) -> FakeShop:
    """Give a shop that earned, paid in two ways, took a payout back, had a return; read in small parts."""
    monkeypatch.setattr(bookkeeping, "_AT_ONCE", 4)
    wants(shop, "meier", Method.CASH)
    wants(shop, "schulz")
    earned(shop, "o1", "o2")
    release(shop, run(shop))
    fail(shop, next(row.id for row in shop.rows(Payout) if row.method == "sepa"))
    earn(shop, "o3")
    shop.refund("o2", "r2", amount=20)
    return shop


def test_what_is_debited_is_credited_and_accounts_hold_what_the_books_hold(busy: FakeShop) -> None:
    found, account = entries(busy), Counter[str]()
    for entry in found:
        account[entry.debit] += entry.amount
        account[entry.credit] -= entry.amount

    assert {one.account: one.debit - one.credit for one in sums(busy)} == dict(account)
    assert sum(one.debit for one in sums(busy)) == sum(one.credit for one in sums(busy)) > 0
    held = Counter[str]()
    for row in busy.rows(Balance):
        held[row.kind] += row.amount
    assert (-account["0970"], -account["1700"], -account["1360"]) == (
        held["on_hold"],
        held["payable"],
        held["paid"],
    )
    assert account["4760"] == sum(held.values())
    assert {entry.kind for entry in found} == {"commission", "release", "payout", "payout_back", "reversal"}


def test_accounts_are_the_shops_own_by_kind_and_way_of_paying(busy: FakeShop) -> None:
    found = entries(busy, **OWN)

    assert {(one.debit, one.credit) for one in found if one.kind == "payout"} == {
        ("1700", "1000"),
        ("1700", "1360"),
    }
    assert {one.debit for one in found if one.kind == "payout_back"} == {"1360"}
    assert {one.credit for one in found if one.kind == "reversal"} == {"6771"}
    with pytest.raises(ValueError, match="no account"):
        check_accounts({"bank": "1200"})
    with pytest.raises(ValueError, match="no number"):
        check_accounts({"paid": "=1+1"})


def test_the_file_has_the_same_rows_again_and_marks_sealed_days(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_BOOK_ACCOUNTS=OWN)
    earn(shop, "o1")
    shop.clock.advance(days=2)
    earn(shop, "o2")
    before = entries(shop)
    assert act(shop, sealing.seal_next)
    run_ = shop.app.test_cli_runner().invoke

    days = ["--from", str(shop.clock.now.date() - timedelta(days=9)), "--to", str(shop.clock.now.date())]
    told = run_(args=["firstline", "bookkeeping", *days, "--csv"]).stdout

    head, *rows = csv.reader(told.splitlines(), delimiter=";")
    assert head[0] == "Umsatz"
    assert [(row[0], row[3], row[4], row[6], row[9]) for row in rows] == [
        (
            f"{entry.amount // 100},{entry.amount % 100:02}",
            "6770",
            "0970",
            entry.number,
            str(int(number < len(before) // 2)),
        )
        for number, entry in enumerate(before)
    ]
    assert "6770" in run_(args=["firstline", "bookkeeping", *days]).stdout


def test_a_wrong_account_is_refused_at_the_start(make_shop: MakeShop) -> None:
    with pytest.raises(ConfigError, match="FIRSTLINE_BOOK_ACCOUNTS"):
        make_shop(FIRSTLINE_BOOK_ACCOUNTS={"bank": "1200"})
