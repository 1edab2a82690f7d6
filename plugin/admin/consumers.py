"""Consumers: friends who came through a promoter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import (
    Campaign,
    Redemption,
    Referral,
    Reward,
)
from ..services.listing import AnyRow, Query
from .campaign_columns import (
    BY_CAMPAIGN,
    BY_PROMOTER,
    CAMPAIGN_COLUMN,
    FRIEND,
    LIVE,
    PROMOTER_COLUMN,
    SHARER,
    campaign_label,
)
from .common_filters import made_between, person
from .edge import now
from .nouns import Column, Filter, Kind, Noun, Scope, State
from .show import contact_link, contact_name

_ORDERS_OF_FRIEND = (
    select(func.count())
    .select_from(Redemption)
    .where(Redemption.contact_id == Referral.friend_id, Redemption.code_id == Referral.code_id, LIVE)
    .correlate(Referral)
    .scalar_subquery()
)
_REWARDS_OF_FRIEND = (
    select(func.count())
    .select_from(Reward)
    .where(Reward.referral_id == Referral.id, Reward.state != "void")
    .correlate(Referral)
    .scalar_subquery()
)
_WAYS = {
    "code": _l("ordered with the code"),
    "sign-up": _l("signed up with the code"),
    "link": _l("came by a link"),
    "rule": _l("by a rule"),
    "admin": _l("by an admin"),
}


def _consumers() -> Query:
    return (
        select(
            Referral, Campaign, SHARER, FRIEND, _ORDERS_OF_FRIEND.label("orders"),
            _REWARDS_OF_FRIEND.label("rewards"),
        )
        .join(Campaign, Campaign.id == Referral.campaign_id, isouter=True)
        .join(SHARER, SHARER.id == Referral.sharer_id)
        .join(FRIEND, FRIEND.id == Referral.friend_id)
    )  # fmt: skip


def _referral_state(row: AnyRow) -> State:
    if row.Referral.ended_at is not None:
        return State("off", _("reset"))
    return State("ok", _("has ordered")) if row.orders else State("wait", _("has not ordered yet"))


def _by_referral(choice: str, at: datetime) -> ColumnElement[bool]:
    return {
        "ordered": _ORDERS_OF_FRIEND > 0,
        "not": _ORDERS_OF_FRIEND == 0,
        "household": Referral.flags != [],
        "reset": Referral.ended_at.is_not(None),
    }[choice]


NOUN = Noun(
    name="consumers",
    title=_l("Consumers"),
    lead=_l("Friends who came: through which promoter, with which reward, and whether they have ordered."),
    icon="people",
    statement=_consumers,
    keys=(Referral.id.expression,),
    columns=(
        Column(
            name="friend",
            label=_l("Friend"),
            value=lambda row: contact_name(row.Friend),
            href=lambda row: contact_link(row.Friend),
            sub=lambda row: _("same household as the promoter") if row.Referral.flags else "",
        ),
        PROMOTER_COLUMN,
        CAMPAIGN_COLUMN,
        Column(
            name="how", label=_l("Came"), value=lambda row: str(_WAYS.get(row.Referral.how, row.Referral.how))
        ),
        Column(name="orders", label=_l("Redeemed"), kind=Kind.COUNT, value=lambda row: row.orders),
        Column(name="rewards", label=_l("Rewards"), kind=Kind.COUNT, value=lambda row: row.rewards),
        Column(
            name="since",
            label=_l("Since"),
            kind=Kind.MOMENT,
            value=lambda row: row.Referral.started_at,
            sort=Referral.started_at.expression,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_referral_state, place="corner"),
    ),
    sort="-since",
    search=lambda text: person(FRIEND)(text, now()),
    search_hint=_l("Friend"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_referral,
            choices=(
                ("ordered", _l("has ordered")),
                ("not", _l("has not ordered yet")),
                ("household", _l("same household as the promoter")),
                ("reset", _l("reset")),
            ),
        ),
        BY_CAMPAIGN,
        BY_PROMOTER,
        *made_between(Referral.started_at),
    ),
    scopes=(
        Scope(name="campaign", where=lambda wanted: Referral.campaign_id == wanted, label=campaign_label),
    ),
    empty=_l("Here stand friends, as soon as the first one comes through a promoter."),
)
