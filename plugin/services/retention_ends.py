"""What is over of each kind of data that is kept for a time, and how it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, Text, and_, delete, func, or_, select, type_coerce, update

from ..domain.retention import Kept
from ..models import (
    ApiAnswer,
    Application,
    ApplicationState,
    AppliedCode,
    Attempt,
    Audit,
    Body,
    BodyState,
    Consent,
    ConsentView,
    FollowUp,
    MailChoice,
    MessageState,
    Notice,
    Outbox,
    RuleRun,
    RuleRunState,
    Sms,
    TemplatedMail,
    Touch,
    Trait,
    Upload,
    WebhookDelivery,
    WebhookState,
    WebhookTry,
)
from ..models.upload import BEFORE_IMPORT, NO_LINES
from . import api_keys, attempts, quiet_prospects
from .context import Context

Condition = ColumnElement[bool]
_APPLICATION = Application.__table__
_CONSENT = Consent.__table__
_FOLLOW_UP = FollowUp.__table__
_UPLOAD = Upload.__table__
_EMPTIED = '"emptied":true'
"""Marks in the report of a file that its lines are gone."""


def _delete(ctx: Context, table: Table, mine: Condition, ids: Sequence[int]) -> None:
    ctx.conn.execute(delete(table).where(mine))


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Rows of a table that are over, what is done with them, and with how many in one transaction.

    `over` is given the moment before which they are old enough. `ids` are the values of the first column of
    the key.
    """

    table: Table
    over: Callable[[Context, datetime], Condition]
    end: Callable[[Context, Table, Condition, Sequence[int]], None] = _delete
    at_once: int = 500


def _tries_over(ctx: Context, before: datetime) -> Condition:
    window, key = Attempt.__table__.c.window, Attempt.__table__.c.key
    requests = key.startswith(api_keys.COUNTED_AS, autoescape=True)
    return or_(
        and_(requests, window < api_keys.window_of(ctx) - 1),
        and_(~requests, window < attempts.window_of(ctx) - 1),
    )


def _traits_over(ctx: Context, before: datetime) -> Condition:
    """Say what was not seen for long, or stands under a key that is no more."""
    of = Trait.__table__.c
    return or_(of.seen_at < before, of.key_id.not_in(list(ctx.keys.secrets)))


def _bodies_over(ctx: Context, before: datetime) -> Condition:
    """Say what is worked off; what failed stays until somebody has seen to it."""
    of = Body.__table__.c
    return and_(
        of.state.in_((BodyState.DONE.value, BodyState.IGNORED.value)), of.flagged.is_(False), of.at < before
    )


def _calls_over(ctx: Context, before: datetime) -> Condition:
    of = WebhookDelivery.__table__.c
    return and_(of.created_at < before, of.state != WebhookState.WAITING.value)


def _end_calls(ctx: Context, table: Table, mine: Condition, ids: Sequence[int]) -> None:
    tries = WebhookTry.__table__
    ctx.conn.execute(delete(tries).where(tries.c.delivery_id.in_(ids)))
    _delete(ctx, table, mine, ids)


def _applications(state: ApplicationState) -> Callable[[Context, datetime], Condition]:
    waited = state is ApplicationState.UNCONFIRMED
    at = _APPLICATION.c.created_at if waited else _APPLICATION.c.decided_at
    return lambda ctx, before: and_(_APPLICATION.c.state == state.value, at < before)


def _lines_over(ctx: Context, before: datetime) -> Condition:
    shown = ~type_coerce(_UPLOAD.c.report, Text).contains(_EMPTIED, autoescape=True)
    return and_(_UPLOAD.c.finished_at < before, shown)


def _end_lines(ctx: Context, table: Table, mine: Condition, ids: Sequence[int]) -> None:
    for row in ctx.conn.execute(select(table.c.id, table.c.report).where(mine)).all():
        report = {**row.report, **NO_LINES, "emptied": True}
        ctx.conn.execute(update(table).where(table.c.id == row.id, mine).values(report=report))


def _mails_over(ctx: Context, before: datetime) -> Condition:
    of = TemplatedMail.__table__.c
    said = type_coerce(of.words, Text) != "{}"
    return and_(of.state != MessageState.WAITING.value, of.ended_at < before, said)


def _short_over(ctx: Context, before: datetime) -> Condition:
    of = Sms.__table__.c
    return and_(of.state != MessageState.WAITING.value, of.ended_at < before, of.text != "")


def _to(**nothing: object) -> Callable[[Context, Table, Condition, Sequence[int]], None]:
    """Put nothing in place of what names people; that there was a message keeps it from going twice."""

    def empty(ctx: Context, table: Table, mine: Condition, ids: Sequence[int]) -> None:
        ctx.conn.execute(update(table).where(mine).values(**nothing))

    return empty


def _consents_over(ctx: Context, before: datetime) -> Condition:
    ran_out = and_(_CONSENT.c.ended_at.is_(None), _CONSENT.c.until < before)
    return or_(_CONSENT.c.ended_at < before, ran_out)


def _end_consents(ctx: Context, table: Table, mine: Condition, ids: Sequence[int]) -> None:
    for under in (ConsentView.__table__, _FOLLOW_UP):
        ctx.conn.execute(delete(under).where(under.c.consent_id.in_(ids)))
    _delete(ctx, table, mine, ids)


def _choices_over(ctx: Context, before: datetime) -> Condition:
    """Say which choices hold no more; the newest stays however old it is."""
    choice, later = MailChoice.__table__, MailChoice.__table__.alias("later")
    newest = (
        select(func.max(later.c.id))
        .where(later.c.contact_id == choice.c.contact_id, later.c.sort == choice.c.sort)
        .scalar_subquery()
    )
    return and_(choice.c.at < before, choice.c.id < newest)


def _notes_over(ctx: Context, before: datetime) -> Condition:
    ran_out = select(Consent.id).where(Consent.until.is_not(None), Consent.until <= ctx.now)
    return _FOLLOW_UP.c.consent_id.in_(ran_out)


def _older(column: ColumnElement[datetime], *more: Condition) -> Callable[[Context, datetime], Condition]:
    return lambda ctx, before: and_(column < before, *more)


_DONE = Outbox.__table__.c
_RUN = RuleRun.__table__.c
ENDINGS: Mapping[Kept, tuple[Ending, ...]] = {
    Kept.CLICKS: (Ending(table=Touch.__table__, over=_older(Touch.__table__.c.at)),),
    Kept.ATTEMPTS: (Ending(table=Attempt.__table__, over=_tries_over),),
    Kept.TRAITS: (Ending(table=Trait.__table__, over=_traits_over),),
    Kept.WAITING_CODES: (Ending(table=AppliedCode.__table__, over=_older(AppliedCode.__table__.c.at)),),
    Kept.FILES: (
        Ending(table=_UPLOAD, over=_older(_UPLOAD.c.created_at, _UPLOAD.c.state.in_(BEFORE_IMPORT))),
    ),
    Kept.FILE_LINES: (Ending(table=_UPLOAD, over=_lines_over, end=_end_lines, at_once=50),),
    Kept.BODIES: (Ending(table=Body.__table__, over=_bodies_over),),
    Kept.WEBHOOK_CALLS: (Ending(table=WebhookDelivery.__table__, over=_calls_over, end=_end_calls),),
    Kept.API_ANSWERS: (Ending(table=ApiAnswer.__table__, over=_older(ApiAnswer.__table__.c.at)),),
    Kept.WORK_DONE: (Ending(table=Outbox.__table__, over=_older(_DONE.done_at, _DONE.state == "done")),),
    Kept.MESSAGES: (
        Ending(table=TemplatedMail.__table__, over=_mails_over, end=_to(words={})),
        Ending(table=Sms.__table__, over=_short_over, end=_to(text="")),
    ),
    Kept.UNMET_RUNS: (
        Ending(table=RuleRun.__table__, over=_older(_RUN.at, _RUN.state == RuleRunState.NOT_MET.value)),
    ),
    Kept.UNPROVEN_APPLICATIONS: (
        Ending(table=_APPLICATION, over=_applications(ApplicationState.UNCONFIRMED)),
    ),
    Kept.DECLINED_APPLICATIONS: (Ending(table=_APPLICATION, over=_applications(ApplicationState.DECLINED)),),
    Kept.PROSPECTS: (
        Ending(
            table=quiet_prospects.TABLE, over=quiet_prospects.over, end=quiet_prospects.erase_all, at_once=20
        ),
    ),
    Kept.CONSENTS: (
        Ending(table=_CONSENT, over=_consents_over, end=_end_consents),
        Ending(table=MailChoice.__table__, over=_choices_over),
    ),
    Kept.FOLLOW_UPS: (Ending(table=_FOLLOW_UP, over=_notes_over),),
    Kept.NOTICES: (Ending(table=Notice.__table__, over=_older(Notice.__table__.c.at)),),
    Kept.AUDIT: (Ending(table=Audit.__table__, over=_older(Audit.__table__.c.at)),),
}
"""Kinds that are not here are kept without an end, or never stored."""
