"""Very many values at once: the garbage collector rests while they are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_resting: list[bool] = []


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector of reference cycles rest: it would go through a million values again and again.

    What is in no cycle is freed as ever. Work of several threads may overlap.
    """
    with _lock:
        _resting.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            was_on = _resting.pop(0) if len(_resting) == 1 else _resting.pop()
            if was_on:
                gc.enable()
