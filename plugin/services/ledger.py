"""Accounts of partners: their balances, and how amounts are moved between them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from ..models import AccountKind, Balance, PostingKind
from ..models.base import Insert, dialect_insert
from .context import Context

_BALANCE = Balance.__table__
_ADD = (
    update(_BALANCE)
    .where(
        _BALANCE.c.partner_id == bindparam("of_partner"),
        _BALANCE.c.kind == bindparam("of_kind"),
        _BALANCE.c.currency == bindparam("of_currency"),
        _BALANCE.c.shard == 0,
    )
    .values(amount=_BALANCE.c.amount + bindparam("more"))
)
Account = tuple[int, str, str]
"""Partner, kind and currency."""


@cache
def _upsert(dialect: str) -> Insert:
    statement = dialect_insert(_BALANCE, dialect)
    return statement.on_conflict_do_update(
        index_elements=list(_BALANCE.primary_key.columns),
        set_={"amount": _BALANCE.c.amount + statement.excluded.amount},
    )


@cache
def _missing(dialect: str) -> Insert:
    return dialect_insert(_BALANCE, dialect).on_conflict_do_nothing()


def move_balances(ctx: Context, moves: Mapping[Account, int], *, may_be_first: bool = False) -> None:
    """Change balances in the order of the accounts, so that parallel calls cannot lock each other out.

    `may_be_first` says that something may be taken from an account that has had nothing yet.
    """
    accounts = sorted(account for account, amount in moves.items() if amount)
    if not accounts:
        return
    rows = [_balance_row(account, moves[account]) for account in accounts]
    if all(moves[account] > 0 for account in accounts):
        ctx.conn.execute(_upsert(ctx.conn.dialect.name), rows)
        return
    if may_be_first or any(moves[account] > 0 for account in accounts):
        ctx.conn.execute(_missing(ctx.conn.dialect.name), [{**row, "amount": 0} for row in rows])
    names = ("of_partner", "of_kind", "of_currency")
    ctx.conn.execute(
        _ADD, [{**dict(zip(names, account, strict=True)), "more": moves[account]} for account in accounts]
    )


def move_accrual(
    ctx: Context,
    call_id: int,
    row: Row[Any],
    kind: PostingKind,
    origin: AccountKind,
    to: AccountKind,
    moves: dict[Account, int],
) -> dict[str, object]:
    """Give the posting that moves what is left of an accrual, and add it to the `moves` of balances."""
    amount = row.amount - row.reversed
    moves[row.partner_id, origin.value, row.currency] -= amount
    moves[row.partner_id, to.value, row.currency] += amount
    return {
        "call_id": call_id,
        "seq": ctx.next_seq(call_id),
        "kind": kind.value,
        "partner_id": row.partner_id,
        "origin": origin.value,
        "destination": to.value,
        "amount": amount,
        "currency": row.currency,
        "document_id": row.document_id,
        "line_key": row.line_key,
        "level": row.level,
        "at": ctx.now,
    }


def _balance_row(account: Account, amount: int) -> dict[str, object]:
    partner_id, kind, currency = account
    return {"partner_id": partner_id, "kind": kind, "currency": currency, "shard": 0, "amount": amount}


def balances(ctx: Context, partner_id: int) -> dict[str, dict[str, int]]:
    """Give a partner's balances per currency and account, in minor units."""
    query = select(_BALANCE).where(_BALANCE.c.partner_id == partner_id)
    found: dict[str, dict[str, int]] = {}
    for row in ctx.conn.execute(query):
        account = found.setdefault(row.currency, {"on_hold": 0, "payable": 0, "paid": 0})
        account[row.kind] += row.amount
    return found
