"""Sixteen processes that write to one database for a while, and how much they get done."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from time import perf_counter

from tests.race.racers import start_context
from tests.small_shop import SmallShop, build

WRITERS = 16
SECONDS = 1.0
_PATIENCE = 120

Job = Callable[[SmallShop, int, int], None]
"""Does one piece of work in a transaction; gets the writer's number and that of the piece."""


class Writers:
    """Processes that do the same job at the same time, as often as they can."""

    def __init__(self, pipes: Sequence[Pipe]) -> None:
        self._pipes = pipes

    def rate(self, job: Job) -> float:
        """Let all do a job for a while; give how many pieces a second they do together."""
        for pipe in self._pipes:
            pipe.send(job)
        return sum(self._answer(pipe) for pipe in self._pipes)

    def _answer(self, pipe: Pipe) -> float:
        if not pipe.poll(_PATIENCE):
            raise TimeoutError("a writer hangs")
        found = pipe.recv()
        if isinstance(found, str):
            raise RuntimeError(found)
        return float(found)


@contextmanager
def writers(url: str) -> Iterator[Writers]:
    """Start the processes, each with its own connection, and end them."""
    context = start_context()
    barrier = context.Barrier(WRITERS)
    pairs = [context.Pipe() for _ in range(WRITERS)]
    processes = [
        context.Process(target=_wait, args=(url, number, theirs, barrier), daemon=True)
        for number, (_, theirs) in enumerate(pairs)
    ]
    for process in processes:
        process.start()
    try:
        yield Writers([ours for ours, _ in pairs])
    finally:
        for ours, _ in pairs:
            ours.close()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.terminate()


def _wait(url: str, number: int, pipe: Pipe, barrier: Barrier) -> None:
    shop = build(url)
    gc.freeze()
    pieces = 0
    with shop.app.app_context():
        while True:
            try:
                job = pipe.recv()
            except EOFError:
                return
            barrier.wait(_PATIENCE)
            first, started = pieces, perf_counter()
            try:
                while perf_counter() - started < SECONDS:
                    pieces += 1
                    job(shop, number, pieces)
            except Exception as error:  # noqa: BLE001 - told to the one who waits
                pipe.send(f"{type(error).__name__}: {error}")
                return
            pipe.send((pieces - first) / (perf_counter() - started))
