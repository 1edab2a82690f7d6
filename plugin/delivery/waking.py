"""Wakes workers once a transaction that wrote work down has committed. The rows stay the truth.

Nothing depends on it: where nobody can be woken, the rows wait for the next round of a worker.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakSet

from flask import current_app, has_app_context
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from ..services.outbox import DUE
from ..state import EXTENSION, Bell, State, log

Send = Callable[[], None]
_CONNECTIONS = "firstline_connections"
_LAST_SECONDS = 1
"""So long a process that ends waits for what is on its way."""
_TRY_SECONDS = 3
_quiet: ContextVar[bool] = ContextVar("firstline_quiet", default=False)
_bells: WeakSet[ThreadBell] = WeakSet()


class ThreadBell:
    """Rings from a thread of its own, so that nobody waits for a broker or fails with it.

    What is rung while one ring is on its way becomes one more, however often it was.
    """

    def __init__(self, broker: str, send: Send) -> None:
        self._broker = broker
        self._send = send
        self._lock = threading.Lock()
        self._wanted = False
        self._thread: threading.Thread | None = None
        self._silent = False
        _bells.add(self)

    def ring(self) -> None:
        """Say that there is something to do."""
        with self._lock:
            self._wanted = True
            # A fork takes no threads along: what looks like one there is dead.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._ring_on, name="firstline-bell", daemon=True)
                self._thread.start()

    def trouble(self) -> str:
        """Ring once and say what is wrong, or nothing."""
        said = [f"it does not answer within {_TRY_SECONDS} seconds"]
        trial = threading.Thread(target=lambda: said.append(self._try()), daemon=True)
        trial.start()
        trial.join(_TRY_SECONDS)
        return f"{self._broker}: {said[-1].rstrip('.')}." if said[-1] else ""

    def wait(self, seconds: float) -> None:
        """Wait for what is on its way."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _ring_on(self) -> None:
        while self._take():
            said = self._try()
            if said and not self._silent:
                log.warning("%s cannot be woken, work waits for the next round: %s", self._broker, said)
            self._silent = bool(said)

    def _take(self) -> bool:
        with self._lock:
            wanted, self._wanted = self._wanted, False
            if not wanted:
                self._thread = None
            return wanted

    def _try(self) -> str:
        try:
            self._send()
        except Exception as error:  # whatever a broker's library raises
            return f"{type(error).__name__}: {error}"[:300]
        return ""


def mount(state: State, workers: str, bell: Bell) -> None:
    """Let a bell for some kind of workers ring after each commit that left something to do."""
    state.bells[workers] = bell
    if not event.contains(Session, "after_commit", _after_commit):
        event.listen(Session, "after_begin", _after_begin)
        event.listen(Session, "after_commit", _after_commit)
        event.listen(Session, "after_transaction_end", _after_end)
        atexit.register(_let_ring_out)


@contextmanager
def quiet() -> Iterator[None]:
    """Wake nobody for what is written meanwhile: who works finds it."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _after_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:
        # What a rolled back transaction has left there says nothing about this one.
        connection.info.pop(DUE, None)
    session.info.setdefault(_CONNECTIONS, set()).add(connection)


def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    try:
        connections: set[Connection] = session.info.get(_CONNECTIONS, set())
        due = [connection.info.pop(DUE, False) for connection in connections]
        if any(due) and not _quiet.get():
            _ring()
    except Exception:  # what is committed stays committed
        log.exception("nobody could be woken after a commit")


def _ring() -> None:
    state = current_app.extensions.get(EXTENSION) if has_app_context() else None
    for bell in state.bells.values() if isinstance(state, State) else ():
        bell.ring()


def _after_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_CONNECTIONS, None)


def _let_ring_out() -> None:
    for bell in _bells:
        bell.wait(_LAST_SECONDS)
