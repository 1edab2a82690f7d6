"""What is done and no longer needed goes, each kind after its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from ..models import Outbox
from ..services import (
    api_answers,
    api_keys,
    application_acts,
    applied,
    attempts,
    bodies,
    code_uploads,
    prospects,
    rule_engine,
    touches,
    traits,
    webhooks,
)
from ..services.context import Context

_OUTBOX = Outbox.__table__
_KEEP_DONE = timedelta(days=30)
_KEEP_APPLIED = timedelta(days=90)
_KEEP_UNMET = timedelta(days=90)
_KEEP_UPLOADS = timedelta(days=7)
_KEEP_CALLS = timedelta(days=30)
_KEEP_BODIES = timedelta(days=90)


def tidy_up(ctx: Context) -> None:
    """Let go of what has had its time, in one transaction."""
    _forget_done(ctx, ctx.now - _KEEP_DONE)
    applied.purge(ctx, ctx.now - _KEEP_APPLIED)
    attempts.purge(ctx)
    code_uploads.purge(ctx, ctx.now - _KEEP_UPLOADS)
    rule_engine.purge(ctx, keep=_KEEP_UNMET)
    api_keys.purge_counts(ctx)
    api_answers.purge(ctx)
    prospects.forget_ended(ctx.conn, now=ctx.now)
    touches.purge(ctx)
    traits.purge(ctx)
    application_acts.purge(ctx)
    webhooks.purge(ctx, ctx.now - _KEEP_CALLS)
    bodies.purge(ctx, ctx.now - _KEEP_BODIES)


def _forget_done(ctx: Context, before: datetime) -> None:
    ctx.conn.execute(delete(_OUTBOX).where(_OUTBOX.c.state == "done", _OUTBOX.c.done_at < before))
