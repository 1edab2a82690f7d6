"""Spans of time in SQL: where each begins is told to the database, which knows no time zones' days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, literal

Start = date | datetime
# A mapped attribute or an expression: their types are spelled differently by SQLAlchemy 2.0 and 2.1.
Column = Any


def span_of(at: Column, starts: Sequence[Start]) -> ColumnElement[int]:
    """Give the number of the span in which `at` lies; each ends where the next begins.

    It is found by halves: as many comparisons as the number of spans has digits in binary.
    """
    return _between(at, starts, 0, len(starts))


def _between(at: Column, starts: Sequence[Start], low: int, high: int) -> ColumnElement[int]:
    if high - low == 1:
        return literal(low)
    middle = (low + high) // 2
    before, after = _between(at, starts, low, middle), _between(at, starts, middle, high)
    return case((at < starts[middle], before), else_=after)
