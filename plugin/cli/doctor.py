"""`flask firstline doctor`: the usual mistakes, each with how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy.exc import DBAPIError

from ..errors import ConfigError
from ..services.context import Context
from ..state import State, current_state
from . import doctor_nights as nights
from . import doctor_running as running
from . import doctor_setup as setup
from .diagnosis import Diagnosis, Findings, Level, error
from .doctor_messages import check_messages
from .group import Answer, answering, firstline

_RUNNING: tuple[Callable[[Context], Findings], ...] = (
    running.check_calls,
    running.check_settings,
    running.check_currencies,
    running.check_terms,
    running.check_worker,
    running.check_mails,
    running.check_sms,
    running.check_books,
    nights.check_seals,
    nights.check_retention,
    nights.check_planned,
    nights.check_webhooks,
    nights.check_keys,
    running.check_bodies,
    running.check_busy,
    lambda ctx: setup.check_clock(ctx.conn, datetime.now(UTC)),
)


@firstline.command("doctor")
@answering
def doctor() -> Answer:
    """Find the usual mistakes of a mounted shop, and say how to mend each. Exit code 1 for errors."""
    found = examine(current_state())
    ok = not any(diagnosis.level is Level.ERROR for diagnosis in found)
    data = {"ok": ok, "findings": [asdict(diagnosis) for diagnosis in found]}
    return Answer(text=_told(found), data=data, ok=ok)


def examine(state: State) -> list[Diagnosis]:
    """Give all findings, the worst first."""
    found = [*setup.check_settings(state), *setup.check_adapter(state), *setup.check_shop_migrations(state)]
    found += [*setup.check_bell(state), *_database(state)]
    return sorted(found, key=lambda diagnosis: list(Level).index(diagnosis.level))


def _database(state: State) -> list[Diagnosis]:
    try:
        state.session()
    except ConfigError as missing:
        return [error("session", str(missing), "Mount it as that says.")]
    try:
        tables = list(setup.check_tables(state))
    except DBAPIError as failed:
        said = str(failed.orig).strip().splitlines()[0]
        return [error("database", f"The database cannot be reached: {said}.", "See SQLALCHEMY_DATABASE_URI.")]
    if any(diagnosis.level is Level.ERROR for diagnosis in tables):
        return tables
    found: list[Diagnosis] = state.in_own_unit(
        lambda session: _examined(state, state.context(session.connection()))
    )
    return [*tables, *found]


def _examined(state: State, ctx: Context) -> list[Diagnosis]:
    return [*chain.from_iterable(check(ctx) for check in _RUNNING), *check_messages(state, ctx)]


def _told(found: Sequence[Diagnosis]) -> str:
    if not found:
        return "Nothing is wrong."
    parts = [f"{item.level.upper()}: {item.text}\n  {item.mend}" for item in found]
    errors = sum(item.level is Level.ERROR for item in found)
    return "\n".join([*parts, f"{errors} errors, {len(found) - errors} other findings."])
