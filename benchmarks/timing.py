"""Ours and raw psycopg in turns, in one process: the ratio of their medians, and the median of five."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from statistics import median
from time import perf_counter

import psycopg

from tests.hot_calls import calls
from tests.small_shop import SmallShop

from .recording import recorded, replay

ROUNDS = 5
_READS = frozenset({"quote"})
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Timed:
    """How long a call took beside raw psycopg; times in milliseconds, the medians of the median round."""

    ratio: float
    ours: float
    raw: float


def timed(shop: SmallShop, raw: psycopg.Connection[object], name: str, *, lines: int, each: int) -> Timed:
    """Time one of the hot calls."""
    for _ in range(6):  # so often a statement must come before psycopg prepares it
        _pair(shop, raw, name, lines)
    rounds = [_round(shop, raw, name, lines, each) for _ in range(ROUNDS)]
    return sorted(rounds, key=lambda one: one.ratio)[ROUNDS // 2]


def _round(shop: SmallShop, raw: psycopg.Connection[object], name: str, lines: int, each: int) -> Timed:
    gc.collect()
    gc.disable()
    try:
        pairs = [_pair(shop, raw, name, lines) for _ in range(each)]
    finally:
        gc.enable()
    ours, theirs = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return Timed(ratio=ours / theirs, ours=ours * 1000, raw=theirs * 1000)


def _pair(shop: SmallShop, raw: psycopg.Connection[object], name: str, lines: int) -> tuple[float, float]:
    """Do the call for one order, and send what it sends for another one by psycopg alone.

    Each comes right after the same call was done and taken back, so that neither finds things warmer.
    """

    def ours() -> float:
        call = _up_to(shop, name, lines)
        recorded(shop, call)
        return _seconds(lambda: _ours(shop, name, call))

    def theirs() -> float:
        sent = recorded(shop, _up_to(shop, name, lines))
        return _seconds(lambda: replay(raw, sent, commit=name not in _READS))

    if next(_numbers) % 2:
        return ours(), theirs()
    last = theirs()
    return ours(), last


def _ours(shop: SmallShop, name: str, call: Callable[[], object]) -> None:
    call()
    if name in _READS:
        shop.session.rollback()
    else:
        shop.session.commit()


def _up_to(shop: SmallShop, name: str, lines: int) -> Callable[[], object]:
    """Bring a new order to where the call comes, and give the call."""
    life = calls(shop, f"b{next(_numbers)}", lines)
    for before, call in life.items():
        if before == name:
            break
        call()
        shop.session.commit()
    shop.session.rollback()
    return life[name]


def _seconds(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started
