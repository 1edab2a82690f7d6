"""Very many values at once: the garbage collector rests while they are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Rest:
    """How many want the collector to rest, and whether it worked before the first of them."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.wanted = 0
        self.was_on = False


_rest = _Rest()


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector of reference cycles rest: it would go through a million values again and again.

    What is in no cycle is freed as ever. Work of several threads may overlap.
    """
    with _rest.lock:
        if not _rest.wanted:
            _rest.was_on = gc.isenabled()
        _rest.wanted += 1
        gc.disable()
    try:
        yield
    finally:
        with _rest.lock:
            _rest.wanted -= 1
            if not _rest.wanted and _rest.was_on:
                gc.enable()
