"""Huey wakes and spreads the worker (extra `huey`); the rows of the outbox stay the truth."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from huey import Huey

from ..models import Worker
from ..state import state_of
from . import tasks, waking


def firstline_tasks(huey: Huey, app: Flask) -> None:
    """Give a shop's Huey the tasks of the worker: call it once both are made.

    A round is asked for every `FIRSTLINE_WORK_SECONDS`, in whole minutes, and each commit that left something
    to do asks for delivery at once. Several shops may share a Huey: each round goes over all of them.
    """
    state = state_of(app)
    seconds = state.settings.work_seconds
    bell = waking.ThreadBell("Huey", lambda: _wake(huey))
    waking.mount(state, "Huey", bell)
    if hasattr(huey, "firstline_shops"):
        huey.firstline_shops.add(app, bell)
        return
    shops = huey.firstline_shops = tasks.Shops()
    shops.add(app, bell)
    minutes = -(-seconds // 60)

    def is_time(moment: datetime) -> bool:
        return int(moment.timestamp()) // 60 % minutes == 0

    def work() -> None:
        shops.work(Worker.HUEY)

    huey.on_startup(name="firstline")(shops.begin_process)
    huey.periodic_task(is_time, name=tasks.WORK, expires=minutes * 60)(work)
    huey.firstline_deliver = huey.task(name=tasks.DELIVER, expires=minutes * 60)(shops.deliver)


def _wake(huey: Huey) -> None:
    # Where tasks are done in place, as in a shop's tests, it would be in our thread, beside the test.
    if not huey.immediate:
        huey.firstline_deliver()
