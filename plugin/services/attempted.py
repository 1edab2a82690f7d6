"""Do a call again where another process was quicker, or where it must lock or free something first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..errors import Refused
from . import sponsors
from .attribution import LineNeeded
from .contacts import Overtaken
from .context import Context
from .unit import is_deadlock

Result = TypeVar("Result")
_ATTEMPTS = 10


@dataclass
class _Needs:
    """What the next attempt must do first, learned from how the last one failed."""

    line: LineNeeded | None = None
    also: frozenset[int] = frozenset()
    frees: bool = False

    def learn(self, error: Exception) -> bool:
        """Take in why an attempt failed; says whether another one can do better."""
        if isinstance(error, LineNeeded):
            self.line = error
        elif isinstance(error, sponsors.LineGrown):
            self.also = error.ids
        elif isinstance(error, Refused):
            can_free = not self.frees and error.quote is None
            self.frees = True
            return can_free
        elif isinstance(error, DBAPIError):
            return is_deadlock(error)
        return True


def attempted(
    opened: Callable[[], AbstractContextManager[Connection]],
    surroundings: Callable[[Connection], Context],
    work: Callable[[Context], Result],
) -> Result:
    """Work a call in what `opened` opens, a savepoint or a unit, which takes a failed attempt back.

    A code whose guard refuses is tried once more, when the reservations that have run out are freed; so is
    what waited for another process in a circle, which the database ended.
    """
    needs = _Needs()
    for attempt in range(_ATTEMPTS):
        try:
            with opened() as conn:
                ctx = replace(
                    surroundings(conn), line_locked=needs.line is not None, frees_expired=needs.frees
                )
                if needs.line is not None:
                    sponsors.lock_line(conn, needs.line.contact_id, needs.line.sponsor_id, needs.also)
                return work(ctx)
        except (Overtaken, LineNeeded, sponsors.LineGrown, Refused, DBAPIError) as error:
            if attempt == _ATTEMPTS - 1 or not needs.learn(error):
                raise
    raise AssertionError("unreachable")


def in_savepoint(ctx: Context, work: Callable[[Context], Result]) -> Result:
    """Work one fact in a savepoint of its own; what a failed attempt has told is forgotten with it."""

    @contextmanager
    def opened() -> Iterator[Connection]:
        with ctx.conn.begin_nested():
            yield ctx.conn

    def once(inner: Context) -> Result:
        done = work(inner)
        ctx.happened.extend(inner.happened)
        return done

    def blank(_conn: Connection) -> Context:
        return replace(ctx, happened=[], unwritten=[], facts=[], _seqs={})

    return attempted(opened, blank, once)
