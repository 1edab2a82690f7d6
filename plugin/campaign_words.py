"""Campaigns in the reader's language: what a friend saves, what the sharer gets, and the links to share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app
from sqlalchemy import select
from werkzeug.routing import BuildError

from .domain import reward
from .domain.reward import RewardTerms
from .i18n import day_text, last_day, local, money, percent, speaking, template_words
from .i18n import gettext as _
from .models import Contact, RewardState
from .places import address
from .services import campaigns, coupons, tickets
from .services.context import Context
from .services.promoting import OwnReward
from .services.shares import Shared
from .services.tickets import LIFE, Purpose, Ticket
from .shop import Share
from .state import log

CHANNEL_NAMES = {
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "facebook": "Facebook",
    "x": "X",
}
"""Networks are called the same in every language."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a campaign says to a buyer. `message` is what goes to friends, with {link} in it."""

    title: str
    lead: str
    subject: str
    message: str
    conditions: str


def worth(terms: RewardTerms | Mapping[str, Any]) -> str:
    """Say what a reward is worth."""
    known = terms if isinstance(terms, RewardTerms) else reward.read(terms)
    if known.amount is not None and known.currency is not None:
        return money(known.amount, known.currency)
    return percent(known.percent or 0)


def saves(coupon: Any) -> str:  # noqa: ANN401 - a row or a Coupon
    """Say what a friend saves."""
    if coupon.amount is not None:
        return money(coupon.amount, coupon.currency)
    return percent(coupon.percent)


def offer(campaign: Any, coupon: Any) -> Offer:  # noqa: ANN401 - rows or models
    """Say what a campaign offers."""
    friend = saves(coupon)
    if campaign.kickback is not None:
        mine = worth(campaign.kickback)
        title = _("%(friend)s for your friends, %(sharer)s for you", friend=friend, sharer=mine)
    else:
        title = _("%(friend)s for your friends", friend=friend)
    return Offer(
        title=title,
        lead=" ".join(_lead(campaign, coupon, friend)),
        subject=_("%(friend)s for you", friend=friend),
        message=_("With this you save %(friend)s: {link}", friend=friend),
        conditions=". ".join([*_conditions(coupon), ""]).strip(),
    )


def _lead(campaign: Any, coupon: Any, friend: str) -> list[str]:  # noqa: ANN401
    first = (
        _("Pass your code on. Who orders with it for the first time saves %(friend)s.", friend=friend)
        if coupon.new_customers_only
        else _("Pass your code on. Who orders with it saves %(friend)s.", friend=friend)
    )
    said = [first]
    if campaign.kickback is not None:
        said.append(_("Each time you get %(sharer)s for your next order.", sharer=worth(campaign.kickback)))
    if campaign.share_steps:
        steps = ", ".join(worth(step) for step in campaign.share_steps)
        said.append(
            _("When somebody comes by your links you get, for each way of sharing: %(steps)s.", steps=steps)
        )
    return said


def _conditions(coupon: Any) -> list[str]:  # noqa: ANN401
    said = []
    if coupon.min_order is not None:
        said.append(_("From an order of %(amount)s", amount=money(coupon.min_order, coupon.currency)))
    if coupon.new_customers_only:
        said.append(_("For new customers"))
    if coupon.products or coupon.categories:
        said.append(_("For some products"))
    if coupon.valid_until is not None:
        said.append(_("Until %(day)s", day=day_text(last_day(coupon.valid_until))))
    return said


def standing(own: OwnReward) -> str:
    """Say where a reward of the reader stands."""
    if own.state == RewardState.ACTIVE.value:
        if own.until is not None:
            return _("For your next order, until %(day)s", day=day_text(last_day(own.until)))
        return _("For your next order")
    if own.state == RewardState.PENDING.value:
        if own.due_at is None:
            return _("Is being looked at")
        return _(
            "Comes on %(day)s, unless the order behind it is returned", day=day_text(local(own.due_at).date())
        )
    if own.state == RewardState.USED.value:
        return _("You have used it") if own.code else _("Made up for a reward that was taken back")
    if own.state == RewardState.OWED.value:
        return _("Used, and taken back later: your next rewards make up for it")
    if own.returned:
        return _("Taken back: the order behind it was returned")
    return _("Taken back by the shop")


def page_link(ctx: Context, promoter_id: int) -> str:
    """Give the whole address of a promoter's own page."""
    return address("firstline_checkout.share_page", ticket=page_ticket(ctx, promoter_id))


def page_ticket(ctx: Context, promoter_id: int) -> str:
    """Sign what opens a promoter's own page."""
    until = ctx.now + LIFE[Purpose.SHARE]
    return tickets.sign(ctx.keys, Ticket(purpose=Purpose.SHARE, row_id=promoter_id, serial=1, until=until))


def leave_link(ctx: Context, contact_id: int) -> str:
    """Give the whole address by which somebody ends such mails."""
    until = ctx.now + LIFE[Purpose.LEAVE]
    ticket = Ticket(purpose=Purpose.LEAVE, row_id=contact_id, serial=0, until=until)
    return address("firstline_checkout.leave_mails", ticket=tickets.sign(ctx.keys, ticket))


def friend_link(code: str, channel: str | None = None) -> str:
    """Give the whole address that a friend opens."""
    if channel is None:
        return address("firstline_checkout.shared_code", code=code)
    return address("firstline_checkout.shared_code", code=code, channel=channel)


def target(channel: str, said: Offer, code: str) -> str:
    """Give the address that opens a way of sharing with the message in it."""
    link = friend_link(code, channel)
    text = said.message.replace("{link}", link)
    body = quote(text, safe="")
    targets = {
        "whatsapp": f"https://wa.me/?text={body}",
        "email": f"mailto:?subject={quote(said.subject, safe='')}&body={body}",
        "sms": f"sms:?&body={body}",
        "telegram": f"https://t.me/share/url?{urlencode({'url': link, 'text': said.subject})}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': link})}",
        "x": f"https://x.com/intent/post?{urlencode({'text': said.subject, 'url': link})}",
    }
    return targets[channel]


def block(ctx: Context, shared: Shared) -> Share | None:
    """Give what stands in the shop's order mail about a share; None where no address of a page is known."""
    campaign = campaigns.get_campaign(ctx.conn, shared.campaign_id)
    coupon = coupons.get_coupon(ctx.conn, campaign.coupon_id)
    try:
        page, link = page_link(ctx, shared.promoter_id), friend_link(shared.code)
    except (BuildError, RuntimeError):
        log.error(
            "what an order yields cannot be told: mount `checkout`, and set SERVER_NAME for mails that are "
            "written outside of requests"
        )
        return None
    facts: dict[str, object] = {"code": shared.code, "page": page, "link": link}
    tongue = ctx.conn.execute(select(Contact.locale).where(Contact.id == shared.contact_id)).scalar()
    with nullcontext() if tongue is None else speaking(tongue):
        facts |= {"said": offer(campaign, coupon), **template_words()}
        html, text = (
            current_app.jinja_env.get_template(f"firstline/mail/share_block.{kind}").render(facts)
            for kind in ("html", "txt")
        )
    return Share(code=shared.code, link=link, html=html.strip(), text=text.strip())
