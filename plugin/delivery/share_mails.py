"""Mails of campaigns: the code to pass on, a reminder to do so, and a reward that is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select
from werkzeug.routing import BuildError

from .. import campaign_words as words
from ..i18n import gettext as _
from ..models import Code, Promoter, Reward
from ..services import campaigns, coupons, mailings, shares
from ..services.context import Context
from ..services.mails import known
from ..state import State
from .effects import CannotYet, Effect
from .letters import Told, Wording, greeting
from .mails import compose

_NO_ADDRESS = "Mount the pages `checkout` and set SERVER_NAME: without it nobody knows where the links lead."
Words = Callable[[Told], Wording]


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail with a code to pass on, or the reminder; None for who wants none any more."""
    contact_id, shared = row.payload["contact_id"], shares.by_id(ctx, row.payload["share_id"])
    receiver = known(ctx.conn, contact_id)
    if receiver is None or shared is None or mailings.has_opted_out(ctx.conn, contact_id):
        return None
    try:
        page, leave = words.page_link(ctx, shared.promoter_id), words.leave_link(ctx, contact_id)
        friend = words.friend_link(shared.code)
    except (BuildError, RuntimeError) as error:
        raise CannotYet(_NO_ADDRESS) from error
    campaign = campaigns.get_campaign(ctx.conn, shared.campaign_id)
    coupon = coupons.get_coupon(ctx.conn, campaign.coupon_id)
    reminds = row.topic == shares.REMINDER

    def written(told: Told) -> Wording:
        said = words.offer(campaign, coupon)
        first = _("You have a code for your friends and have not passed it on yet.") if reminds else said.lead
        return Wording(
            subject=_("Do not forget: %(offer)s", offer=said.title) if reminds else said.title,
            heading=greeting(told),
            paragraphs=(
                *((_("Thank you for your order at %(shop)s.", shop=told.shop),) if not reminds else ()),
                first,
                *((said.lead,) if reminds else ()),
                _("Your code: %(code)s", code=shared.code),
                _("For your friends: %(link)s", link=friend),
            ),
            action=(_("Pass it on"), page),
            notes=(said.conditions,) if said.conditions else (),
            reason=_("You get this mail because you ordered at %(shop)s.", shop=told.shop),
            leave=(_("Get no more of these mails"), leave),
        )

    return compose(state, ctx, row, receiver, {"leave": leave}, written)


def prepare_reward(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail with the code of a campaign's reward; what rules give they tell by themselves."""
    reward = ctx.conn.execute(select(Reward.__table__).where(Reward.id == row.payload["reward_id"])).one()
    receiver = None if reward.campaign_id is None else known(ctx.conn, reward.contact_id)
    if receiver is None or reward.state != "active":
        return None
    code = ctx.conn.execute(select(Code.display).where(Code.id == reward.code_id)).scalar_one()
    page = _own_page(ctx, reward)
    return compose(state, ctx, row, receiver, {}, _reward_words(reward, code, page))


def _own_page(ctx: Context, reward: Row[Any]) -> str | None:
    """Give the person's page, where there is one and its address is known."""
    mine = (Promoter.campaign_id == reward.campaign_id, Promoter.contact_id == reward.contact_id)
    promoter_id = ctx.conn.execute(select(Promoter.id).where(*mine)).scalar()
    try:
        return None if promoter_id is None else words.page_link(ctx, promoter_id)
    except (BuildError, RuntimeError):
        return None


def _reward_words(reward: Row[Any], code: str, page: str | None) -> Words:
    def written(told: Told) -> Wording:
        worth = words.worth(reward.terms)
        thanks = (
            _("A friend has ordered with your code. Thank you for passing it on.")
            if reward.friend_id is not None
            else _("Somebody came by your links. Thank you for passing your code on.")
        )
        return Wording(
            subject=_("Your reward: %(worth)s for your next order", worth=worth),
            heading=greeting(told),
            paragraphs=(
                thanks,
                _("With this code you save %(worth)s on your next order: %(code)s", worth=worth, code=code),
            ),
            action=None if page is None else (_("See my codes and rewards"), page),
            reason=_("You get this mail because you passed on a code of %(shop)s.", shop=told.shop),
        )

    return written
