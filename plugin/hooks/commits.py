"""Notice calls that the shop never commits: logged, raised under TESTING, and told by `doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, g
from sqlalchemy import insert
from sqlalchemy.orm import Session, SessionTransaction

from ..errors import FirstlineError
from ..models import Notice
from ..state import EXTENSION, State, log

_CALLS = "_firstline_calls"
_LOST = "_firstline_lost"
_INSERT = insert(Notice.__table__)


class NeverCommitted(FirstlineError):
    """The shop ended its work without committing calls of ours."""


@dataclass(frozen=True, kw_only=True)
class _Watched:
    session: Session
    transaction: SessionTransaction | None
    what: str


def watch(session: Session, what: str) -> None:
    """Remember a call until the app context ends."""
    calls: list[_Watched] = g.setdefault(_CALLS, [])
    calls.append(_Watched(session=session, transaction=session.get_transaction(), what=what))


def install(app: Flask) -> None:
    """Look when an app context ends, before the shop's session is removed; note what was lost after."""
    app.teardown_appcontext(_look)
    app.teardown_appcontext_funcs.insert(0, _note)


def _look(error: BaseException | None) -> None:
    calls: list[_Watched] = g.pop(_CALLS, [])
    lost = [call.what for call in calls if _is_open(call)]
    if not lost or error is not None:
        return
    for what in lost:
        log.error("%s was neither committed nor rolled back: the shop's transaction ended without it", what)
    setattr(g, _LOST, lost)


def _is_open(call: _Watched) -> bool:
    if call.transaction is None:
        return False
    return call.session.get_transaction() is call.transaction and call.transaction.is_active


def _note(error: BaseException | None) -> None:
    lost: list[str] = g.pop(_LOST, [])
    state = current_app.extensions.get(EXTENSION)
    if not lost or not isinstance(state, State):
        return
    rows = [{"kind": "never committed", "text": what, "at": state.now()} for what in lost]
    try:
        state.in_own_unit(lambda session: session.execute(_INSERT, rows))
    except Exception:
        log.exception("what was never committed could not be noted")
    if current_app.testing:
        raise NeverCommitted(
            f"{', '.join(lost)}: commit after the call (or pass commit=True when the shop has committed)."
        )
