"""The worker, and parked calls."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from types import FrameType

import click
from sqlalchemy.exc import DBAPIError

from ..delivery.worker import Worked, work_once
from ..hooks.replay import replay as replay_calls
from ..state import State, current_state, log
from .group import ID, Answer, answering, firstline, table


@firstline.command("work")
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@click.option("--pause", type=click.IntRange(1), default=5, show_default=True, help="Seconds between rounds.")
@answering
def work(once: bool, pause: int) -> Answer:
    """Do what is due: deliver, move holds, free what is held too long. Ends cleanly at SIGTERM."""
    state = current_state()
    done = work_once(state) if once else _work_on(state, pause)
    text = (
        f"{done.delivered} delivered, {done.failed} failed, {done.released} holds over, {done.freed} freed."
    )
    if done.waiting:
        text += f" {done.waiting} wait for something to be mended: see `flask firstline doctor`."
    return Answer(text=text, data=asdict(done), ok=not (once and done.failed))


def _work_on(state: State, pause: int) -> Worked:
    """Work round after round until the process is told to end; a lost database is tried again."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    total = Worked()
    try:
        while not ended.is_set():
            total = _added(total, _round(state))
            ended.wait(pause)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return total


def _round(state: State) -> Worked:
    try:
        return work_once(state)
    except DBAPIError:
        log.exception("the worker could not reach the database and will try again")
        return Worked()


def _added(one: Worked, other: Worked) -> Worked:
    return Worked(**{name: value + getattr(other, name) for name, value in asdict(one).items()})


@firstline.command("replay")
@click.argument("call_id", type=ID, required=False)
@answering
def replay(call_id: int | None) -> Answer:
    """Work off parked calls again, all or the one with CALL_ID. Exit code 1 where one fails again."""
    done = replay_calls(current_state(), call_id)
    rows = [(call.id, call.kind, call.key, call.error or "done") for call in done]
    text = table(("id", "call", "key", "outcome"), rows, empty="No calls are parked.")
    return Answer(text=text, data=[asdict(call) for call in done], ok=not any(call.error for call in done))
