"""What is done by night, and what waits for somebody: nights that failed, calls of others, keys that end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, or_, select

from ..models import Call, RetentionRun, Source, WebhookDelivery, WebhookEndpoint, WebhookState, WebhookTry
from ..services import program_settings, sealing
from ..services.context import Context
from .diagnosis import Diagnosis, Findings, error, warning

_CALL = Call.__table__
_RUN = RetentionRun.__table__
_SOURCE = Source.__table__
_DELIVERY = WebhookDelivery.__table__
_ENDPOINT = WebhookEndpoint.__table__
_TRY = WebhookTry.__table__
_TWO_DAYS = timedelta(days=2)
_NIGHTLY = "The worker does so every night: run `flask firstline work` as a service (docs/jobs.md)."


def check_planned(ctx: Context) -> Findings:
    """See whether a change of a setting cannot hold beside the configuration of now."""
    for change in () if ctx.timeline is None else ctx.timeline.without_effect:
        name = program_settings.config_name(change.key)
        yield error(
            "settings",
            f"A change of {name} from {change.valid_from:%Y-%m-%d %H:%M} UTC on has no effect: its value "
            "does not go with the configuration.",
            f"Set it anew, `flask firstline settings set {change.key} VALUE`, or mend the configuration.",
        )


def check_retention(ctx: Context) -> Findings:
    """See whether data whose time is over went every night."""
    ended = select(_RUN).where(_RUN.c.ended_at.is_not(None)).order_by(_RUN.c.id.desc()).limit(1)
    last = ctx.conn.execute(ended).first()
    if last is not None and last.failed:
        yield warning(
            "retention",
            f"Data whose time is over could not go on {last.ended_at:%Y-%m-%d}: {', '.join(last.failed)}.",
            "The worker's log says why; `flask firstline retention run` tries again.",
        )
    old = select(_CALL.c.id).where(_CALL.c.at <= ctx.now - _TWO_DAYS).limit(1)
    late = last is None or last.ended_at <= ctx.now - _TWO_DAYS
    if late and ctx.conn.execute(old).first() is not None:
        since = "yet" if last is None else f"since {last.ended_at:%Y-%m-%d}"
        yield warning("retention", f"No data whose time is over went {since}.", _NIGHTLY)


def check_seals(ctx: Context) -> Findings:
    """See whether the days of the ledger are sealed."""
    day = sealing.late_since(ctx)
    if day is not None:
        yield warning("seals", f"The ledger has not been sealed since {day}, for more than a day.", _NIGHTLY)


def check_webhooks(ctx: Context) -> Findings:
    """See whether other programs hear of events."""
    mine = (_ENDPOINT.c.id == _DELIVERY.c.endpoint_id, _ENDPOINT.c.removed_at.is_(None))
    failed = or_(_DELIVERY.c.state == WebhookState.DEAD.value, _DELIVERY.c.tries > 0)
    query = (
        select(_ENDPOINT.c.name, _DELIVERY.c.state, func.count(), func.max(_DELIVERY.c.id))
        .where(*mine, _DELIVERY.c.state != WebhookState.SENT.value, failed)
        .group_by(_ENDPOINT.c.name, _DELIVERY.c.state)
        .order_by(_ENDPOINT.c.name, _DELIVERY.c.state)
    )
    for name, state, number, newest in ctx.conn.execute(query):
        dead = state == WebhookState.DEAD.value
        calls = "1 call" if number == 1 else f"{number} calls"
        was = "was given up" if number == 1 else "were given up"
        waits = "failed and waits" if number == 1 else "failed and wait"
        yield warning(
            "webhooks",
            f"{calls} to {name!r} {was if dead else waits}: {_why(ctx, newest)}",
            "See the admin's page Webhooks: mend what it says there, then send them again."
            if dead
            else "The worker tries again; the admin's page Webhooks says when.",
        )


def _why(ctx: Context, delivery_id: int) -> str:
    tries = select(_TRY.c.status, _TRY.c.error).where(_TRY.c.delivery_id == delivery_id)
    row = ctx.conn.execute(tries.order_by(_TRY.c.id.desc()).limit(1)).first()
    if row is None:
        return "the log of its tries is gone."
    return f"{row.error or f'it answered {row.status}'}."


def check_keys(ctx: Context) -> Findings:
    """See whether secrets end soon, or lie under a key that is no more in the configuration."""
    known = set(ctx.keys.secrets)
    for source in ctx.conn.execute(select(_SOURCE).where(_SOURCE.c.active).order_by(_SOURCE.c.name)):
        if source.old_until is not None and ctx.now < source.old_until <= ctx.now + _TWO_DAYS:
            yield warning(
                "keys",
                f"The old secret of {source.name!r} ends at {source.old_until:%Y-%m-%d %H:%M} UTC.",
                "See that this shop signs with the new one; what it signs with the old one is refused then.",
            )
        if _is_lost(source.secret, known) or _is_lost(source.access, known):
            yield _lost(f"The secret of {source.name!r}")
    there = (_ENDPOINT.c.active, _ENDPOINT.c.removed_at.is_(None), _ENDPOINT.c.key_id.not_in(known))
    for name in ctx.conn.scalars(select(_ENDPOINT.c.name).where(*there).order_by(_ENDPOINT.c.name)):
        yield _lost(f"The secret of the webhook {name!r}")


def _is_lost(kept: Mapping[str, str] | None, known: set[str]) -> bool:
    return bool(kept) and kept is not None and kept.get("key", "") not in {"", *known}


def _lost(what: str) -> Diagnosis:
    return error(
        "keys",
        f"{what} lies under a key that is not in FIRSTLINE_KEYS any more: it cannot be used.",
        "Put the key back, or make a new secret on the admin pages.",
    )
