"""Calls of webhooks as the worker makes them: signed, to public addresses, no redirect followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from standardwebhooks.webhooks import Webhook

from ..domain.endpoint import read_url
from ..domain.postback import TEST, target_of
from ..models import WebhookState
from ..services import postback_calls, webhook_calls, webhooks
from ..services.asking import Answer, HTTPException, ask
from ..services.context import Context
from ..state import State
from .effects import MOST_ATTEMPTS, CannotYet, Effect, Never, NotTaken

_GONE = 410
_JSON = {"Content-Type": "application/json; charset=utf-8"}


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Give what makes the call of a row; None where none waits, or none may go out."""
    delivery = webhook_calls.waiting(ctx.conn, int(row.payload["delivery_id"]))
    if delivery is None:
        return None
    if delivery.partner_id is not None and not postback_calls.may_be_called(ctx, delivery):
        webhook_calls.end(ctx, delivery.id, WebhookState.DEAD)
        return None
    if not delivery.active:
        raise CannotYet("The endpoint is switched off.")
    try:
        keys = webhooks.secrets_of(ctx.keys, delivery, ctx.now)
    except KeyError as error:
        raise CannotYet("The key that the endpoint's secret comes from is gone: renew the secret.") from error
    last = row.attempts >= MOST_ATTEMPTS or delivery.event == TEST
    return lambda: _call(state, delivery, keys, last=last)


def _call(state: State, delivery: Row[Any], keys: Sequence[str], *, last: bool) -> None:
    """Make one try and keep what came of it, whatever that was."""
    began = time.monotonic()
    tried = _try(state, delivery, keys)
    took = int((time.monotonic() - began) * 1000)
    over = tried.over or ("failed" if last else "")

    def note(ctx: Context) -> None:
        webhook_calls.note_try(
            ctx, delivery.id, status=tried.status, answer=tried.text, error=tried.error, milliseconds=took
        )
        if tried.sent or over:
            webhook_calls.end(ctx, delivery.id, WebhookState.SENT if tried.sent else WebhookState.DEAD)
        if delivery.partner_id is not None and tried.sent:
            postback_calls.note_taken(ctx, delivery)
        elif delivery.partner_id is not None:
            postback_calls.note_refused(ctx, delivery, over=over)

    _in_unit(state, note)
    if not tried.sent and over and delivery.partner_id is None:
        raise Never(tried.error)
    if not tried.sent and not over:
        raise NotTaken(tried.error)


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """What came of one try; `over` says why no other one is to follow."""

    status: int | None = None
    text: str = ""
    error: str = ""
    over: str = ""

    @property
    def sent(self) -> bool:
        """Whether it was taken."""
        return not self.error


def _try(state: State, delivery: Row[Any], keys: Sequence[str]) -> _Tried:
    hosts = _allowed(state, delivery)
    try:
        if delivery.method == "GET":
            target = target_of(postback_calls.filled(delivery.url, delivery), hosts)
            said = ask("GET", target, b"", _headers(state, delivery, keys, target.path), hosts)
        else:
            target = read_url(delivery.url, hosts)
            headers = _headers(state, delivery, keys, delivery.body)
            said = ask("POST", target, delivery.body.encode(), {**headers, **_JSON}, hosts)
    except ValueError as wrong:
        return _Tried(error=f"The address cannot be called: {wrong}.", over="address")
    except (OSError, HTTPException) as failed:
        return _Tried(error=f"{type(failed).__name__}: {failed}"[:300])
    if 200 <= said.status < 300:
        return _Tried(status=said.status, text=said.text)
    over = "gone" if said.status == _GONE else ""
    return _Tried(status=said.status, text=said.text, error=_said(said), over=over)


def _said(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"It answered {answer.status}: it leads elsewhere, and no redirect is followed."
    return f"It answered {answer.status}."


def _in_unit(state: State, work: Callable[[Context], None]) -> None:
    state.in_own_unit(lambda session: work(state.context(session.connection())))


def _headers(state: State, delivery: Row[Any], keys: Sequence[str], content: str) -> dict[str, str]:
    """Sign what is sent: the body, or of a GET what is asked for, by each secret that holds."""
    now = state.now()
    signed = (Webhook(key).sign(delivery.webhook_id, now, content) for key in keys)
    return {
        "User-Agent": "Flask-Firstline",
        "webhook-id": delivery.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _allowed(state: State, delivery: Row[Any]) -> Collection[str]:
    settings = state.settings
    return settings.webhook_private_hosts if delivery.partner_id is None else settings.postback_private_hosts
