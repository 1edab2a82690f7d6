"""What kickbacks are read from: promoters with their campaigns, and the codes and rewards of an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select

from ..models import Campaign, Code, Document, Promoter, Redemption, RedemptionState, Reward
from .context import Context
from .counting import LIVE
from .documents import Paper

_CAMPAIGN = Campaign.__table__
_CODE = Code.__table__
_DOCUMENT = Document.__table__
_PROMOTER = Promoter.__table__
_REDEMPTION = Redemption.__table__
_REWARD = Reward.__table__
_USED = _REDEMPTION.c.state.in_((RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value))
PROMOTERS: Select[Any] = (
    select(
        _PROMOTER.c.id, _PROMOTER.c.campaign_id, _PROMOTER.c.code_id, _CAMPAIGN.c.kickback,
        _CAMPAIGN.c.share_steps, _CAMPAIGN.c.hold_days,
        func.coalesce(_CODE.c.owner_id, _PROMOTER.c.contact_id).label("sharer_id"),
    )
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _PROMOTER.c.campaign_id)
    .join(_CODE, _CODE.c.id == _PROMOTER.c.code_id)
)  # fmt: skip


def paid_by_reward(ctx: Context, order: Paper) -> bool:
    """Say whether a reward went into the order itself: rewards would pay for rewards."""
    query = (
        select(_REWARD.c.id)
        .join(_REDEMPTION, _REDEMPTION.c.code_id == _REWARD.c.code_id)
        .where(_REDEMPTION.c.source == order.source, _REDEMPTION.c.order_ref == order.ref, _USED, LIVE)
    )
    return ctx.conn.execute(query.limit(1)).first() is not None


def is_used(ctx: Context, code_id: int, order: Paper) -> bool:
    """Say whether an order uses a code."""
    mine = (_REDEMPTION.c.source == order.source, _REDEMPTION.c.order_ref == order.ref)
    query = select(_REDEMPTION.c.id).where(_REDEMPTION.c.code_id == code_id, *mine, _USED, LIVE)
    return ctx.conn.execute(query.limit(1)).first() is not None


def order_of(ctx: Context, document_id: int) -> Row[Any]:
    """Give source, ref and id of the order that a document is, or stands for a part of."""
    whole = select(func.coalesce(_DOCUMENT.c.order_id, _DOCUMENT.c.id)).where(_DOCUMENT.c.id == document_id)
    query: Select[Any] = select(_DOCUMENT.c.id, _DOCUMENT.c.source, _DOCUMENT.c.ref)
    return ctx.conn.execute(query.where(_DOCUMENT.c.id == whole.scalar_subquery())).one()


def codes_used(ctx: Context, order: Row[Any]) -> Sequence[int]:
    """Give the codes that an order uses."""
    mine = (_REDEMPTION.c.source == order.source, _REDEMPTION.c.order_ref == order.ref, LIVE)
    return ctx.conn.execute(select(_REDEMPTION.c.code_id).where(*mine)).scalars().all()


def promoters_of_friends(ctx: Context, order: Row[Any], codes: Sequence[int]) -> Sequence[Row[Any]]:
    """Give the promoters whose codes an order uses, or has used when somebody was rewarded for it."""
    given = exists().where(
        _REWARD.c.source == order.source,
        _REWARD.c.order_ref == order.ref,
        _REWARD.c.campaign_id == _PROMOTER.c.campaign_id,
        _REWARD.c.contact_id == _CODE.c.owner_id,
    )
    before = select(_REWARD.c.campaign_id).where(
        _REWARD.c.source == order.source, _REWARD.c.order_ref == order.ref
    )
    then = and_(_PROMOTER.c.campaign_id.in_(before), given)
    query = PROMOTERS.where(or_(_PROMOTER.c.code_id.in_(codes), then))
    return ctx.conn.execute(query.order_by(_PROMOTER.c.id)).all()


def find_order(ctx: Context, source: str, ref: str) -> Row[Any] | None:
    """Give an order of the shop, and since when it is disputed; None where it is not known."""
    mine = (_DOCUMENT.c.source == source, _DOCUMENT.c.kind == "order", _DOCUMENT.c.ref == ref)
    query: Select[Any] = select(_DOCUMENT.c.id, _DOCUMENT.c.disputed_at).where(*mine)
    return ctx.conn.execute(query).one_or_none()
