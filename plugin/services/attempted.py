"""Do a call again where another process was quicker, or where it must lock or free something first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
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


def attempted(
    opened: Callable[[], AbstractContextManager[Connection]],
    surroundings: Callable[[Connection], Context],
    work: Callable[[Context], Result],
) -> Result:
    """Work a call in what `opened` opens, a savepoint or a unit, which takes a failed attempt back.

    A code whose guard refuses is tried once more, when the reservations that have run out are freed; so is
    what locked rows in another order than another process, which the database ended.
    """
    line: LineNeeded | None = None
    also: frozenset[int] = frozenset()
    frees = False
    for attempt in range(_ATTEMPTS):
        try:
            with opened() as conn:
                ctx = replace(surroundings(conn), line_locked=line is not None, frees_expired=frees)
                if line is not None:
                    sponsors.lock_line(conn, line.contact_id, line.sponsor_id, also)
                return work(ctx)
        except Overtaken:
            continue
        except LineNeeded as needed:
            line = needed
        except sponsors.LineGrown as grown:
            also = grown.ids
        except Refused as refused:
            if frees or refused.quote is not None:
                raise
            frees = True
        except DBAPIError as error:
            if attempt == _ATTEMPTS - 1 or not is_deadlock(error):
                raise
    raise RuntimeError(f"a call was overtaken {_ATTEMPTS} times")
