"""Postbacks: addresses of partners that are called about what concerns the partner, and nobody else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from ..domain.endpoint import BadAddress
from ..domain.postback import BadTemplate, Told, check_address
from ..models import Audit, Contact, WebhookDelivery, WebhookEndpoint
from ..models.base import insert_for_id
from . import eligibility, webhook_calls, webhooks
from .context import Context, Moment
from .mistakes import BadPostback, NoPartner, NotThere

MOST = 5
"""So many postbacks a partner may have."""
METHODS = ("POST", "GET")
WHO = "postbacks"
"""How the audit log names what is done by itself."""
_ENDPOINT = WebhookEndpoint.__table__
_DELIVERY = WebhookDelivery.__table__
_CONTACT = Contact.__table__
_AUDIT = Audit.__table__


def add(
    ctx: Context, partner_id: int, url: str, method: str, events: Collection[str], *, who: str
) -> tuple[int, str]:
    """Add a postback of an active partner; give its id and its secret, which is shown this once."""
    lock(ctx, partner_id)
    values = _checked(ctx, url, method, events)
    if len(of_partner(ctx.conn, partner_id)) >= MOST:
        raise BadPostback("many", f"A partner has at most {MOST} postbacks.")
    made_before = select(func.count()).where(_ENDPOINT.c.partner_id == partner_id)
    number = ctx.conn.execute(made_before).scalar_one() + 1
    row = {
        **values, **webhooks.drawn_secret(ctx.keys), "name": f"#{partner_id}-{number}", "active": True,
        "partner_id": partner_id, "made_by": who[:100], "created_at": ctx.now,
    }  # fmt: skip
    made = int(ctx.conn.execute(insert_for_id(_ENDPOINT, ctx.conn.dialect.name), row).scalar_one())
    webhooks.log(ctx, "create", str(row["name"]), None, values, who)
    return made, webhooks.secret_of(ctx.keys, str(row["key_id"]), str(row["nonce"]))


def change(
    ctx: Context,
    partner_id: int,
    postback_id: int,
    url: str,
    method: str,
    events: Collection[str],
    *,
    who: str,
) -> None:
    """Change where and of what a postback tells; what waits goes to the new address."""
    lock(ctx, partner_id)
    old = find(ctx.conn, partner_id, postback_id)
    values = _checked(ctx, url, method, events)
    before = {field: getattr(old, field) for field in values}
    if before != values:
        _change(ctx, postback_id, {**values, "failing_since": None})
        webhooks.log(ctx, "change", old.name, before, values, who)


def pause(ctx: Context, partner_id: int, postback_id: int, *, who: str) -> None:
    """Switch a postback off: nothing is written for it, and what waits is given up."""
    old = find(ctx.conn, partner_id, postback_id)
    switch_off(ctx, old, "partner", who=who)


def go_on(ctx: Context, partner_id: int, postback_id: int, *, who: str) -> None:
    """Switch a postback on again, whatever had switched it off; BadPostback where the shop did."""
    lock(ctx, partner_id)
    old = find(ctx.conn, partner_id, postback_id)
    if old.off_why == "shop":
        raise BadPostback("shop", "The shop has switched it off.")
    if not old.active:
        _change(ctx, postback_id, {"active": True, "off_why": "", "failing_since": None})
        webhooks.log(ctx, "change", old.name, {"active": False}, {"active": True}, who)


def remove(ctx: Context, partner_id: int, postback_id: int, *, who: str) -> None:
    """Take a postback away with what waits for it; its calls stay in the shop's log for their time."""
    old = find(ctx.conn, partner_id, postback_id)
    _change(ctx, postback_id, {"active": False, "removed_at": ctx.now})
    webhooks.give_up_waiting(ctx.conn, postback_id)
    webhooks.log(ctx, "remove", old.name, {"url": old.url, "events": old.events}, {}, who)


def switch_by_shop(ctx: Moment, postback_id: int, *, on: bool, who: str) -> bool:
    """Switch a postback off, so that only the shop can switch it on, or on; False: it is so already."""
    mine = (
        _ENDPOINT.c.id == postback_id,
        _ENDPOINT.c.partner_id.is_not(None),
        _ENDPOINT.c.removed_at.is_(None),
    )
    old = ctx.conn.execute(select(_ENDPOINT).where(*mine)).first()
    if old is None:
        raise NotThere("There is no such postback.")
    if on:
        if old.off_why != "shop":
            return False
        _change(ctx, postback_id, {"active": True, "off_why": "", "failing_since": None})
        webhooks.log(ctx, "change", old.name, {"active": False}, {"active": True}, who)
        return True
    return old.off_why != "shop" and switch_off(ctx, old, "shop", who=who)


def of_partner(conn: Connection, partner_id: int) -> Sequence[Row[Any]]:
    """Give the postbacks of a partner, the oldest first."""
    there = (_ENDPOINT.c.partner_id == partner_id, _ENDPOINT.c.removed_at.is_(None))
    return conn.execute(select(_ENDPOINT).where(*there).order_by(_ENDPOINT.c.id)).all()


def find(conn: Connection, partner_id: int, postback_id: int) -> Row[Any]:
    """Give a postback of a partner, or raise NotThere."""
    return webhooks.endpoint(conn, postback_id, partner_id=partner_id)


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Let the postbacks of a double belong to the one that goes on."""
    conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.partner_id == loser_id).values(partner_id=winner_id))


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the postbacks of a person who is erased, with their calls; the log keeps no address."""
    mine = _ENDPOINT.c.partner_id == contact_id
    webhook_calls.delete_where(conn, _DELIVERY.c.endpoint_id.in_(select(_ENDPOINT.c.id).where(mine)))
    logged = (
        _AUDIT.c.noun == webhooks.NOUN, _AUDIT.c.subject.in_(select(_ENDPOINT.c.name).where(mine)),
    )  # fmt: skip
    conn.execute(update(_AUDIT).where(*logged).values(before={}, after={}))
    conn.execute(_ENDPOINT.delete().where(mine))


def lock(ctx: Context, partner_id: int) -> None:
    """Let one change of a partner's postbacks come after the other; NoPartner for who takes no part."""
    query = select(*eligibility.columns()).where(_CONTACT.c.id == partner_id)
    row = ctx.conn.execute(query.with_for_update(key_share=True)).first()
    if row is None or eligibility.bar_of(row, ctx.now) is not None:
        raise NoPartner("Only an active partner has postbacks.")
    if not ctx.settings.postbacks:
        raise BadPostback("feature", "The shop has no postbacks.")


def _checked(ctx: Context, url: str, method: str, events: Collection[str]) -> dict[str, object]:
    if method not in METHODS:
        raise BadPostback("method", "A postback is called by POST or by GET.")
    known = [event.value for event in Told if event.value in set(events)]
    if not known:
        raise BadPostback("events", "Choose at least one event.")
    try:
        check_address(url.strip(), method, ctx.settings.postback_private_hosts)
    except BadTemplate as bad:
        raise BadPostback("place", str(bad), written=bad.written, sign=bad.sign) from bad
    except BadAddress as bad:
        raise BadPostback(bad.why.value, f"This address cannot be called: {bad}.") from bad
    return {"url": url.strip(), "method": method, "events": known}


def switch_off(ctx: Moment, old: Row[Any], why: str, *, who: str) -> bool:
    """Switch one off, once; False where it is off for the same reason, or was by another process."""
    still = and_(
        _ENDPOINT.c.id == old.id, _ENDPOINT.c.active.is_(old.active), _ENDPOINT.c.off_why == old.off_why
    )
    if old.off_why == why or (not old.active and why != "shop"):
        return False
    values = {"active": False, "off_why": why}
    if ctx.conn.execute(update(_ENDPOINT).where(still).values(**values)).rowcount != 1:
        return False
    webhooks.give_up_waiting(ctx.conn, old.id)
    before: Mapping[str, object] = {"active": bool(old.active), "off_why": old.off_why}
    webhooks.log(ctx, "change", old.name, before, values, who)
    return True


def _change(ctx: Moment, postback_id: int, values: Mapping[str, object]) -> None:
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == postback_id).values(**values))
