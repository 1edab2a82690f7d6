"""Mails of campaigns: the code to pass on, a reminder to do so, and a reward that is there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select
from werkzeug.routing import BuildError

from .. import campaign_words as words
from ..domain.letters import OwnLetter
from ..letters.facts import thanks
from ..models import Code, Promoter, Reward
from ..services import campaigns, coupons, preferences, shares
from ..services.context import Context
from ..services.mails import known
from ..services.preferences import MailSort
from ..state import State
from .effects import CannotYet, Effect
from .mails import compose, own_words

_NO_ADDRESS = "Mount the pages `checkout` and set SERVER_NAME: without it nobody knows where the links lead."


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail with a code to pass on, or the reminder; None for who wants none any more."""
    contact_id, shared = row.payload["contact_id"], shares.by_id(ctx, row.payload["share_id"])
    receiver = known(ctx.conn, contact_id)
    sort = MailSort.REMINDER if row.topic == shares.REMINDER else MailSort.PROGRAM
    unwanted = preferences.unwanted(ctx.conn, contact_id)
    if receiver is None or shared is None or not unwanted.isdisjoint({sort, MailSort.MANY}):
        return None
    try:
        page, leave = words.page_link(ctx, shared.promoter_id), words.leave_link(ctx, contact_id)
        friend = words.friend_link(shared.code)
    except (BuildError, RuntimeError) as error:
        raise CannotYet(_NO_ADDRESS) from error
    campaign = campaigns.get_campaign(ctx.conn, shared.campaign_id)
    coupon = coupons.get_coupon(ctx.conn, campaign.coupon_id)

    def facts() -> dict[str, str]:
        said = words.offer(campaign, coupon)
        return {
            "offer": said.title,
            "lead": said.lead,
            "conditions": said.conditions,
            "code": shared.code,
            "friend_link": friend,
            "link": page,
        }

    letter = own_words(ctx, OwnLetter(row.topic), facts)
    return compose(state, ctx, row, receiver, {"leave": leave}, letter)


def prepare_reward(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail with the code of a campaign's reward; what rules give they tell by themselves."""
    reward = ctx.conn.execute(select(Reward.__table__).where(Reward.id == row.payload["reward_id"])).one()
    receiver = None if reward.campaign_id is None else known(ctx.conn, reward.contact_id)
    if receiver is None or reward.state != "active":
        return None
    code = ctx.conn.execute(select(Code.display).where(Code.id == reward.code_id)).scalar_one()
    page = _own_page(ctx, reward)

    def facts() -> dict[str, str]:
        return {
            "thanks": thanks(friend=reward.friend_id is not None),
            "worth": words.worth(reward.terms),
            "code": code,
            "link": page,
        }

    return compose(state, ctx, row, receiver, {}, own_words(ctx, OwnLetter.REWARD, facts))


def _own_page(ctx: Context, reward: Row[Any]) -> str:
    """Give the address of the person's page; "" where there is none, or nobody knows it."""
    mine = (Promoter.campaign_id == reward.campaign_id, Promoter.contact_id == reward.contact_id)
    promoter_id = ctx.conn.execute(select(Promoter.id).where(*mine)).scalar()
    try:
        return "" if promoter_id is None else words.page_link(ctx, promoter_id)
    except (BuildError, RuntimeError):
        return ""
