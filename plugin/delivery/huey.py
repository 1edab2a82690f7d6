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
    to do asks for delivery at once. Of several Flask apps with one Huey the last is worked for.
    """
    state = state_of(app)
    seconds = state.settings.work_seconds
    bell = waking.ThreadBell("Huey", lambda: _wake(huey))
    waking.mount(state, bell)
    known = hasattr(huey, "firstline_shop")
    huey.firstline_shop = (app, bell)
    if known:
        return
    minutes = -(-seconds // 60)

    def is_time(moment: datetime) -> bool:
        return int(moment.timestamp()) // 60 % minutes == 0

    def work() -> None:
        shop, ours = huey.firstline_shop
        tasks.work(shop, Worker.HUEY, ours)

    def deliver() -> None:
        tasks.deliver(*huey.firstline_shop)

    huey.on_startup(name="firstline")(lambda: tasks.begin_process(huey.firstline_shop[0]))
    huey.periodic_task(is_time, name=tasks.WORK, expires=minutes * 60)(work)
    huey.firstline_deliver = huey.task(name=tasks.DELIVER, expires=minutes * 60)(deliver)


def _wake(huey: Huey) -> None:
    # Where tasks are done in place, as in a shop's tests, it would be in our thread, beside the test.
    if not huey.immediate:
        huey.firstline_deliver()
