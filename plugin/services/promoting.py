"""What a buyer sees of the own codes and rewards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from ..models import Campaign, Code, Contact, Coupon, Promoter, Redemption, RedemptionState, Reward
from . import campaigns, reward_netting
from .context import Context
from .kickbacks import OWN_RETURNED, RETURNED

_CAMPAIGN = Campaign.__table__
_CODE = Code.__table__
_CONTACT = Contact.__table__
_PROMOTER = Promoter.__table__
_REDEMPTION = Redemption.__table__
_REWARD = Reward.__table__
_LIVE = (RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value)
_REDEEMED = (
    select(func.count())
    .where(_REDEMPTION.c.code_id == _PROMOTER.c.code_id, _REDEMPTION.c.state.in_(_LIVE))
    .scalar_subquery()
)
_MINE: Select[Any] = (
    select(_PROMOTER, _CODE.c.display, _CODE.c.active.label("code_active"), _REDEEMED.label("redeemed"))
    .join(_CODE, _CODE.c.id == _PROMOTER.c.code_id)
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _PROMOTER.c.campaign_id)
    .order_by(_CAMPAIGN.c.starts_at.desc(), _PROMOTER.c.id.desc())
)


@dataclass(frozen=True, kw_only=True)
class Own:
    """One code of a buyer: its campaign with the coupon, how often it was redeemed, if it still counts."""

    promoter_id: int
    code: str
    campaign: Row[Any]
    coupon: Row[Any]
    redeemed: int
    runs: bool


@dataclass(frozen=True, kw_only=True)
class OwnReward:
    """One reward of a buyer; `code` is None until it is active."""

    terms: Mapping[str, Any]
    state: str
    code: str | None
    due_at: datetime | None
    until: datetime | None
    used_at: datetime | None
    returned: bool
    """Whether it is withdrawn because an order was returned."""


def promoter_contact(ctx: Context, promoter_id: int) -> int | None:
    """Give whose a promoter's page is; None where the person was erased."""
    owner = func.coalesce(_CODE.c.owner_id, _PROMOTER.c.contact_id)
    query = (
        select(owner)
        .select_from(_PROMOTER)
        .join(_CODE, _CODE.c.id == _PROMOTER.c.code_id)
        .join(_CONTACT, _CONTACT.c.id == owner)
        .where(_PROMOTER.c.id == promoter_id, _CONTACT.c.erased_at.is_(None))
    )
    return ctx.conn.execute(query).scalar()


def own_codes(ctx: Context, contact_id: int) -> list[Own]:
    """Give the codes that somebody may pass on, that of the newest campaign first."""
    mine = func.coalesce(_CODE.c.owner_id, _PROMOTER.c.contact_id) == contact_id
    found = []
    for row in ctx.conn.execute(_MINE.where(mine)).all():
        campaign = campaigns.get_campaign(ctx.conn, row.campaign_id)
        coupon = ctx.conn.execute(select(Coupon.__table__).where(Coupon.id == campaign.coupon_id)).one()
        runs = campaigns.offers(campaign, coupon, ctx.now) and row.code_active
        found.append(
            Own(
                promoter_id=row.id,
                code=row.display,
                campaign=campaign,
                coupon=coupon,
                redeemed=row.redeemed,
                runs=runs,
            )
        )
    return found


def own_rewards(ctx: Context, contact_id: int) -> list[OwnReward]:
    """Give the rewards of somebody, newest first; what was refused is left out."""
    query: Select[Any] = (
        select(_REWARD, _CODE.c.display, _CODE.c.valid_until)
        .outerjoin(_CODE, _CODE.c.id == _REWARD.c.code_id)
        .where(_REWARD.c.contact_id == contact_id)
        .order_by(_REWARD.c.id.desc())
    )
    return [
        OwnReward(
            terms=row.terms,
            state=row.state,
            code=row.display,
            due_at=row.due_at,
            until=row.valid_until,
            used_at=row.used_at,
            returned=row.why in {RETURNED, OWN_RETURNED},
        )
        for row in ctx.conn.execute(query.limit(200)).all()
        if not (row.state == "void" and row.code_id is None and row.due_at is None)
    ]


def owed(ctx: Context, contact_id: int) -> Mapping[str, int]:
    """Give what is still to be taken off somebody's next rewards, in minor units by currency."""
    return reward_netting.owed_by(ctx.conn, contact_id)
