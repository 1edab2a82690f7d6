"""What was used of rewards that were withdrawn is taken off the person's next ones, never asked back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, cast, delete, func, insert, select

from ..domain.coupon import Treatment
from ..domain.reward import RewardTerms
from ..models import Reward, RewardNetting, RewardState
from .context import Context

_NETTING = RewardNetting.__table__
_REWARD = Reward.__table__
_DONE = (
    select(func.coalesce(func.sum(_NETTING.c.amount), 0))
    .where(_NETTING.c.owed_id == _REWARD.c.id)
    .scalar_subquery()
)


def net(ctx: Context, row: Row[Any], terms: RewardTerms) -> RewardTerms | None:
    """Take what the person owes off a reward; None where nothing is left of it. The person is locked.

    An amount pays what is owed in its currency. A per cent cannot be split: it makes up for one reward, of a
    per cent too.
    """
    open_ones = _open_ones(ctx.conn, row.contact_id)
    if terms.amount is None:
        return _net_whole(ctx, row, terms, open_ones)
    left = terms.amount
    for owed in open_ones:
        amount = min(left, owed.open) if owed.currency == terms.currency else 0
        if amount:
            _note(ctx, owed.id, row.id, amount)
            left -= amount
    return terms.less(terms.amount - left) if left else None


def _net_whole(
    ctx: Context, row: Row[Any], terms: RewardTerms, open_ones: list[Row[Any]]
) -> RewardTerms | None:
    owed = next((one for one in open_ones if "percent" in one.terms), None)
    if owed is None:
        return terms
    _note(ctx, owed.id, row.id, owed.open)
    return None


def _open_ones(conn: Connection, contact_id: int) -> list[Row[Any]]:
    left = cast(_REWARD.c.owed - _DONE, BigInteger).label("open")
    mine = (_REWARD.c.contact_id == contact_id, _REWARD.c.state == RewardState.OWED.value)
    query = select(_REWARD.c.id, _REWARD.c.currency, _REWARD.c.terms, left).where(
        *mine, _REWARD.c.owed > _DONE
    )
    return list(conn.execute(query.order_by(_REWARD.c.id)))


def _note(ctx: Context, owed_id: int, by_id: int, amount: int) -> None:
    ctx.conn.execute(insert(_NETTING), {"owed_id": owed_id, "by_id": by_id, "amount": amount})


def undo(ctx: Context, by_id: int) -> None:
    """Let what a reward had made up for be owed again: that reward is withdrawn itself."""
    ctx.conn.execute(delete(_NETTING).where(_NETTING.c.by_id == by_id))


def netted(conn: Connection, owed_id: int) -> int:
    """Give what others have made up for on a reward that is owed, in minor units."""
    query = select(func.coalesce(func.sum(_NETTING.c.amount), 0)).where(_NETTING.c.owed_id == owed_id)
    return int(conn.execute(query).scalar_one())


def owed_by(conn: Connection, contact_id: int) -> Mapping[str, int]:
    """Give what is still to be taken off the next rewards of a person, in minor units by currency."""
    found: dict[str, int] = {}
    for row in _open_ones(conn, contact_id):
        found[row.currency] = found.get(row.currency, 0) + row.open
    return found


def given_back(terms: RewardTerms, amount: int, currency: str) -> RewardTerms:
    """Give the terms of a reward over what was taken off too much."""
    return replace(
        terms, amount=amount, percent=None, cap=None, currency=currency, treatment=Treatment.PRICE_CUT
    )
