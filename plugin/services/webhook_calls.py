"""Calls of webhooks, written in the caller's transaction and made by the worker."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from ..models import WebhookDelivery, WebhookEndpoint, WebhookState, WebhookTry
from . import audit, once, outbox
from .context import Context, Moment
from .mistakes import BadEndpoint, NotThere

WEBHOOK = "webhook"
"""The topic of calls in the outbox."""
LONGEST_EVENT = 100
_TRIES_SHOWN = 50
_DELIVERY = WebhookDelivery.__table__
_ENDPOINT = WebhookEndpoint.__table__
_TRY = WebhookTry.__table__
_OF_ENDPOINT = (
    "url", "method", "active", "partner_id", "failing_since",
    "key_id", "nonce", "old_key_id", "old_nonce", "old_until",
)  # fmt: skip


def call(
    ctx: Moment, endpoint_id: int, event: str, payload: Mapping[str, object], *, key: str | None = None
) -> int | None:
    """Write a call of an endpoint down and give its id; None where the endpoint is off.

    One with the same `key` is made once.
    """
    if not event or len(event) > LONGEST_EVENT:
        raise BadEndpoint("An event has a name.")
    there = (_ENDPOINT.c.id == endpoint_id, _ENDPOINT.c.removed_at.is_(None))
    active = ctx.conn.execute(select(_ENDPOINT.c.active).where(*there)).scalar()
    if active is None:
        raise NotThere("There is no such endpoint.")
    if not active:
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
    """Write a call down for each endpoint of the shop's that hears of an event by itself."""
    shops = (_ENDPOINT.c.active, _ENDPOINT.c.partner_id.is_(None))
    for row in ctx.conn.execute(select(_ENDPOINT).where(*shops).order_by(_ENDPOINT.c.id)):
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


def tries(conn: Connection, delivery_id: int) -> Sequence[Row[Any]]:
    """Give the last tries of a call, the newest first."""
    mine = select(_TRY).where(_TRY.c.delivery_id == delivery_id)
    return conn.execute(mine.order_by(_TRY.c.id.desc()).limit(_TRIES_SHOWN)).all()


def waiting(conn: Connection, delivery_id: int) -> Row[Any] | None:
    """Give a call that was not made yet, with its endpoint's address and secret; None where none is.

    One that was given up counts as well: somebody may let its row of the outbox be tried again.
    """
    columns = [_ENDPOINT.c[name] for name in _OF_ENDPOINT]
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
        delete_where(conn, naming(name))


def naming(name: str) -> ColumnElement[bool]:
    """Say as SQL that the body of a call names somebody by customer number or address."""
    return _DELIVERY.c.body.contains(json.dumps(name, ensure_ascii=False), autoescape=True)


def delete_where(conn: Connection, which: ColumnElement[bool]) -> None:
    """Delete calls with their tries."""
    ids = list(conn.execute(select(_DELIVERY.c.id).where(which)).scalars())
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        conn.execute(delete(_TRY).where(_TRY.c.delivery_id.in_(some)))
        conn.execute(delete(_DELIVERY).where(_DELIVERY.c.id.in_(some)))
