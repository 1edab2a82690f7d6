"""Postbacks of partners on their cards: what is called, how that goes, switched off by the shop."""

from __future__ import annotations

from flask import abort, render_template, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from ..domain.postback import host_of
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import WebhookDelivery, WebhookEndpoint
from ..postback_words import told_name
from ..services import postbacks
from ..services.listing import AnyRow
from .edge import blueprint, done, perform, session
from .excerpts import Excerpt
from .fields import NounForm
from .nouns import Column, Kind, State
from .show import to, to_seen


@blueprint.route("/postbacks/<firstline_id:postback_id>/switch", methods=["GET", "POST"])
def postback_switch(postback_id: int) -> str | BaseResponse:
    """Ask whether a partner's postback is switched off, or on again; a post does it."""
    row = session().get(WebhookEndpoint, postback_id)
    if row is None or row.partner_id is None or row.removed_at is not None:
        abort(404)
    partner_id, on = row.partner_id, row.off_why == "shop"
    card = to("card", contact_id=partner_id)
    if request.method == "POST":
        perform(lambda act: postbacks.switch_by_shop(act, postback_id, on=on, who=act.who))
        return done(card, _("The postback is switched on.") if on else _("The postback is switched off."))
    return render_template(
        "firstline/admin/decide.html",
        here="partners",
        title=_("Switch the postback on") if on else _("Switch the postback off"),
        name=host_of(row.url),
        sentence=_("It is called again about what happens from now on.")
        if on
        else _("It is called no more, and the partner cannot switch it on again."),
        fields=NounForm(),
        action=to("postback_switch", postback_id=postback_id),
        button=_("Switch on") if on else _("Switch off"),
        danger=not on,
        way_back=card,
    )


def postbacks_of(contact_id: int) -> Excerpt | None:
    """Give the postbacks of a partner; None where there are none."""
    mine = WebhookDelivery.endpoint_id == WebhookEndpoint.id
    last = select(func.max(WebhookDelivery.sent_at)).where(mine).correlate(WebhookEndpoint).scalar_subquery()
    query = (
        select(WebhookEndpoint, last.label("last"))
        .where(WebhookEndpoint.partner_id == contact_id, WebhookEndpoint.removed_at.is_(None))
        .order_by(WebhookEndpoint.id)
    )
    rows = session().execute(query).all()
    if not rows:
        return None
    return Excerpt(key="postbacks", title=_("Postbacks"), columns=_COLUMNS, rows=rows, empty="")


def _state(row: AnyRow) -> State:
    one: WebhookEndpoint = row.WebhookEndpoint
    if one.active:
        return State("wait", _("calls are not taken")) if one.failing_since else State("ok", _("is called"))
    texts = {
        "partner": _("paused by the partner"),
        "shop": _("switched off by the shop"),
        "": _("switched off"),
    }
    return State("off", texts.get(one.off_why, _("switched off: calls were not taken")))


def _name(row: AnyRow) -> str:
    one: WebhookEndpoint = row.WebhookEndpoint
    return f"{one.method} {host_of(one.url)}"


_COLUMNS = (
    Column(
        name="address",
        label=_l("Web address"),
        value=_name,
        sub=lambda row: row.WebhookEndpoint.url,
        href=lambda row: to("webhook_deliveries", of=row.WebhookEndpoint.id),
    ),
    Column(
        name="events",
        label=_l("Tells of"),
        value=lambda row: ", ".join(map(told_name, row.WebhookEndpoint.events)),
        place="full",
    ),
    Column(name="last", label=_l("Last call"), kind=Kind.MOMENT, value=lambda row: row.last),
    Column(
        name="switch",
        label=_l("Act"),
        value=lambda row: _l("Switch on") if row.WebhookEndpoint.off_why == "shop" else _l("Switch off"),
        href=lambda row: to_seen("postback_switch", postback_id=row.WebhookEndpoint.id),
    ),
    Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
)
