"""The log of acts: who changed what, written in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from ..models import Audit

_INSERT = insert(Audit.__table__)
_LONGEST = 100
_HEARD = "firstline_heard"

Values = Mapping[str, object]


def record(
    conn: Connection,
    *,
    who: str,
    act: str,
    noun: str,
    subject: str,
    before: Values | None = None,
    after: Values | None = None,
    now: datetime,
) -> None:
    """Log one act. Where both are given, only what differs between `before` and `after`, or came or went."""
    logged = entry(who=who, act=act, noun=noun, subject=subject, before=before, after=after, now=now)
    _tell(conn, [logged])
    conn.execute(_INSERT, logged)


def record_all(conn: Connection, entries: Sequence[Mapping[str, object]]) -> None:
    """Log many acts at once, each as `entry` gives it."""
    if entries:
        _tell(conn, entries)
        conn.execute(_INSERT, entries)


@contextmanager
def heard(conn: Connection) -> Iterator[list[Mapping[str, Any]]]:
    """Give what is logged on this connection inside the block, as it comes."""
    entries: list[Mapping[str, Any]] = []
    conn.info[_HEARD] = entries
    try:
        yield entries
    finally:
        del conn.info[_HEARD]


def heard_so_far(conn: Connection) -> Sequence[Mapping[str, Any]]:
    """Give what was logged on this connection inside the block of `heard`; nothing outside of one."""
    return tuple(conn.info.get(_HEARD, ()))


def _tell(conn: Connection, entries: Sequence[Mapping[str, object]]) -> None:
    listening = conn.info.get(_HEARD)
    if listening is not None:
        listening.extend(entries)


def entry(
    *,
    who: str,
    act: str,
    noun: str,
    subject: str,
    before: Values | None = None,
    after: Values | None = None,
    now: datetime,
) -> dict[str, object]:
    """Give the row of one act, as `record` logs it."""
    if before is not None and after is not None:
        before, after = _differing(before, after), _differing(after, before)
    return {
        "who": who[:_LONGEST],
        "act": act,
        "noun": noun,
        "subject": subject[:_LONGEST],
        "before": _plain(before),
        "after": _plain(after),
        "at": now,
    }


def changed(before: Values, after: Values) -> bool:
    """Tell whether any of the new values differs from what was there."""
    return any(before.get(name) != value for name, value in after.items())


def _differing(one: Values, other: Values) -> Values:
    """Give what differs; what stands on one side only counts as nothing on the other."""
    return {name: value for name, value in one.items() if other.get(name) != value}


def _plain(values: Values | None) -> Any:  # noqa: ANN401 - JSON
    return json.loads(json.dumps(dict(values or {}), default=_text))


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(str(item) for item in value)
    raise TypeError(f"{type(value).__name__} cannot be logged")
