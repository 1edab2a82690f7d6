"""What has happened so far: calls that are missing, parked or lost, and the worker."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, func, or_, select

from ..models import (
    Call,
    Contact,
    Document,
    DocumentKind,
    DocumentState,
    Notice,
    Outbox,
    Outcome,
    Posting,
)
from ..services import bodies, book_checks, hot, program_settings, rounds
from ..services.context import Context
from ..services.mails import MAIL
from ..services.sms import SMS
from ..services.terms_rows import in_force
from .diagnosis import Findings, error, note, warning

_CALL = Call.__table__
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_NOTICE = Notice.__table__
_OUTBOX = Outbox.__table__
_POSTING = Posting.__table__
_MANY = 5
_A_WEEK = timedelta(days=7)
_A_DAY = timedelta(days=1)
_TWO_DAYS = timedelta(days=2)
_AN_HOUR = timedelta(hours=1)
_LET_WORK = (
    "Run `flask firstline work` as a service, or `flask firstline work --once` every minute; or let Celery "
    "or Huey do it (docs/jobs.md)."
)


def check_settings(ctx: Context) -> Findings:
    """Say which settings are not as the configuration has them."""
    if ctx.timeline is None:
        return
    others = [
        program_settings.config_name(key)
        for key, held, base in program_settings.in_force(ctx.timeline, ctx.now)
        if held != base
    ]
    if others:
        yield note(
            "settings",
            f"Not as configured, but as changed while the program runs: {', '.join(others)}.",
            "See `flask firstline settings show`; the configuration alone changes nothing there.",
        )


def check_calls(ctx: Context) -> Findings:
    """See whether the shop makes all its calls."""
    yield from _never_paid(ctx)
    waiting = _count(ctx, _CALL.c.outcome == Outcome.WAITING.value, _CALL.c.at <= ctx.now - _A_DAY)
    if waiting:
        yield error(
            "order_placed",
            f"{_number(waiting, 'call')} about orders that were never placed: waiting for more than a day.",
            "Call order_placed for every order, also for those made in the shop's admin.",
        )
    parked = _count(ctx, _CALL.c.outcome == Outcome.PARKED.value)
    if parked:
        yield error(
            "parked",
            f"{_number(parked, 'call')} parked after an error of ours.",
            "See the admin's page of parked calls; `flask firstline replay` works them off.",
        )
    lost = _count(ctx, _NOTICE.c.kind == "never committed", _NOTICE.c.at > ctx.now - _A_WEEK)
    if lost:
        yield error(
            "commit",
            f"{_number(lost, 'call')} in the last week never committed by the shop: they are lost.",
            "Commit the session after the call, or pass commit=True where the shop has committed already.",
        )


def _never_paid(ctx: Context) -> Findings:
    old = and_(
        _DOCUMENT.c.kind == DocumentKind.ORDER.value,
        _DOCUMENT.c.state == DocumentState.OPEN.value,
        _DOCUMENT.c.total > 0,
        _DOCUMENT.c.placed_at <= ctx.now - _A_WEEK,
    )
    orders = _count(ctx, old)
    if orders >= _MANY and not _count(ctx, old, or_(_DOCUMENT.c.paid > 0, _DOCUMENT.c.paid_at.is_not(None))):
        yield error(
            "invoice_paid",
            f"{orders} orders are older than a week and none was ever reported as paid: nobody earns.",
            "Call invoice_paid when money comes in.",
        )


def check_currencies(ctx: Context) -> Findings:
    """See whether the shop sells in another currency than the one that is set."""
    query = select(_DOCUMENT.c.currency, func.count()).group_by(_DOCUMENT.c.currency)
    own = ctx.settings.currency
    others = [(currency, seen) for currency, seen in ctx.conn.execute(query) if currency != own]
    if others:
        said = ", ".join(f"{seen} in {currency}" for currency, seen in sorted(others))
        yield warning(
            "currency",
            f"There are sales in other currencies than {own}: {said}. Amounts in {own} do not count there.",
            "Set FIRSTLINE_CURRENCY if the shop sells in one currency; else make coupons and terms for each.",
        )


def check_terms(ctx: Context) -> Findings:
    """See whether partners can earn anything."""
    partners = _count(ctx, _CONTACT.c.partner_since.is_not(None))
    if partners and not _count(ctx, in_force(ctx.now)):
        yield warning(
            "terms",
            f"There are {_number(partners, 'partner')} and no commission terms: nobody earns.",
            "Run `flask firstline terms set --level 1 --percent 10`, or use the admin's page of terms.",
        )


def check_mails(ctx: Context) -> Findings:
    """See whether mails wait that were tried already, and why."""
    mend = "Mend that; `flask firstline mail test ADDRESS` tries it, and the worker sends what waits."
    yield from _not_sent(ctx, MAIL, "mails", "mail", mend)


def check_sms(ctx: Context) -> Findings:
    """See whether short messages wait that were tried already, and why."""
    mend = "Mend that; the worker sends what waits."
    yield from _not_sent(ctx, SMS, "sms", "short message", mend)


def _not_sent(ctx: Context, topic: str, check: str, noun: str, mend: str) -> Findings:
    tried = and_(_OUTBOX.c.topic == topic, _OUTBOX.c.state == "waiting", _OUTBOX.c.error.is_not(None))
    waiting = _count(ctx, tried)
    if waiting:
        newest = select(_OUTBOX.c.error).where(tried).order_by(_OUTBOX.c.id.desc()).limit(1)
        yield warning(
            check,
            f"{_number(waiting, noun)} cannot be sent: {ctx.conn.execute(newest).scalar_one()}",
            mend,
        )


def check_worker(ctx: Context) -> Findings:
    """See whether the worker runs and gets its work done."""
    late = _count(ctx, _OUTBOX.c.state == "waiting", _OUTBOX.c.run_at <= ctx.now - _AN_HOUR)
    if late:
        yield warning(
            "worker",
            f"{_number(late, 'row')} of work due for more than an hour: the worker does not run.",
            _LET_WORK,
        )
    else:
        yield from _check_rounds(ctx)
    dead = _count(ctx, _OUTBOX.c.state == "dead")
    if dead:
        yield error(
            "worker",
            f"{_number(dead, 'row')} of work given up after many tries.",
            "See what and why with `flask firstline outbox list --dead` or on the admin's page Outbox; mend "
            "that, then `flask firstline outbox retry`.",
        )


def _check_rounds(ctx: Context) -> Findings:
    found = rounds.last(ctx.conn)
    if found is None:
        yield note("worker", "No worker has run yet: mails wait, and all that is done later.", _LET_WORK)
    elif found.at <= ctx.now - _AN_HOUR:
        yield warning(
            "worker",
            f"No worker has run since {found.at:%Y-%m-%d %H:%M} UTC: the last was "
            f"{rounds.NAMES[found.worker]} on {found.place}.",
            _LET_WORK,
        )


def check_bodies(ctx: Context) -> Findings:
    """See whether something that other shops sent failed, or should be looked at."""
    found = bodies.to_see(ctx.conn)
    if found.failed:
        yield error(
            "hooks",
            f"{_number(found.failed, 'message')} of other shops failed and changed nothing.",
            "See why with `flask firstline hooks list --failed` or on the admin's page Received; mend that, "
            "then `flask firstline hooks again ID`.",
        )
    if found.flagged:
        yield warning(
            "hooks",
            f"{_number(found.flagged, 'message')} of other shops brought something that somebody should see.",
            "Look at them on the admin's page Received.",
        )


def check_busy(ctx: Context) -> Findings:
    """See whether many sales at once wait for each other at the balance of a partner."""
    for found in hot.busy(ctx.conn, now=ctx.now):
        name = found.ref or f"the partner with the id {found.partner_id}"
        yield warning(
            "balances",
            f"{found.most} calls in one minute of the last day posted to {name}: they wait for each other.",
            f"Spread the balances: `flask firstline partner hot {found.ref or 'PARTNER'} --on`, or on the "
            "partner's page of the admin.",
        )


def check_books(ctx: Context) -> Findings:
    """See whether the books were checked lately, and agreed."""
    found = book_checks.last(ctx.conn)
    if found is not None and not found.ok:
        yield error(
            "books",
            f"The books do not agree: {_number(found.differ, 'difference')} at {found.at:%Y-%m-%d %H:%M}.",
            "`flask firstline check` says where; nothing was lost, all postings are kept.",
        )
    late = ctx.now - _TWO_DAYS
    if _count(ctx, _POSTING.c.at <= late) and (found is None or found.at <= late):
        yield warning(
            "books",
            "The books have not been checked for two days.",
            "The worker does so every night: run `flask firstline work`, or `flask firstline check` nightly.",
        )


def _count(ctx: Context, *conditions: object) -> int:
    query = select(func.count()).where(*conditions)  # type: ignore[arg-type]  # SQL conditions
    return ctx.conn.execute(query).scalar_one()


def _number(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
