"""Consumers: friends who came through a promoter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, String, case, cast, func, not_, select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import (
    Campaign,
    Program,
    Redemption,
    Referral,
    Reward,
)
from ..services.listing import AnyRow, Query
from .campaign_columns import (
    BY_CAMPAIGN,
    BY_PROMOTER,
    FRIEND,
    LIVE,
    PROMOTER_COLUMN,
    SHARER,
    campaign_label,
)
from .common_filters import made_between, person
from .edge import now
from .nouns import Column, Filter, Kind, Noun, Scope, State
from .show import contact_link, contact_name, to

_ORDERS_OF_FRIEND = (
    select(func.count())
    .select_from(Redemption)
    .where(Redemption.contact_id == Referral.friend_id, Redemption.code_id == Referral.code_id, LIVE)
    .correlate(Referral)
    .scalar_subquery()
)
_HAS_ORDERED = case(
    (Referral.campaign_id.is_(None), FRIEND.first_order_ref.is_not(None)), else_=_ORDERS_OF_FRIEND > 0
)
"""In a campaign by its code; a program counts each order."""
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
    "first line": _l("joined a first line"),
}


def _consumers() -> Query:
    return (
        select(
            Referral, Campaign, Program, SHARER, FRIEND, _ORDERS_OF_FRIEND.label("orders"),
            _HAS_ORDERED.label("ordered"), _REWARDS_OF_FRIEND.label("rewards"),
        )
        .join(Campaign, Campaign.id == Referral.campaign_id, isouter=True)
        .join(Program, Referral.program == "program:" + cast(Program.id, String), isouter=True)
        .join(SHARER, SHARER.id == Referral.sharer_id)
        .join(FRIEND, FRIEND.id == Referral.friend_id)
    )  # fmt: skip


def _came_by(row: AnyRow) -> str:
    return "" if (found := row.Campaign or row.Program) is None else str(found.name)


def _came_by_link(row: AnyRow) -> str | None:
    if row.Campaign is not None:
        return to("campaigns_edit", key=row.Campaign.id)
    return None if row.Program is None else to("programs_edit", key=row.Program.id)


def _referral_state(row: AnyRow) -> State:
    if row.Referral.ended_at is not None:
        return State("off", _("reset"))
    return State("ok", _("has ordered")) if row.ordered else State("wait", _("has not ordered yet"))


def _by_referral(choice: str, at: datetime) -> ColumnElement[bool]:
    return {
        "ordered": _HAS_ORDERED,
        "not": not_(_HAS_ORDERED),
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
        Column(name="campaign", label=_l("Campaign or program"), value=_came_by, href=_came_by_link),
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
