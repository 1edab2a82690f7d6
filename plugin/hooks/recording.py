"""Run the shop's calls: inside its transaction, once, and so that a bug of ours never costs a sale."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import has_app_context
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..cart import forget_quotes
from ..config import OnBug
from ..errors import FirstlineError, WrongFact
from ..models import Outcome
from ..models.base import SHOP
from ..services import inbox, orders
from ..services.attempted import attempted
from ..services.context import Context
from ..services.inbox import Json
from ..services.unit import ends_transaction, joined, retried, unit
from ..state import State, log
from .commits import watch

Result = TypeVar("Result")

_parks_all: ContextVar[bool] = ContextVar("firstline_parks_all", default=False)


@contextmanager
def parking_everything() -> Iterator[None]:
    """Park also what is wrong with the facts: for signals, where nobody would see the error."""
    token = _parks_all.set(True)
    try:
        yield
    finally:
        _parks_all.reset(token)


@dataclass(frozen=True, kw_only=True)
class Told(Generic[Result]):
    """One call of the shop: what it is about, how it is worked, and what to answer when we have a bug."""

    kind: str
    key: str
    payload: Callable[[], Json]
    work: Callable[[Context], Result]
    after_bug: Callable[[], Result]
    subject_ref: str | None = None
    order_ref: str | None = None
    source: str = SHOP
    as_fact: bool = False


def run(state: State, told: Told[Result], *, commit: bool = False) -> Result:
    """Work a call: joined to the shop's transaction, or in a unit of our own where the shop has committed."""
    if not has_app_context():
        raise RuntimeError(
            f"{told.kind} was called outside an app context; open one: `with app.app_context():`."
        )
    forget_quotes()
    if commit:
        return _committed(state, told)
    session = state.session()
    with session.no_autoflush:
        done = _worked(state, session, told)
    if not state.owns_database:
        watch(session, f"{told.kind} {told.key}")
    return done


def _committed(state: State, told: Told[Result]) -> Result:
    def once() -> Result:
        session = Session(state.engine())
        try:
            with unit(session):
                return _worked(state, session, told)
        finally:
            session.close()

    return retried(once)


def _worked(state: State, session: Session, told: Told[Result]) -> Result:
    try:
        return _attempted(state, session, told)
    except orders.Repeated:
        raise
    except Exception as error:
        if isinstance(error, FirstlineError) and not (isinstance(error, WrongFact) and _parks_all.get()):
            raise
        if state.settings.on_bug is OnBug.RAISE or (
            isinstance(error, DBAPIError) and ends_transaction(error)
        ):
            raise
        log.exception("%s %s is parked: a bug of ours, the sale goes on", told.kind, told.key)
        _park(state, session, told, error)
        return told.after_bug()


def _attempted(state: State, session: Session, told: Told[Result]) -> Result:
    """Work a call in a savepoint, and tell the outgoing signals."""

    def work(ctx: Context) -> Result:
        done = told.work(ctx)
        state.send(ctx)
        return done

    return attempted(
        lambda: unit(session) if state.owns_database else joined(session),
        lambda conn: state.context(conn, source=told.source, as_fact=told.as_fact),
        work,
    )


def _park(state: State, session: Session, told: Told[Result], error: Exception) -> None:
    """Keep the call with its error, to be worked off by `flask firstline replay`."""
    opened = unit(session) if state.owns_database else joined(session)
    with opened as conn:
        ctx = state.context(conn, source=told.source)
        call = inbox.record(
            ctx,
            told.kind,
            told.key if told.kind in inbox.ONCE else f"{told.key[:100]}#{uuid.uuid4().hex}",
            told.payload(),
            subject_ref=told.subject_ref,
            order_ref=told.order_ref,
            outcome=Outcome.PARKED,
        )
        said = "".join(traceback.format_exception_only(error)).strip()
        if call.new or call.outcome is not Outcome.DONE:
            inbox.settle(ctx, call.id, Outcome.PARKED, error=f"{said}\n{_where(error)}")


def _where(error: Exception) -> str:
    return "".join(traceback.format_tb(error.__traceback__)[-3:])
