"""Celery wakes and spreads the worker (extra `celery`); the rows of the outbox stay the truth."""

from __future__ import annotations

from celery import Celery
from celery.signals import worker_process_init
from flask import Flask

from ..models import Worker
from ..state import state_of
from . import tasks, waking

_ONE_MORE_TRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def firstline_tasks(celery_app: Celery, app: Flask) -> None:
    """Give a shop's Celery the tasks of the worker: call it once both apps are made.

    Its beat asks for a round every `FIRSTLINE_WORK_SECONDS`, and each commit that left something to do asks
    for delivery at once. Several shops may share a Celery app: each round goes over all of them.
    """
    state = state_of(app)
    seconds = state.settings.work_seconds
    bell = waking.ThreadBell("Celery", lambda: _wake(celery_app, seconds))
    waking.mount(state, "Celery", bell)
    if hasattr(celery_app, "firstline_shops"):
        celery_app.firstline_shops.add(app, bell)
        return
    shops = celery_app.firstline_shops = tasks.Shops()
    shops.add(app, bell)

    def work() -> None:
        shops.work(Worker.CELERY)

    for name, task in ((tasks.WORK, work), (tasks.DELIVER, shops.deliver)):
        celery_app.task(name=name, ignore_result=True, shared=False)(task)
    # What no worker has taken before the next round is not needed any more.
    worker_process_init.connect(lambda **_: shops.begin_process(), weak=False, dispatch_uid=id(celery_app))
    round_ = celery_app.signature(tasks.WORK)
    celery_app.add_periodic_task(seconds, round_, name=tasks.WORK, expires=seconds)


def _wake(celery_app: Celery, seconds: int) -> None:
    # Where tasks are done in place, as in a shop's tests, it would be in our thread, beside the test.
    if not celery_app.conf.task_always_eager:
        celery_app.send_task(
            tasks.DELIVER, expires=seconds, ignore_result=True, retry=True, retry_policy=_ONE_MORE_TRY
        )
