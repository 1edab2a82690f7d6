"""What tests of balances in shards share: accounts as many writers at once leave them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from flask_firstline.models import Balance
from flask_firstline.services import hot

_BALANCE = Balance.__table__
_KEY = (_BALANCE.c.kind, _BALANCE.c.currency)


def scatter(conn: Connection, partner_id: int, shards: int = 3) -> None:
    """Spread what a partner has over the first shards, as evenly as whole units allow."""
    mine = _BALANCE.c.partner_id == partner_id
    sums = select(*_KEY, func.sum(_BALANCE.c.amount).label("amount")).where(mine).group_by(*_KEY)
    found = conn.execute(sums).all()
    conn.execute(delete(_BALANCE).where(mine))
    for row in found:
        part, rest = divmod(int(row.amount), shards)
        for shard in range(shards):
            amount = part + (rest if shard == shards - 1 else 0)
            key = {"partner_id": partner_id, "kind": row.kind, "currency": row.currency, "shard": shard}
            conn.execute(insert(_BALANCE).values(**key, amount=amount))


def make_hot(conn: Connection, partner_id: int, now: datetime) -> None:
    """Mark a partner hot, and spread what there is."""
    hot.heat(conn, partner_id, why="many sales", who="test", now=now)
    scatter(conn, partner_id)
