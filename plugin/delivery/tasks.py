"""What Celery and Huey let their workers do: a round of the worker, and to deliver what is due."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from ..models import Worker
from ..state import Bell, state_of
from .worker import deliver_once, is_more_due, work_once

WORK = "firstline.work"
DELIVER = "firstline.deliver"
LEASED = 25
"""Rows that one task takes at once; what is beyond is for others."""
_ROUNDS = 10


class Shops:
    """The apps that one Celery or Huey works for, each with the bell that wakes its workers.

    What fails for one shop keeps none of the others waiting; it is raised when all have had their turn.
    """

    def __init__(self) -> None:
        self._bells: dict[Flask, Bell] = {}

    def add(self, app: Flask, bell: Bell) -> None:
        """Work for an app, once however often it is said."""
        self._bells[app] = bell

    def work(self, worker: Worker) -> None:
        """Make a whole round for each."""
        self._each(lambda app, bell: work(app, worker, bell))

    def deliver(self) -> None:
        """Deliver what is due to each."""
        self._each(deliver)

    def begin_process(self) -> None:
        """Begin a process that was forked."""
        self._each(lambda app, _bell: begin_process(app))

    def _each(self, do: Callable[[Flask, Bell], None]) -> None:
        failed: list[Exception] = []
        for app, bell in list(self._bells.items()):
            try:
                do(app, bell)
            except Exception as error:
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise ExceptionGroup("several shops could not be worked for", failed)


def work(app: Flask, worker: Worker, bell: Bell) -> None:
    """Make a whole round, as `flask firstline work --once` does."""
    with app.app_context():
        _share_out(app, bell)
        work_once(state_of(app), limit=LEASED, worker=worker)


def deliver(app: Flask, bell: Bell) -> None:
    """Deliver what is due, and what follows from it; wake another worker where there is more."""
    with app.app_context():
        _share_out(app, bell)
        for _ in range(_ROUNDS):
            if deliver_once(state_of(app), limit=LEASED).idle:
                return


def begin_process(app: Flask) -> None:
    """Leave the connections to the process that this one was forked from; open own ones."""
    with app.app_context():
        state_of(app).engine().dispose(close=False)


def _share_out(app: Flask, bell: Bell) -> None:
    if is_more_due(state_of(app), LEASED):
        bell.ring()
