"""What the worker does once a day: seals over the postings, a look at partners, the check of the books."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..services import book_checks, sealing, suspicion_nights
from ..services.checking import all_ok, snapshot
from ..services.context import Context
from ..state import State, log

InUnit = Callable[[State, Callable[[Context], Any]], Any]


def seal_days(state: State, in_unit: InUnit) -> None:
    """Seal each day that is over, one in a transaction."""
    while in_unit(state, sealing.seal_next):
        pass


def look_at_partners(state: State, in_unit: InUnit) -> None:
    """Look at all partners, once a night."""
    in_unit(state, suspicion_nights.look)


def check_books(state: State, in_unit: InUnit) -> None:
    """Make the check that is due, outside of any transaction that others would wait for.

    One that fails is tried again when it is given up.
    """
    check_id = in_unit(state, book_checks.claim)
    if check_id is None:
        return
    try:
        with snapshot(state.engine()) as conn:
            checks = book_checks.check_all(state.context(conn))
    except Exception:
        log.exception("the check of the books failed")
        return
    in_unit(state, lambda ctx: book_checks.end(ctx, check_id, checks))
    if not all_ok(checks):
        log.error("the books do not agree; the admin page of the books and `flask firstline check` say where")
