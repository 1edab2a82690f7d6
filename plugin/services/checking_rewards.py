"""Check rewards: what is used was redeemed, one cause rewards once, what is owed was used and withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select

from ..domain.reward import read
from ..models import Code, Coupon, Outbox, Redemption, RedemptionState, Reward, RewardNetting, RewardState
from .checking import Checked, Comparison
from .context import Context

FOLLOWED = (
    "order_placed", "order_changed", "order_cancelled", "payment_failed", "invoice_refunded",
    "coupon_released",
)  # fmt: skip
"""Facts after which the worker looks at rewards: what they changed and it has not seen is not compared."""
_CODE = Code.__table__
_COUPON = Coupon.__table__
_NETTING = RewardNetting.__table__
_OUTBOX = Outbox.__table__
_REDEMPTION = Redemption.__table__
_REWARD = Reward.__table__
_LIVE = _REDEMPTION.c.state.in_((RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value))
_TAKEN = (
    select(func.coalesce(func.sum(_REDEMPTION.c.discount + _REDEMPTION.c.credit), 0))
    .where(_REDEMPTION.c.code_id == _REWARD.c.code_id, _LIVE)
    .scalar_subquery()
)
_NETTED = (
    select(func.coalesce(func.sum(_NETTING.c.amount), 0))
    .where(_NETTING.c.owed_id == _REWARD.c.id)
    .scalar_subquery()
)
_MADE_UP = (
    select(func.coalesce(func.sum(_NETTING.c.amount), 0))
    .where(_NETTING.c.by_id == _REWARD.c.id)
    .scalar_subquery()
)


def check_rewards(ctx: Context) -> Iterator[Checked]:
    """Compare rewards with redemptions, causes, and what others made up for."""
    yield _used(ctx)
    yield _once(ctx)
    yield _owed(ctx)
    yield _made_up(ctx)


def _used(ctx: Context) -> Checked:
    comparison = Comparison("used rewards = redemptions")
    redeemed = select(_REDEMPTION.c.id).where(_REDEMPTION.c.code_id == _REWARD.c.code_id).exists()
    by = select(_NETTING.c.by_id).where(_NETTING.c.by_id == _REWARD.c.id).exists()
    query = select(_REWARD.c.id, or_(redeemed, by).label("known"))
    for row in ctx.conn.execute(query.where(_REWARD.c.state == RewardState.USED.value)):
        comparison.states(f"reward {row.id}", computed="used" if row.known else "not used", kept="used")
    return comparison.done()


def _once(ctx: Context) -> Checked:
    comparison = Comparison("rewarded orders = their rewards")
    names = (_REWARD.c.campaign_id, _REWARD.c.contact_id, _REWARD.c.source, _REWARD.c.order_ref)
    given = and_(_REWARD.c.order_ref.is_not(None), _REWARD.c.campaign_id.is_not(None))
    query = select(*names, func.count().label("rewards")).where(given).group_by(*names)
    for row in ctx.conn.execute(query):
        comparison.count(f"order {row.order_ref} of campaign {row.campaign_id}", computed=1, kept=row.rewards)
    return comparison.done()


def _owed(ctx: Context) -> Checked:
    comparison = Comparison("used and withdrawn = owed")
    query: Select[Any] = select(
        _REWARD.c.id, _REWARD.c.owed, _REWARD.c.currency, _TAKEN.label("taken"), _NETTED.label("netted")
    ).where(_REWARD.c.withdrawn_at.is_not(None), _REWARD.c.code_id.is_not(None))
    for row in ctx.conn.execute(_seen(ctx, query)):
        if row.currency is not None:
            computed = max(int(row.taken), int(row.netted))
            comparison.amount(f"reward {row.id}", row.currency, computed=computed, kept=row.owed)
    return comparison.done()


def _seen(ctx: Context, query: Select[Any]) -> Select[Any]:
    """Leave out rewards whose redemptions have changed since the oldest fact that the worker has not seen."""
    oldest = select(func.min(_OUTBOX.c.created_at)).where(
        _OUTBOX.c.state == "waiting", _OUTBOX.c.topic.in_(FOLLOWED)
    )
    since: datetime | None = ctx.conn.execute(oldest).scalar()
    if since is None:
        return query
    changed = select(_REDEMPTION.c.id).where(
        _REDEMPTION.c.code_id == _REWARD.c.code_id, _REDEMPTION.c.changed_at >= since
    )
    return query.where(~changed.exists())


def _made_up(ctx: Context) -> Checked:
    """Compare what a code is worth, with what the reward made up for, with what was promised."""
    comparison = Comparison("rewards = their codes and what they made up for")
    query: Select[Any] = (
        select(_REWARD.c.id, _REWARD.c.terms, _COUPON.c.amount, _CODE.c.credit, _MADE_UP.label("made_up"))
        .outerjoin(_CODE, _CODE.c.id == _REWARD.c.code_id)
        .outerjoin(_COUPON, _COUPON.c.id == _CODE.c.coupon_id)
        .where(or_(_REWARD.c.code_id.is_not(None), _REWARD.c.state == RewardState.USED.value))
        .where(_REWARD.c.withdrawn_at.is_(None))
    )
    for row in ctx.conn.execute(query):
        _compare_worth(comparison, row)
    return comparison.done()


def _compare_worth(comparison: Comparison, row: Row[Any]) -> None:
    terms = read(row.terms)
    if terms.amount is not None and terms.currency is not None:
        worth = row.credit if row.credit is not None else row.amount or 0
        kept = worth + int(row.made_up)
        comparison.amount(f"reward {row.id}", terms.currency, computed=terms.amount, kept=kept)
