"""Ours and raw psycopg in turns, in one process: the ratio of their medians, and the median of five."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from itertools import count
from statistics import median
from time import perf_counter

import psycopg

from tests.hot_calls import calls
from tests.small_shop import SmallShop

from .recording import Sent, recorded, replay

ROUNDS = 5
_WARM_UP = 10
"""psycopg prepares a statement when it comes for the sixth time."""
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Timed:
    """How long a call took beside raw psycopg; times in milliseconds, the medians of the median round."""

    ratio: float
    ours: float
    raw: float


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The shop that is timed, raw psycopg beside it, and one more shop that prepares and records for both.

    The timed connections are never rolled back: psycopg would forget what it has prepared on them.
    """

    shop: SmallShop
    recorder: SmallShop
    raw: psycopg.Connection[object]


def timed(sides: Sides, name: str, *, lines: int, each: int) -> Timed:
    """Time one of the hot calls."""
    for _ in range(_WARM_UP):
        _pair(sides, name, lines)
    rounds = [_round(sides, name, lines, each) for _ in range(ROUNDS)]
    return sorted(rounds, key=lambda one: one.ratio)[ROUNDS // 2]


def _round(sides: Sides, name: str, lines: int, each: int) -> Timed:
    gc.collect()
    gc.disable()
    try:
        pairs = [_pair(sides, name, lines) for _ in range(each)]
    finally:
        gc.enable()
    ours, theirs = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return Timed(ratio=ours / theirs, ours=ours * 1000, raw=theirs * 1000)


def _pair(sides: Sides, name: str, lines: int) -> tuple[float, float]:
    """Do the call for one order, and send what it sends for another one by psycopg alone.

    Each comes right after the same call was done and taken back, so that neither finds things warmer.
    """
    if next(_numbers) % 2:
        return _ours(sides, name, lines), _theirs(sides, name, lines)
    theirs = _theirs(sides, name, lines)
    return _ours(sides, name, lines), theirs


def _ours(sides: Sides, name: str, lines: int) -> float:
    ref = _brought_to(sides.recorder, name, lines)
    _recorded(sides.recorder, name, ref, lines)
    with sides.shop.app.app_context():
        call = calls(sides.shop, ref, lines)[name]
        started = perf_counter()
        call()
        sides.shop.session.commit()
        return perf_counter() - started


def _theirs(sides: Sides, name: str, lines: int) -> float:
    sent = _recorded(sides.recorder, name, _brought_to(sides.recorder, name, lines), lines)
    started = perf_counter()
    replay(sides.raw, sent)
    return perf_counter() - started


def _brought_to(recorder: SmallShop, name: str, lines: int) -> str:
    """Bring a new order to where the call comes; give its ref."""
    ref = f"b{next(_numbers)}"
    with recorder.app.app_context():
        for before, call in calls(recorder, ref, lines).items():
            if before == name:
                break
            call()
            recorder.session.commit()
    return ref


def _recorded(recorder: SmallShop, name: str, ref: str, lines: int) -> list[Sent]:
    with recorder.app.app_context():
        return recorded(recorder, calls(recorder, ref, lines)[name])
