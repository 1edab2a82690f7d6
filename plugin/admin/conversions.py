"""Conversions: the orders of friends, and what the promoters get for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from .. import campaign_words as words
from ..i18n import lazy_gettext as _l
from ..models import (
    Campaign,
    Code,
    Document,
    DocumentKind,
    Promoter,
    Redemption,
    Reward,
)
from ..services.listing import Query
from .campaign_columns import (
    BY_CAMPAIGN,
    BY_PROMOTER,
    CAMPAIGN_COLUMN,
    FRIEND,
    PROMOTER_COLUMN,
    SHARER,
    STATES,
    by_code,
    campaign_label,
    promoter_label,
    reward_state,
)
from .common_filters import made_between, person
from .edge import now
from .nouns import Column, Filter, Kind, Money, Noun, Scope
from .reason_words import reward_why
from .show import contact_link, contact_name, redemption_state, why_link


def _conversions() -> Query:
    order = and_(
        Document.kind == DocumentKind.ORDER.value,
        Document.source == Redemption.source,
        Document.ref == Redemption.order_ref,
    )
    kickback = and_(
        Reward.source == Redemption.source,
        Reward.order_ref == Redemption.order_ref,
        Reward.campaign_id == Promoter.campaign_id,
    )
    return (
        select(Redemption, Promoter, Campaign, Code, Document, Reward, SHARER, FRIEND)
        .join(Promoter, Promoter.code_id == Redemption.code_id)
        .join(Campaign, Campaign.id == Promoter.campaign_id)
        .join(Code, Code.id == Promoter.code_id)
        .join(SHARER, SHARER.id == Code.owner_id)
        .join(FRIEND, FRIEND.id == Redemption.contact_id, isouter=True)
        .join(Document, order, isouter=True)
        .join(Reward, kickback, isouter=True)
        .where(Redemption.order_ref.is_not(None))
    )


def _by_reward(choice: str, at: datetime) -> ColumnElement[bool]:
    return Reward.id.is_(None) if choice == "none" else Reward.state == choice


NOUN = Noun(
    name="conversions",
    title=_l("Conversions"),
    lead=_l("Each order of a friend: its worth, when, by whom, and what the promoter gets for it."),
    icon="check",
    statement=_conversions,
    keys=(Redemption.id.expression,),
    columns=(
        Column(
            name="order",
            label=_l("Order"),
            value=lambda row: (
                (row.Document.number or row.Document.ref) if row.Document else row.Redemption.order_ref
            ),
            href=lambda row: why_link(row.Document),
        ),
        Column(
            name="friend",
            label=_l("Friend"),
            value=lambda row: contact_name(row.Friend),
            href=lambda row: contact_link(row.Friend),
        ),
        PROMOTER_COLUMN,
        CAMPAIGN_COLUMN,
        Column(
            name="worth",
            label=_l("Order value"),
            kind=Kind.MONEY,
            value=lambda row: Money(row.Document.total, row.Document.currency) if row.Document else None,
            sort=Document.total.expression,
        ),
        Column(
            name="discount",
            label=_l("Discount"),
            kind=Kind.MONEY,
            value=lambda row: Money(-row.Redemption.discount, row.Redemption.currency),
        ),
        Column(
            name="reward",
            label=_l("Reward"),
            value=lambda row: words.worth(row.Reward.terms) if row.Reward else "",
            sub=lambda row: reward_why(row.Reward.why) if row.Reward else "",
        ),
        Column(name="stands", label=_l("Reward stands"), value=lambda row: reward_state(row.Reward).text),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Redemption.created_at,
            sort=Redemption.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: redemption_state(row.Redemption.state),
        ),
    ),
    sort="-at",
    search=lambda text: or_(
        Redemption.order_ref == text,
        Document.number == text,
        person(FRIEND)(text, now()),
        *by_code(text),
    ),
    search_hint=_l("Order, friend or code"),
    filters=(
        Filter(
            name="reward",
            label=_l("Reward"),
            where=_by_reward,
            choices=(("none", _l("none yet")), *STATES),
        ),
        BY_CAMPAIGN,
        BY_PROMOTER,
        *made_between(Redemption.created_at),
    ),
    scopes=(
        Scope(name="campaign", where=lambda wanted: Promoter.campaign_id == wanted, label=campaign_label),
        Scope(name="promoter", where=lambda wanted: Promoter.id == wanted, label=promoter_label),
    ),
    empty=_l("Here stand the orders of friends, as soon as the first one redeems a code."),
)
