"""The endpoints of touches: somebody came through a partner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from .. import came
from ..domain import tracking
from ..domain.tracking import Carried
from ..services import contact_lists, contacts, coupon_lists, links, touches
from ..services.context import Context
from ..services.links import Way
from ..services.mistakes import Mistake, NoPartner
from ..state import current_state
from . import answering, named
from .edge import blueprint, operation
from .once import act
from .touch_schemas import NewTouchSchema, TouchPageSchema, TouchQuerySchema, TouchToldSchema

READ, WRITE, TAG = "touches:read", "touches:write", "Touches"
Values = Mapping[str, Any]
_WAYS = ("link", "code", "partner")


@operation("GET", "/touches", scope=READ, tag=TAG)
@blueprint.arguments(TouchQuerySchema, location="query")
@blueprint.response(200, TouchPageSchema)
def list_touches(asked: Values) -> Response:
    """List touches, the oldest first; they are forgotten after some time, what was counted stays."""
    conditions = contact_lists.touches_where(**answering.narrowing(asked))
    return answering.listed(TouchPageSchema(), contact_lists.TOUCHES, conditions, asked, _shown)


@operation("POST", "/touches", scope=WRITE, tag=TAG)
@blueprint.arguments(
    NewTouchSchema, example={"partner": "2001", "visitor": "v-81", "path": "/balm", "client": "203.0.113.9"}
)
@blueprint.response(201, TouchToldSchema)
def record_touch(given: Values) -> Response:
    """Tell that somebody came through a partner; an order or a sign-up of the visitor follows it."""

    def work(ctx: Context) -> object:
        with named.naming():
            way = _way(ctx, given)
        visit = touches.Visit(
            way=way,
            path=given["path"],
            visitor=given.get("visitor"),
            network=tracking.network_of(given.get("client")),
            referrer_host=given.get("referrer_host") or None,
            utm=tracking.utm_of(given.get("utm", {})),
        )
        return {
            "counted": touches.record(ctx, visit),
            "link": way.tracking_id,
            "partner": contacts.ref_of(ctx, way.partner_id),
            "carry": came.PREFIX + came.sign(current_state(), Carried(link_id=way.link_id, at=ctx.now)),
        }

    return act(TouchToldSchema(), work, status=201)


def _way(ctx: Context, given: Values) -> Way:
    if sum(name in given for name in _WAYS) != 1:
        raise Mistake(f"Give one of {', '.join(_WAYS)}.")
    if "link" in given:
        found = links.by_tracking_id(ctx.conn, given["link"], now=ctx.now)
    else:
        partner_id = _partner_id(ctx, given)
        link_id = links.make_link(ctx.conn, partner_id, path="", who=answering.who(), now=ctx.now)
        found = links.by_id(ctx.conn, link_id, now=ctx.now)
    if found is None:
        raise NoPartner("No active partner has this link.")
    return found


def _partner_id(ctx: Context, given: Values) -> int:
    if "partner" in given:
        return named.contact_id(ctx, given["partner"]) or 0
    owner_id = coupon_lists.one_code(ctx.conn, given["code"]).owner_id
    if owner_id is None:
        raise NoPartner("This code has no owner.")
    return int(owner_id)


def _shown(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of contact_lists.TOUCHES
    same = ("id", "source", "visitor", "path", "referrer_host", "utm", "at")
    who = {"link": row.tracking_id, "partner": row.partner_ref, "customer": row.customer_ref}
    return {**{name: getattr(row, name) for name in same}, **who, "counted": row.once is not None}
