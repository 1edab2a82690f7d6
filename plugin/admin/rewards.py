"""Rewards: what people get for bringing friends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from .. import campaign_words as words
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import (
    Campaign,
    Code,
    Reward,
)
from ..services import rewards
from ..services.code_acts import Tally
from ..services.listing import Query
from ..state import current_state
from .acting import Acting
from .acts import ids_of
from .campaign_columns import (
    BY_CAMPAIGN,
    CAMPAIGN_COLUMN,
    FRIEND,
    SHARER,
    STATES,
    by_code,
    campaign_label,
    reward_state,
)
from .common_filters import made_between, person
from .edge import now
from .fields import NounForm
from .nouns import Bulk, Column, Filter, Kind, Money, Noun, Scope
from .reason_words import reward_why
from .show import contact_link, contact_name, to


def _all_rewards() -> Query:
    return (
        select(Reward, Campaign, Code, SHARER, FRIEND)
        .join(Campaign, Campaign.id == Reward.campaign_id, isouter=True)
        .join(Code, Code.id == Reward.code_id, isouter=True)
        .join(SHARER, SHARER.id == Reward.contact_id)
        .join(FRIEND, FRIEND.id == Reward.friend_id, isouter=True)
    )


def _withdraw(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    ctx = current_state().context(acting.conn, now=acting.now)
    done = (rewards.withdraw_by_hand(ctx, key, who=acting.who) for key in ids_of(keys))
    return Tally(changed=sum(done))


NOUN = Noun(
    name="rewards",
    title=_l("Rewards"),
    lead=_l("Coupon codes that people get for bringing friends. One that was used and is withdrawn is owed."),
    icon="gift",
    statement=_all_rewards,
    keys=(Reward.id.expression,),
    key=lambda row: str(row.Reward.id),
    columns=(
        Column(
            name="person",
            label=_l("For"),
            value=lambda row: contact_name(row.Sharer),
            href=lambda row: contact_link(row.Sharer),
        ),
        Column(
            name="reward",
            label=_l("Reward"),
            value=lambda row: words.worth(row.Reward.terms),
            sub=lambda row: reward_why(row.Reward.why),
        ),
        Column(
            name="code",
            label=_l("Code"),
            kind=Kind.CODE,
            value=lambda row: row.Code.display if row.Code is not None else "",
            href=lambda row: to("code", code_id=row.Code.id) if row.Code is not None else None,
        ),
        CAMPAIGN_COLUMN,
        Column(
            name="friend",
            label=_l("Friend"),
            value=lambda row: contact_name(row.Friend),
            href=lambda row: contact_link(row.Friend),
        ),
        Column(name="order", label=_l("Order"), value=lambda row: row.Reward.order_ref or ""),
        Column(
            name="owed",
            label=_l("Owed"),
            kind=Kind.MONEY,
            value=lambda row: Money(-row.Reward.owed, row.Reward.currency) if row.Reward.owed else None,
        ),
        Column(name="due", label=_l("Free to use from"), kind=Kind.DATE, value=lambda row: row.Reward.due_at),
        Column(
            name="at",
            label=_l("Earned"),
            kind=Kind.MOMENT,
            value=lambda row: row.Reward.created_at,
            sort=Reward.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: reward_state(row.Reward),
            place="corner",
        ),
    ),
    sort="-at",
    search=lambda text: or_(Reward.order_ref == text, person(SHARER)(text, now()), *by_code(text)),
    search_hint=_l("Person, order or code"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=lambda choice, now: Reward.state == choice,
            choices=STATES,
        ),
        BY_CAMPAIGN,
        *made_between(Reward.created_at),
    ),
    scopes=(Scope(name="campaign", where=lambda wanted: Reward.campaign_id == wanted, label=campaign_label),),
    bulk=(
        Bulk(
            name="withdraw",
            label=_l("Withdraw"),
            danger=True,
            apply=_withdraw,
            preview=lambda n: ngettext(
                "%(num)s reward is withdrawn: unused it is void, used it is taken off the next ones.",
                "%(num)s rewards are withdrawn: unused they are void, used they are taken off the next ones.",
                n,
            ),
            done=lambda n: ngettext("%(num)s reward is withdrawn.", "%(num)s rewards are withdrawn.", n),
        ),
    ),
    empty=_l("Here stand rewards, as soon as the first friend has paid."),
)
