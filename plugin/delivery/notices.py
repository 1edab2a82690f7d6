"""Notices to partners about their money, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import current_app, url_for
from sqlalchemy import Row, select

from ..domain.letters import OwnLetter
from ..domain.postback import host_of
from ..i18n import money
from ..letters.facts import change_of_details, day_of, how_long, way_of, why_off
from ..models import Payout, Statement, WebhookEndpoint
from ..services import notices, payout_details
from ..services.context import Context
from ..services.notices import NoticeKind
from ..state import State
from .effects import Effect
from .mails import compose, own_words

_PAYOUT = Payout.__table__
_STATEMENT = Statement.__table__
_ENDPOINT = WebhookEndpoint.__table__
_NEWS = timedelta(days=7)
"""Where mails could not be sent for longer, nobody is told of what was long ago."""
Facts = Callable[[], Mapping[str, str]]
"""What is put into a letter, in the language that is spoken when it is asked."""


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the notice of a row and give what sends it; None where there is nothing to be told any more."""
    if ctx.now - row.created_at > _NEWS:
        return None
    kind = notices.BY_TOPIC[row.topic]
    receiver = notices.receiver(ctx.conn, kind, row.payload)
    facts = None if receiver is None else _FACTS[kind](ctx, row)
    if receiver is None or facts is None:
        return None
    return compose(state, ctx, row, receiver, {}, own_words(ctx, OwnLetter(kind.value), facts))


def _paid(ctx: Context, row: Row[Any]) -> Facts | None:
    payout = ctx.conn.execute(select(_PAYOUT).where(_PAYOUT.c.id == row.payload["payout_id"])).one()
    if payout.state == "failed":
        return None
    details = payout_details.read(payout.method, payout.details)
    return lambda: {
        "amount": money(payout.amount, payout.currency),
        "way": way_of(details),
        "how_long": how_long(payout.method),
        "link": _desk("payouts"),
    }


def _failed(ctx: Context, row: Row[Any]) -> Facts | None:
    payout = ctx.conn.execute(select(_PAYOUT).where(_PAYOUT.c.id == row.payload["payout_id"])).one()
    return lambda: {
        "amount": money(payout.amount, payout.currency),
        "why": payout.failed_why,
        "link": _desk("payout_details_form"),
    }


def _changed(ctx: Context, row: Row[Any]) -> Facts | None:
    pending = payout_details.known(ctx.conn, int(row.payload["contact_id"]), now=ctx.now)
    return lambda: {
        "day": day_of(row.created_at),
        "news": change_of_details(pending),
        "link": _desk("payouts"),
    }


def _issued(ctx: Context, row: Row[Any]) -> Facts | None:
    wanted = select(_STATEMENT).where(_STATEMENT.c.id == row.payload["statement_id"])
    statement = ctx.conn.execute(wanted).one()
    if statement.voided_at is not None:
        return None
    return lambda: {
        "number": statement.number,
        "amount": money(statement.gross, statement.currency),
        "link": _desk("statement", statement_id=statement.id),
    }


def _postback_off(ctx: Context, row: Row[Any]) -> Facts | None:
    wanted = select(_ENDPOINT).where(_ENDPOINT.c.id == row.payload["postback_id"])
    postback = ctx.conn.execute(wanted).one_or_none()
    if postback is None or postback.removed_at is not None or postback.active:
        return None
    return lambda: {
        "host": host_of(postback.url),
        "cause": why_off(postback.off_why),
        "link": _desk("postback", postback_id=postback.id),
    }


def _desk(page: str, **values: int) -> str:
    """Give the address of a page of the desk; without a known address of the shop there is none."""
    if not current_app.config.get("SERVER_NAME") or "firstline_desk" not in current_app.blueprints:
        return ""
    return url_for(f"firstline_desk.{page}", _external=True, **values)  # type: ignore[arg-type]  # numbers


_FACTS: Mapping[NoticeKind, Callable[[Context, Row[Any]], Facts | None]] = {
    NoticeKind.PAID: _paid,
    NoticeKind.FAILED: _failed,
    NoticeKind.CHANGED: _changed,
    NoticeKind.ISSUED: _issued,
    NoticeKind.POSTBACK_OFF: _postback_off,
}
