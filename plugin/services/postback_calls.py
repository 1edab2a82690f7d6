"""Calls of postbacks: tried out, looked at, and what becomes of a postback whose calls nobody takes."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, literal, select, update

from ..domain.postback import TEST, fill
from ..models import Contact, WebhookDelivery, WebhookEndpoint, WebhookTry
from . import eligibility, outbox, webhook_calls
from .context import Context
from .mistakes import BadPostback
from .notices import NoticeKind
from .postbacks import WHO, find, lock, switch_off

TESTS_AN_HOUR = 20
_REST = timedelta(minutes=10)
_PATIENCE = timedelta(hours=4)
"""So long nothing may be taken before a call that is given up switches its postback off."""
_ENDPOINT = WebhookEndpoint.__table__
_DELIVERY = WebhookDelivery.__table__
_CONTACT = Contact.__table__
_TRY = WebhookTry.__table__


def try_out(ctx: Context, partner_id: int, postback_id: int) -> int:
    """Write a call down that says what an example says, and give its id; it is tried once."""
    lock(ctx, partner_id)
    if not find(ctx.conn, partner_id, postback_id).active:
        raise BadPostback("off", "It is switched off.")
    since = ctx.now - timedelta(hours=1)
    mine = (_DELIVERY.c.endpoint_id == postback_id, _DELIVERY.c.event == TEST, _DELIVERY.c.created_at > since)
    if ctx.conn.execute(select(func.count()).where(*mine)).scalar_one() >= TESTS_AN_HOUR:
        raise BadPostback("tests", f"At most {TESTS_AN_HOUR} tests an hour.")
    currency = ctx.settings.currency
    example = {
        "order_ref": "TEST-1", "amount": "12.30", "currency": currency, "level": 1, "sale": "123.00",
        "sale_currency": currency, "code": "TEST", "link": "test", "label": "Test", "sub_id": "test-1",
        "campaign": "test", "payout": "",
    }  # fmt: skip
    made = webhook_calls.call(ctx, postback_id, TEST, example)
    assert made is not None
    return made


def last_calls(conn: Connection, postback_ids: Collection[int], *, limit: int) -> Sequence[Row[Any]]:
    """Give the last calls of some postbacks, the newest first."""
    mine = _DELIVERY.c.endpoint_id.in_(list(postback_ids))
    return conn.execute(select(_DELIVERY).where(mine).order_by(_DELIVERY.c.id.desc()).limit(limit)).all()


def call_of(conn: Connection, partner_id: int, delivery_id: int) -> tuple[Row[Any], Row[Any]]:
    """Give a call with the postback of the partner that it was for, or raise NotThere."""
    row = webhook_calls.delivery(conn, delivery_id)
    return row, find(conn, partner_id, row.endpoint_id)


def last_answers(conn: Connection, delivery_ids: Collection[int]) -> dict[int, int | None]:
    """Give by call the status that was answered last; None where nothing was."""
    mine = select(_TRY.c.delivery_id, _TRY.c.status).where(_TRY.c.delivery_id.in_(list(delivery_ids)))
    return {row.delivery_id: row.status for row in conn.execute(mine.order_by(_TRY.c.id))}


def filled(url: str, call: Row[Any]) -> str:
    """Give the address of a call by GET, its places filled with what the call says."""
    told = json.loads(call.body)
    said = {"event": told["type"], "id": call.webhook_id, "time": told["timestamp"], **told["data"]}
    return fill(url, said)


def may_be_called(ctx: Context, delivery: Row[Any]) -> bool:
    """Say whether a call that waits still goes out: the postback is on, the partner takes part."""
    if not (ctx.settings.postbacks and delivery.active):
        return False
    query = select(*eligibility.columns()).where(_CONTACT.c.id == delivery.partner_id)
    return eligibility.bar_of(ctx.conn.execute(query).one(), ctx.now) is None


def has_to_wait(ctx: Context, delivery: Row[Any]) -> bool:
    """Say whether a new call waits: a server that took none just now is asked seldom."""
    new = delivery.tries == 0 and delivery.event != TEST
    return new and delivery.failed_at is not None and delivery.failed_at > ctx.now - _REST


def note_taken(ctx: Context, delivery: Row[Any]) -> None:
    """Keep that the partner's server takes calls."""
    if delivery.failing_since is not None:
        mine = _ENDPOINT.c.id == delivery.endpoint_id
        ctx.conn.execute(update(_ENDPOINT).where(mine).values(failing_since=None, failed_at=None))


def note_refused(ctx: Context, delivery: Row[Any], *, over: str = "") -> None:
    """Keep that a call was not taken; `over` says why it is given up: "failed", "gone", or "address".

    One that was tried often while nothing was taken for hours switches the postback off, and the partner is
    told; an address that is gone, or that may not be called, does so at once.
    """
    if delivery.event == TEST:
        return
    failing = update(_ENDPOINT).where(_ENDPOINT.c.id == delivery.endpoint_id)
    since = func.coalesce(_ENDPOINT.c.failing_since, literal(ctx.now, _ENDPOINT.c.failing_since.type))
    ctx.conn.execute(failing.values(failing_since=since, failed_at=ctx.now))
    if not over:
        return
    row = ctx.conn.execute(select(_ENDPOINT).where(_ENDPOINT.c.id == delivery.endpoint_id)).one()
    if over == "failed" and row.failing_since > ctx.now - _PATIENCE:
        return
    if switch_off(ctx, row, over, who=WHO):
        told = {"postback_id": row.id, "partner_id": row.partner_id}
        outbox.put(ctx.conn, NoticeKind.POSTBACK_OFF.topic, told, now=ctx.now)
