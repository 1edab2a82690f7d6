"""Sixteen real processes that do the same job on one database at the same moment."""

from __future__ import annotations

import gc
import multiprocessing
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.synchronize import Barrier
from typing import Any

from tests.small_shop import SmallShop, build
from tests.warm import forget_the_disk, keep_warm

PROCESSES = 16
EACH = 10
ATTEMPTS = PROCESSES * EACH
MANY = range(2 * ATTEMPTS)
"""For what is promised of three hundred and twenty at once."""
_PATIENCE = 120

Job = Callable[[SmallShop, int], str]
"""Does one numbered attempt in a transaction of its own and says in a word what came of it."""


@dataclass(frozen=True, kw_only=True)
class Heat:
    """One race: the database, the job, each process's numbers, and settings of the app."""

    url: str
    job: Job
    config: Mapping[str, object]
    later_by: float = 0
    """Seconds by which the clock of all processes is ahead of the start."""


class Racers:
    """Processes that wait for work; each runs its share of a heat as soon as all are ready."""

    def __init__(self, pipes: Sequence[Pipe]) -> None:
        self._pipes = pipes

    def run(
        self,
        url: str,
        job: Job,
        numbers: Sequence[int] = range(ATTEMPTS),
        *,
        later_by: float = 0,
        **config: object,
    ) -> Counter[str]:
        """Let all processes do the numbered attempts; count what came of them, errors by their traceback."""
        heat = Heat(url=url, job=job, config=config, later_by=later_by)
        for place, pipe in enumerate(self._pipes):
            pipe.send((heat, numbers[place :: len(self._pipes)]))
        found: Counter[str] = Counter()
        for pipe in self._pipes:
            if not pipe.poll(_PATIENCE):
                raise TimeoutError("a process hangs")
            found.update(pipe.recv())
        return found


@contextmanager
def racers() -> Iterator[Racers]:
    """Start the processes, and end them."""
    context = start_context()
    barrier = context.Barrier(PROCESSES)
    pairs = [context.Pipe() for _ in range(PROCESSES)]
    processes = [context.Process(target=_wait, args=(theirs, barrier), daemon=True) for _, theirs in pairs]
    for process in processes:
        process.start()
    try:
        yield Racers([ours for ours, _ in pairs])
    finally:
        for ours, theirs in pairs:
            ours.close()
            theirs.close()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.terminate()


def start_context() -> ForkServerContext | SpawnContext:
    """Let the processes come from one that has read all code; where it cannot be forked each reads it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{__package__}.{name}" for name in ("jobs", "api_jobs", "code_jobs")])
    return context


def _wait(pipe: Pipe, barrier: Barrier) -> None:
    keep_warm()
    forget_the_disk()
    gc.freeze()
    while True:
        try:
            heat, numbers = pipe.recv()
        except EOFError:
            return
        pipe.send(_race(heat, numbers, barrier))


def _race(heat: Heat, numbers: Sequence[int], barrier: Barrier) -> Counter[str]:
    found: Counter[str] = Counter()
    shop = build(heat.url, **heat.config)
    shop.advance(seconds=heat.later_by)
    with shop.app.app_context():
        shop.own_rows()
        shop.session.rollback()
        barrier.wait(_PATIENCE)
        for number in numbers:
            found[_attempt(shop, heat.job, number)] += 1
        shop.session.rollback()
        shop.engine.dispose()
    return found


def _attempt(shop: SmallShop, job: Job, number: int) -> str:
    """Do one attempt; an error that nobody expects ends the shop's transaction and is told."""
    try:
        return job(shop, number)
    except Exception as error:
        shop.session.rollback()
        return "".join(traceback.format_exception(error))


def errors(found: Mapping[str, Any]) -> str:
    """Give what is no plain word: the first traceback, and how many there are."""
    tracebacks = [word for word in found if "\n" in word]
    return f"{len(tracebacks)} errors, the first: {tracebacks[0]}" if tracebacks else ""
