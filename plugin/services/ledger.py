"""Accounts of partners: their balances, and how amounts are moved between them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, select, tuple_, update

from ..models import AccountKind, Balance, Contact, PostingKind
from ..models.base import Insert, dialect_insert
from .context import Context

SHARDS = 16
"""Over how many rows an account is spread whose partner is marked hot; else it is in shard 0 alone."""
_LOCKED_AT_ONCE = 1000
_BALANCE = Balance.__table__
_CONTACT = Contact.__table__
_KEY = (_BALANCE.c.partner_id, _BALANCE.c.kind, _BALANCE.c.currency)
_OF = {
    "of_partner": bindparam("of_partner", type_=_BALANCE.c.partner_id.type),
    "of_kind": bindparam("of_kind", type_=_BALANCE.c.kind.type),
    "of_currency": bindparam("of_currency", type_=_BALANCE.c.currency.type),
}
_MORE = bindparam("more", type_=_BALANCE.c.amount.type)
_THIS = [column == value for column, value in zip(_KEY, _OF.values(), strict=True)]
_ADD = (
    update(_BALANCE)
    .where(*_THIS, _BALANCE.c.shard == bindparam("of_shard"))
    .values(amount=_BALANCE.c.amount + _MORE)
)
_LOCK = (
    select(_BALANCE)
    .where(tuple_(*_KEY).in_(bindparam("accounts", expanding=True)))
    .order_by(*_KEY, _BALANCE.c.shard)
    .with_for_update()
)
_FREE = select(_BALANCE.c.shard).where(*_THIS).order_by(_BALANCE.c.shard).limit(1)
"""The first shard of an account that no other transaction holds."""
Account = tuple[int, str, str]
"""Partner, kind and currency."""
_Shards = dict[int, int]
"""What the shards of an account hold."""


class NotCoveredError(Exception):
    """An account holds less than what was to be taken."""


@cache
def add_to_account(dialect: str) -> Insert:
    """Add to an account: of a hot partner to a shard where nobody has to be waited for."""
    drawn = bindparam("of_shard", type_=_BALANCE.c.shard.type)
    free = func.coalesce(_FREE.with_for_update(skip_locked=True).scalar_subquery(), drawn)
    shard = case((_CONTACT.c.hot, free), else_=0)
    row = select(*_OF.values(), shard, _MORE).where(_CONTACT.c.id == _OF["of_partner"])
    columns = ["partner_id", "kind", "currency", "shard", "amount"]
    statement = dialect_insert(_BALANCE, dialect).from_select(columns, row)
    return statement.on_conflict_do_update(
        index_elements=list(_BALANCE.primary_key.columns),
        set_={"amount": _BALANCE.c.amount + statement.excluded.amount},
    )


@cache
def _missing(dialect: str) -> Insert:
    return dialect_insert(_BALANCE, dialect).on_conflict_do_nothing()


def move_balances(
    ctx: Context, moves: Mapping[Account, int], *, may_be_first: bool = False, covered: bool = False
) -> None:
    """Change balances in the order of accounts and shards, so that parallel calls cannot lock each other out.

    `may_be_first` says that something may be taken from an account that has had nothing yet; `covered` that
    accounts must hold what is taken, else NotCoveredError is raised.
    """
    accounts = sorted(account for account, amount in moves.items() if amount)
    if not accounts:
        return
    if all(moves[account] > 0 for account in accounts):
        add_to_accounts(ctx.conn, {account: moves[account] for account in accounts})
        return
    if may_be_first or any(moves[account] > 0 for account in accounts):
        ctx.conn.execute(_missing(ctx.conn.dialect.name), [_nothing(account) for account in accounts])
    bounded = [account for account in accounts if covered or account[1] != AccountKind.PAYABLE.value]
    held = _locked(ctx, accounts)
    if any(_is_short(held[account], moves[account]) for account in bounded):
        # A shard may have come while those of before were waited for; what is there now shows it.
        held = _locked(ctx, accounts)
    if covered and any(_is_short(held[account], moves[account]) for account in bounded):
        raise NotCoveredError
    changes = [
        _named(account, shard, more)
        for account in accounts
        for shard, more in _drawn(held[account], moves[account])
    ]
    ctx.conn.execute(_ADD, changes)


def add_to_accounts(conn: Connection, moves: Mapping[Account, int]) -> None:
    """Add to accounts in their order: of a hot partner to a shard that is free, else to shard 0."""
    rows = [_named(account, random.randrange(SHARDS), moves[account]) for account in sorted(moves)]  # noqa: S311
    conn.execute(add_to_account(conn.dialect.name), rows)


def _locked(ctx: Context, accounts: Sequence[Account]) -> dict[Account, _Shards]:
    """Lock all shards of accounts in their order; give what they hold."""
    held: dict[Account, _Shards] = defaultdict(dict)
    for begin in range(0, len(accounts), _LOCKED_AT_ONCE):
        some = accounts[begin : begin + _LOCKED_AT_ONCE]
        for row in ctx.conn.execute(_LOCK, {"accounts": some}):
            held[row.partner_id, row.kind, row.currency][row.shard] = row.amount
    return held


def _is_short(shards: _Shards, more: int) -> bool:
    return more < 0 and sum(shards.values()) + more < 0


def _drawn(shards: _Shards, more: int) -> Iterator[tuple[int, int]]:
    """Give what shards change by, the first ones first; what none can cover lowers the first below 0."""
    first, left = min(shards, default=0), more
    changes = {first: 0}
    for shard, amount in sorted(shards.items()) if more < 0 else ():
        part = min(max(amount, 0), -left)
        changes[shard] = -part
        left += part
    changes[first] += left
    return ((shard, change) for shard, change in sorted(changes.items()) if change)


def _named(account: Account, shard: int, more: int) -> dict[str, object]:
    return {**dict(zip(_OF, account, strict=True)), "of_shard": shard, "more": more}


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
        "portion": row.portion,
        "at": ctx.now,
    }


def _nothing(account: Account) -> dict[str, object]:
    partner_id, kind, currency = account
    return {"partner_id": partner_id, "kind": kind, "currency": currency, "shard": 0, "amount": 0}


def balances(ctx: Context, partner_id: int) -> dict[str, dict[str, int]]:
    """Give a partner's balances per currency and account, in minor units."""
    query = select(_BALANCE).where(_BALANCE.c.partner_id == partner_id)
    found: dict[str, dict[str, int]] = {}
    for row in ctx.conn.execute(query):
        account = found.setdefault(row.currency, {"on_hold": 0, "payable": 0, "paid": 0})
        account[row.kind] += row.amount
    return found
