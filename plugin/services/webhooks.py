"""Webhooks: endpoints, and calls of them, written in the caller's transaction and made by the worker."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from ..domain.endpoint import read_url
from ..models import WebhookDelivery, WebhookEndpoint, WebhookState, WebhookTry
from ..models.base import insert_for_id
from . import audit, once, outbox, rule_uses
from .context import Context, Keyring, Moment
from .mistakes import BadEndpoint, NameTaken, NotThere

WEBHOOK = "webhook"
"""The topic of calls in the outbox."""
EVENTS = (
    "coupon_redeemed", "coupon_released", "firstline_joined", "address_type_changed", "commission_posted",
    "commission_reversed", "payout_paid",
)  # fmt: skip
"""What an endpoint can hear of by itself: what others hear by a signal."""
LONGEST_NAME = 100
LONGEST_EVENT = 100
_DELIVERY = WebhookDelivery.__table__
_ENDPOINT = WebhookEndpoint.__table__
_TRY = WebhookTry.__table__


def add(
    ctx: Moment,
    keys: Keyring,
    name: str,
    url: str,
    events: Collection[str],
    *,
    private_hosts: Collection[str] = (),
    who: str,
) -> tuple[int, str]:
    """Add an endpoint; give its id and its secret, which is shown this once."""
    values = _checked(name, url, events, private_hosts)
    row = {
        **values, "active": True, "key_id": keys.signing_id, "nonce": secrets.token_urlsafe(24),
        "made_by": who[:100], "created_at": ctx.now,
    }  # fmt: skip
    made = ctx.conn.execute(insert_for_id(_ENDPOINT, ctx.conn.dialect.name), row).scalar()
    if made is None:
        raise NameTaken(f"An endpoint is called {values['name']!r} already.")
    _log(ctx, "create", str(values["name"]), None, values, who)
    return int(made), secret_of(keys, str(row["key_id"]), str(row["nonce"]))


def change(
    ctx: Moment,
    endpoint_id: int,
    name: str,
    url: str,
    events: Collection[str],
    active: bool,
    *,
    private_hosts: Collection[str] = (),
    who: str,
) -> None:
    """Change an endpoint; what waits for it goes to the new address."""
    old = endpoint(ctx.conn, endpoint_id)
    values = {**_checked(name, url, events, private_hosts), "active": active}
    taken = select(_ENDPOINT.c.id).where(_ENDPOINT.c.name == values["name"], _ENDPOINT.c.id != endpoint_id)
    if ctx.conn.execute(taken).first() is not None:
        raise NameTaken(f"An endpoint is called {values['name']!r} already.")
    before = {field: getattr(old, field) for field in values}
    if before == values:
        return
    if values["name"] != old.name:
        rule_uses.refuse_used(ctx.conn, "endpoint", old.name)
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**values))
    _log(ctx, "change", old.name, before, values, who)


def remove(ctx: Moment, endpoint_id: int, *, who: str) -> None:
    """Delete an endpoint: it is called no more, what waits is given up, its calls stay in the log.

    Raises InUse while rules name it. Its name is free again.
    """
    old = endpoint(ctx.conn, endpoint_id)
    rule_uses.refuse_used(ctx.conn, "endpoint", old.name)
    gone = {"name": f"{old.name[: LONGEST_NAME - 24]} · {old.id}", "active": False, "removed_at": ctx.now}
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**gone))
    waits = (_DELIVERY.c.endpoint_id == endpoint_id, _DELIVERY.c.state == WebhookState.WAITING.value)
    ctx.conn.execute(update(_DELIVERY).where(*waits).values(state=WebhookState.DEAD.value))
    _log(ctx, "remove", old.name, {"url": old.url, "events": old.events}, {}, who)


def renew_secret(ctx: Moment, keys: Keyring, endpoint_id: int, *, who: str) -> str:
    """Give an endpoint another secret, shown this once; the old one signs nothing from now on."""
    old = endpoint(ctx.conn, endpoint_id)
    values = {"key_id": keys.signing_id, "nonce": secrets.token_urlsafe(24)}
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**values))
    _log(ctx, "renew_secret", old.name, None, {}, who)
    return secret_of(keys, values["key_id"], values["nonce"])


def secret_of(keys: Keyring, key_id: str, nonce: str) -> str:
    """Give the secret of an endpoint as its owner keeps it; KeyError where the shop's key is gone."""
    return "whsec_" + base64.b64encode(keys.secret(key_id, f"webhook {nonce}")).decode()


def endpoint(conn: Connection, endpoint_id: int) -> Row[Any]:
    """Give an endpoint, or raise NotThere."""
    there = (_ENDPOINT.c.id == endpoint_id, _ENDPOINT.c.removed_at.is_(None))
    row = conn.execute(select(_ENDPOINT).where(*there)).first()
    if row is None:
        raise NotThere("There is no such endpoint.")
    return row


def call(
    ctx: Moment, endpoint_id: int, event: str, payload: Mapping[str, object], *, key: str | None = None
) -> int | None:
    """Write a call of an endpoint down and give its id; None where the endpoint is off.

    One with the same `key` is made once.
    """
    if not event or len(event) > LONGEST_EVENT:
        raise BadEndpoint("An event has a name.")
    if not endpoint(ctx.conn, endpoint_id).active:
        return None
    told = {"type": event, "timestamp": ctx.now.isoformat(), "data": dict(payload)}
    row = {
        "endpoint_id": endpoint_id, "webhook_id": f"msg_{secrets.token_urlsafe(18)}", "event": event,
        "body": json.dumps(told, ensure_ascii=False, separators=(",", ":")), "once": key, "tries": 0,
        "state": WebhookState.WAITING.value, "created_at": ctx.now,
    }  # fmt: skip
    delivery_id, new = once.insert(ctx.conn, _DELIVERY, row)
    if new:
        outbox.put(ctx.conn, WEBHOOK, {"delivery_id": delivery_id}, now=ctx.now)
    return delivery_id


def tell_all(ctx: Context, event: str, payload: Mapping[str, object]) -> None:
    """Write a call down for each endpoint that hears of an event by itself."""
    for row in ctx.conn.execute(select(_ENDPOINT).where(_ENDPOINT.c.active).order_by(_ENDPOINT.c.id)):
        if event in row.events:
            call(ctx, row.id, event, payload)


def replay(ctx: Moment, delivery_id: int, *, who: str) -> bool:
    """Let a call that was made, or given up, be made again under the same id; False where it waits.

    False, too, where its endpoint was deleted.
    """
    there = select(_ENDPOINT.c.id).where(_ENDPOINT.c.removed_at.is_(None))
    ended = (_DELIVERY.c.id == delivery_id, _DELIVERY.c.state != WebhookState.WAITING.value)
    again = (
        update(_DELIVERY)
        .where(*ended, _DELIVERY.c.endpoint_id.in_(there))
        .values(state=WebhookState.WAITING.value, sent_at=None)
    )
    if ctx.conn.execute(again).rowcount != 1:
        delivery(ctx.conn, delivery_id)
        return False
    outbox.put(ctx.conn, WEBHOOK, {"delivery_id": delivery_id}, now=ctx.now)
    audit.record(
        ctx.conn, who=who, act="replay", noun="webhook_delivery", subject=str(delivery_id), now=ctx.now
    )
    return True


def delivery(conn: Connection, delivery_id: int) -> Row[Any]:
    """Give a call, or raise NotThere."""
    row = conn.execute(select(_DELIVERY).where(_DELIVERY.c.id == delivery_id)).first()
    if row is None:
        raise NotThere("There is no such call.")
    return row


def waiting(conn: Connection, delivery_id: int) -> Row[Any] | None:
    """Give a call that was not made yet, with its endpoint's address and secret; None where none is.

    One that was given up counts as well: somebody may let its row of the outbox be tried again.
    """
    columns = [_ENDPOINT.c[name] for name in ("url", "active", "key_id", "nonce")]
    query = select(_DELIVERY, *columns).join_from(_DELIVERY, _ENDPOINT)
    open_ = _DELIVERY.c.state != WebhookState.SENT.value
    wanted = (_DELIVERY.c.id == delivery_id, open_, _ENDPOINT.c.removed_at.is_(None))
    return conn.execute(query.where(*wanted)).first()


def note_try(
    ctx: Moment, delivery_id: int, *, status: int | None, answer: str, error: str, milliseconds: int
) -> None:
    """Keep one try and what came of it."""
    ctx.conn.execute(
        insert(_TRY),
        {"delivery_id": delivery_id, "status": status, "answer": answer, "error": error[:300],
         "milliseconds": milliseconds, "at": ctx.now},
    )  # fmt: skip
    mine = update(_DELIVERY).where(_DELIVERY.c.id == delivery_id)
    ctx.conn.execute(mine.values(tries=_DELIVERY.c.tries + 1))


def end(ctx: Moment, delivery_id: int, state: WebhookState) -> None:
    """Keep how a call ended."""
    mine = (_DELIVERY.c.id == delivery_id, _DELIVERY.c.state != WebhookState.SENT.value)
    sent_at = ctx.now if state is WebhookState.SENT else None
    ctx.conn.execute(update(_DELIVERY).where(*mine).values(state=state.value, sent_at=sent_at))


def forget(conn: Connection, *names: str | None) -> None:
    """Delete calls that name a person who is erased."""
    for name in filter(None, names):
        named = select(_DELIVERY.c.id).where(naming(name))
        _delete(conn, list(conn.execute(named).scalars()))


def naming(name: str) -> ColumnElement[bool]:
    """Say as SQL that the body of a call names somebody by customer number or address."""
    return _DELIVERY.c.body.contains(json.dumps(name, ensure_ascii=False), autoescape=True)


def _delete(conn: Connection, ids: list[int]) -> None:
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        conn.execute(delete(_TRY).where(_TRY.c.delivery_id.in_(some)))
        conn.execute(delete(_DELIVERY).where(_DELIVERY.c.id.in_(some)))


def _checked(
    name: str, url: str, events: Collection[str], private_hosts: Collection[str]
) -> dict[str, object]:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadEndpoint(f"An endpoint has a name of 1 to {LONGEST_NAME} characters.")
    try:
        read_url(url.strip(), private_hosts)
    except ValueError as error:
        raise BadEndpoint(f"This address cannot be called: {error}.") from error
    return {"name": name, "url": url.strip(), "events": [event for event in EVENTS if event in set(events)]}


def _log(
    ctx: Moment,
    act: str,
    subject: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    who: str,
) -> None:
    audit.record(
        ctx.conn, who=who, act=act, noun="webhook_endpoint", subject=subject, before=before, after=after,
        now=ctx.now,
    )  # fmt: skip
