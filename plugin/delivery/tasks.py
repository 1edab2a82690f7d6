"""What Celery and Huey let their workers do: a round of the worker, and to deliver what is due."""

from __future__ import annotations

from flask import Flask

from ..models import Worker
from ..state import Bell, state_of
from .worker import deliver_once, is_more_due, work_once

WORK = "firstline.work"
DELIVER = "firstline.deliver"
LEASED = 25
"""Rows that one task takes at once; what is beyond is for others."""
_ROUNDS = 10


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
