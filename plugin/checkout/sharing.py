"""The share page of a buyer, the ways of sharing, and the links by which friends come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from .. import campaign_words as words
from ..campaign_words import Offer
from ..cards.qr import inline_svg
from ..domain import tracking
from ..domain.campaign import CHANNELS
from ..i18n import gettext as _
from ..layout import frame
from ..services import campaigns, customers, promoting, share_acts, tickets
from ..services.context import Context
from ..services.promoting import Own
from ..services.share_acts import Visitor
from ..services.tickets import Purpose
from ..shop import Customer
from ..state import current_state, log
from .views import blueprint, code_link

_BUTTONS = ("whatsapp", "email", "sms", "telegram", "facebook", "x")
_ICONS = {"whatsapp": "chat", "email": "mail", "sms": "phone"}
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One code as the page shows it."""

    own: Own
    said: Offer
    ticket: str
    link: str
    copied: str
    qr: Markup
    landing: str
    """The address to which the link leads; "": the start of the shop."""


@blueprint.get("/share")
def own_shares() -> ResponseReturnValue:
    """Show who is signed in the own codes and rewards."""
    state, customer = current_state(), current_state().customer()
    ctx = _reading()
    contact_id = None
    if customer is not None and customer.ref is not None:
        contact_id = customers.find_id(ctx, Customer(ref=customer.ref))
    if contact_id is None:
        login = getattr(state.shop, "login_redirect", None)
        if customer is None and login is not None:
            return login(request.full_path.removesuffix("?"))  # type: ignore[no-any-return]  # the shop's answer
        return _page(ctx, None), 200, _PRIVATE
    return _page(ctx, contact_id), 200, _PRIVATE


@blueprint.get("/share/<ticket>")
def share_page(ticket: str) -> ResponseReturnValue:
    """Show a buyer the code to pass on, by the link of a mail."""
    ctx = _reading()
    promoter_id = _promoter_of(ctx, ticket)
    contact_id = promoting.promoter_contact(ctx, promoter_id)
    if contact_id is None:
        abort(404)
    network = tracking.network_of(request.remote_addr)
    _write(lambda own: share_acts.opened(own, promoter_id, network))
    return _page(ctx, contact_id, first=promoter_id), 200, _PRIVATE


@blueprint.get("/share/<ticket>/<channel>")
def share_by(ticket: str, channel: str) -> ResponseReturnValue:
    """Count that a buyer has chosen a way of sharing, and open it."""
    ctx = _reading()
    promoter_id = _promoter_of(ctx, ticket)
    contact_id = promoting.promoter_contact(ctx, promoter_id)
    codes = [] if contact_id is None else promoting.own_codes(ctx, contact_id)
    own = next((one for one in codes if one.promoter_id == promoter_id), None)
    if own is None or channel not in _BUTTONS:
        abort(404)
    if _is_person():
        _write(lambda mine: share_acts.press(mine, promoter_id, channel))
    said = words.offer(own.campaign, own.coupon)
    response = redirect(words.target(channel, said, own.code), 303)
    response.headers.extend(_PRIVATE)
    return response


@blueprint.get("/s/<code>")
@blueprint.get("/s/<code>/<channel>")
def shared_code(code: str, channel: str | None = None) -> BaseResponse:
    """Lead a friend into the shop with the code; who comes proves the way by which it was shared."""
    if _is_person():
        customer = current_state().customer()
        known = None
        if customer is not None and customer.ref is not None:
            known = customers.find_id(_reading(), Customer(ref=customer.ref))
        visitor = Visitor(contact_id=known, network=tracking.network_of(request.remote_addr))
        _write(lambda ctx: share_acts.visit(ctx, code[:64], channel, visitor))
    return code_link(code, campaigns.landing_of(_reading().conn, code[:64]))


def _is_person() -> bool:
    return tracking.is_person(request.method, dict(request.headers))


def _reading() -> Context:
    state = current_state()
    return state.context(state.session().connection())


def _write(work: Callable[[Context], object]) -> None:
    """Keep something beside the page; a trouble of ours never keeps it from showing."""
    state = current_state()
    try:
        state.in_own_unit(lambda session: work(state.context(session.connection())))
    except Exception:
        log.exception("an act of sharing could not be kept")


def _promoter_of(ctx: Context, ticket: str) -> int:
    found = tickets.read(ctx.keys, ticket, Purpose.SHARE, ctx.now)
    if found is None:
        abort(404)
    return found.row_id


def _page(ctx: Context, contact_id: int | None, first: int | None = None) -> str:
    codes = [] if contact_id is None else promoting.own_codes(ctx, contact_id)
    chosen = sorted((one for one in codes if one.runs), key=lambda one: one.promoter_id != first)
    rewards = [] if contact_id is None else promoting.own_rewards(ctx, contact_id)
    shown = [_shown(ctx, one) for one in chosen]
    return render_template(
        "firstline/share.html",
        **frame("shop"),
        title=shown[0].said.title if shown else _("Your codes and rewards"),
        shown=shown,
        over=[one for one in codes if not one.runs],
        redeemed=sum(one.redeemed for one in codes),
        rewards=rewards,
        worth=words.worth,
        standing=words.standing,
        owed={} if contact_id is None else promoting.owed(ctx, contact_id),
        channels=_channels(),
        home=f"{request.root_path}/",
    )


def _shown(ctx: Context, own: Own) -> Shown:
    by_code = words.friend_link(own.code, "qr")
    return Shown(
        own=own,
        said=words.offer(own.campaign, own.coupon),
        ticket=words.page_ticket(ctx, own.promoter_id),
        link=words.friend_link(own.code),
        copied=words.friend_link(own.code, "copy"),
        qr=inline_svg(by_code, own.code),
        landing=f"{request.host}{request.root_path}{own.campaign.landing}" if own.campaign.landing else "",
    )


def _channels() -> list[dict[str, Any]]:
    own = {"email": _("E-mail"), "sms": _("SMS")}
    return [
        {
            "name": name,
            "text": words.CHANNEL_NAMES.get(name) or own[name],
            "icon": _ICONS.get(name, "share"),
            "url": lambda ticket, name=name: url_for(
                "firstline_checkout.share_by", ticket=ticket, channel=name
            ),
        }
        for name in CHANNELS
        if name in _BUTTONS
    ]
