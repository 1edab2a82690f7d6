"""The endpoints of campaigns: what they offer, who shares, what was earned by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from ..domain import reward
from ..domain.money import major
from ..services import campaign_lists, campaigns, slices
from ..services.context import Context
from . import answering
from .campaign_schemas import (
    CampaignPageSchema,
    CampaignQuerySchema,
    CampaignSchema,
    RewardPageSchema,
    RewardQuerySchema,
    RewardSchema,
    SharerPageSchema,
    SharerQuerySchema,
)
from .edge import blueprint, operation

READ, TAG = "campaigns:read", "Campaigns"
Values = Mapping[str, Any]


@operation("GET", "/campaigns", scope=READ, tag=TAG)
@blueprint.arguments(CampaignQuerySchema, location="query")
@blueprint.response(200, CampaignPageSchema)
def list_campaigns(asked: Values) -> Response:
    """List campaigns with their numbers, the oldest first."""
    ctx, conditions = answering.reading(), campaign_lists.campaigns_where(**answering.narrowing(asked))
    return answering.listed(
        CampaignPageSchema(), campaign_lists.CAMPAIGNS, conditions, asked, lambda row: _campaign(ctx, row)
    )


@operation("GET", "/campaigns/<campaign_id>", scope=READ, tag=TAG)
@blueprint.response(200, CampaignSchema)
def get_campaign(campaign_id: int) -> Response:
    """Give one campaign with its numbers."""
    ctx = answering.reading()
    row = slices.one(ctx.conn, campaign_lists.CAMPAIGNS, campaign_id, "campaign")
    return answering.shown(CampaignSchema(), _campaign(ctx, row))


@operation("GET", "/sharers", scope=READ, tag=TAG)
@blueprint.arguments(SharerQuerySchema, location="query")
@blueprint.response(200, SharerPageSchema)
def list_sharers(asked: Values) -> Response:
    """List who shares in campaigns, with their codes for friends and what came of them."""
    conditions = campaign_lists.promoters_where(**answering.narrowing(asked))
    return answering.listed(SharerPageSchema(), campaign_lists.PROMOTERS, conditions, asked, _sharer)


@operation("GET", "/rewards", scope=READ, tag=TAG)
@blueprint.arguments(RewardQuerySchema, location="query")
@blueprint.response(200, RewardPageSchema)
def list_rewards(asked: Values) -> Response:
    """List rewards, the oldest first: all, or those of a customer, a campaign, an order."""
    conditions = campaign_lists.rewards_where(**answering.narrowing(asked))
    return answering.listed(RewardPageSchema(), campaign_lists.REWARDS, conditions, asked, _reward)


@operation("GET", "/rewards/<reward_id>", scope=READ, tag=TAG)
@blueprint.response(200, RewardSchema)
def get_reward(reward_id: int) -> Response:
    """Give one reward."""
    row = slices.one(answering.reading().conn, campaign_lists.REWARDS, reward_id, "reward")
    return answering.shown(RewardSchema(), _reward(row))


def _campaign(ctx: Context, row: Row[Any]) -> dict[str, object]:
    return {
        **row._mapping,
        "running": campaigns.is_running(row, ctx.now),
        "coupon": row.coupon_id,
        "friend": _worth(row.amount, row.percent, row.currency),
        "kickback": None if row.kickback is None else _terms(row.kickback),
        "share_steps": [_terms(step) for step in row.share_steps],
    }


def _sharer(row: Row[Any]) -> dict[str, object]:
    own = {"campaign": row.campaign_id, "customer": row.person_ref, "code": row.display}
    return {**row._mapping, **own}


def _reward(row: Row[Any]) -> dict[str, object]:
    return {
        **row._mapping,
        **_terms(row.terms),
        "customer": row.person_ref,
        "campaign": row.campaign_id,
        "friend": row.friend_ref,
        "order": row.order_ref,
        "code": row.display,
        "owed": None if row.currency is None else major(row.owed, row.currency),
    }


def _terms(packed: Mapping[str, Any]) -> dict[str, object]:
    known = reward.read(packed)
    return _worth(known.amount, known.percent, known.currency)


def _worth(amount: int | None, percent: object, currency: str | None) -> dict[str, object]:
    told = None if amount is None or currency is None else major(amount, currency)
    return {"amount": told, "percent": percent, "currency": currency}
