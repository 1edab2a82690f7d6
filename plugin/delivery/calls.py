"""Calls of webhooks as the worker makes them: signed, to public addresses, no redirect followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Row
from standardwebhooks.webhooks import Webhook

from ..domain.endpoint import Target, read_url
from ..models import WebhookState
from ..services import webhooks
from ..services.asking import Answer, HTTPException, ask
from ..services.context import Context
from ..state import State
from .effects import MOST_ATTEMPTS, CannotYet, Effect, Never, NotTaken

_GONE = 410


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Give what makes the call of a row; None where none waits."""
    delivery = webhooks.waiting(ctx.conn, int(row.payload["delivery_id"]))
    if delivery is None:
        return None
    if not delivery.active:
        raise CannotYet("The endpoint is switched off.")
    try:
        secret = webhooks.secret_of(ctx.keys, delivery.key_id, delivery.nonce)
    except KeyError as error:
        raise CannotYet("The key that the endpoint's secret comes from is gone: renew the secret.") from error
    return lambda: _call(state, delivery, secret, last=row.attempts >= MOST_ATTEMPTS)


def _call(state: State, delivery: Row[Any], secret: str, *, last: bool) -> None:
    """Make one try and keep what came of it, whatever that was."""
    began = time.monotonic()
    answer, error = None, ""
    try:
        target = read_url(delivery.url, state.settings.webhook_private_hosts)
        answer = post(target, delivery.body.encode(), _headers(state, delivery, secret), _allowed(state))
    except ValueError as wrong:
        error, last = f"The address cannot be called: {wrong}.", True
    except (OSError, HTTPException) as failed:
        error = f"{type(failed).__name__}: {failed}"[:300]
    took = int((time.monotonic() - began) * 1000)
    sent = answer is not None and 200 <= answer.status < 300
    if answer is not None and not sent:
        error = _said(answer)
        last = last or answer.status == _GONE

    def note(ctx: Context) -> None:
        status, text = (answer.status, answer.text) if answer else (None, "")
        webhooks.note_try(ctx, delivery.id, status=status, answer=text, error=error, milliseconds=took)
        if sent or last:
            webhooks.end(ctx, delivery.id, WebhookState.SENT if sent else WebhookState.DEAD)

    _in_unit(state, note)
    if not sent:
        raise (Never if last else NotTaken)(error)


def _said(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"It answered {answer.status}: it leads elsewhere, and no redirect is followed."
    return f"It answered {answer.status}."


def _in_unit(state: State, work: Callable[[Context], None]) -> None:
    state.in_own_unit(lambda session: work(state.context(session.connection())))


def _headers(state: State, delivery: Row[Any], secret: str) -> dict[str, str]:
    now = state.now()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Flask-Firstline",
        "webhook-id": delivery.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery.webhook_id, now, delivery.body),
    }


def _allowed(state: State) -> Collection[str]:
    return state.settings.webhook_private_hosts


def post(target: Target, body: bytes, headers: dict[str, str], private_hosts: Collection[str]) -> Answer:
    """Post to an endpoint and hear the beginning of its answer."""
    return ask("POST", target, body, headers, private_hosts)
