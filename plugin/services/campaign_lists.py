"""Campaigns, sharers, rewards and suspicions as programs list them: by id, a page after a page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from ..models import (
    Campaign,
    Code,
    Contact,
    Coupon,
    Document,
    Promoter,
    Redemption,
    Reward,
    ShareAct,
    Suspicion,
)
from .counting import LIVE
from .slices import Conditions, wanted, within

_CAMPAIGN = Campaign.__table__
_CODE = Code.__table__
_COUPON = Coupon.__table__
_DOCUMENT = Document.__table__
_PROMOTER = Promoter.__table__
_REDEMPTION = Redemption.__table__
_REWARD = Reward.__table__
_ACT = ShareAct.__table__
_SUSPICION = Suspicion.__table__
_PERSON = Contact.__table__.alias("person")
_OTHER = Contact.__table__.alias("other")


def _count(outer: Any, *where: Any) -> Any:  # noqa: ANN401 - SQL
    return select(func.count()).where(*where).correlate(outer).scalar_subquery()


CAMPAIGNS = select(
    _CAMPAIGN,
    _COUPON.c.amount,
    _COUPON.c.percent,
    _COUPON.c.currency,
    _count(_CAMPAIGN, _PROMOTER.c.campaign_id == _CAMPAIGN.c.id).label("promoters"),
    _count(_CAMPAIGN, _REDEMPTION.c.coupon_id == _CAMPAIGN.c.coupon_id, LIVE).label("redemptions"),
    _count(_CAMPAIGN, _REWARD.c.campaign_id == _CAMPAIGN.c.id, _REWARD.c.state != "void").label("rewards"),
).join_from(_CAMPAIGN, _COUPON, _COUPON.c.id == _CAMPAIGN.c.coupon_id)


def _rewarded(state: str) -> Any:  # noqa: ANN401 - SQL
    own = and_(
        _REWARD.c.contact_id == _PROMOTER.c.contact_id, _REWARD.c.campaign_id == _PROMOTER.c.campaign_id
    )
    return _count(_PROMOTER, own, _REWARD.c.state == state).label(state)


_VISITS = select(func.coalesce(func.sum(_ACT.c.visits), 0)).where(_ACT.c.promoter_id == _PROMOTER.c.id)
PROMOTERS = (
    select(
        _PROMOTER.c.id,
        _PROMOTER.c.campaign_id,
        _PROMOTER.c.joined_at,
        _CODE.c.display,
        _PERSON.c.ref.label("person_ref"),
        _VISITS.correlate(_PROMOTER).scalar_subquery().label("visits"),
        _count(_PROMOTER, _ACT.c.promoter_id == _PROMOTER.c.id, _ACT.c.pressed > 0).label("ways"),
        _count(_PROMOTER, _REDEMPTION.c.code_id == _PROMOTER.c.code_id, LIVE).label("redemptions"),
        *(_rewarded(state) for state in ("pending", "active", "used")),
    )
    .join_from(_PROMOTER, _CODE, _CODE.c.id == _PROMOTER.c.code_id)
    .join(_PERSON, _PERSON.c.id == _PROMOTER.c.contact_id)
)
REWARDS = (
    select(_REWARD, _CODE.c.display, _PERSON.c.ref.label("person_ref"), _OTHER.c.ref.label("friend_ref"))
    .join_from(_REWARD, _PERSON, _PERSON.c.id == _REWARD.c.contact_id)
    .outerjoin(_CODE, _CODE.c.id == _REWARD.c.code_id)
    .outerjoin(_OTHER, _OTHER.c.id == _REWARD.c.friend_id)
)
SUSPICIONS = (
    select(
        _SUSPICION,
        _PERSON.c.ref.label("partner_ref"),
        _OTHER.c.ref.label("other_ref"),
        _DOCUMENT.c.ref.label("order_ref"),
    )
    .join_from(_SUSPICION, _PERSON, _PERSON.c.id == _SUSPICION.c.partner_id)
    .outerjoin(_OTHER, _OTHER.c.id == _SUSPICION.c.other_id)
    .outerjoin(_DOCUMENT, _DOCUMENT.c.id == _SUSPICION.c.document_id)
)


def campaigns_where(*, name: str | None = None, active: bool | None = None) -> Conditions:
    """Give what narrows campaigns."""
    return wanted((_CAMPAIGN.c.name, name), (_CAMPAIGN.c.active, active))


def promoters_where(*, campaign: int | None = None, customer: str | None = None) -> Conditions:
    """Give what narrows sharers; `customer` is a ref."""
    return wanted((_PROMOTER.c.campaign_id, campaign), (_PERSON.c.ref, customer))


def rewards_where(
    *,
    campaign: int | None = None,
    customer: str | None = None,
    friend: str | None = None,
    order: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows rewards; `since` and `until` (no part of it) are about when they were earned."""
    found = wanted(
        (_REWARD.c.campaign_id, campaign),
        (_PERSON.c.ref, customer),
        (_OTHER.c.ref, friend),
        (_REWARD.c.order_ref, order),
        (_REWARD.c.state, state),
    )
    return [*found, *within(_REWARD.c.created_at, since, until)]


def suspicions_where(
    *,
    partner: str | None = None,
    order: str | None = None,
    about: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows suspicions; `since` and `until` (no part of it) are about when they were found."""
    found = wanted(
        (_PERSON.c.ref, partner),
        (_DOCUMENT.c.ref, order),
        (_SUSPICION.c.about, about),
        (_SUSPICION.c.state, state),
    )
    return [*found, *within(_SUSPICION.c.opened_at, since, until)]
