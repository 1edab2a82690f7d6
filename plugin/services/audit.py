"""The log of acts: who changed what, written in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from ..models import Audit

_INSERT = insert(Audit.__table__)
_LONGEST = 100

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
    """Log one act. Where both are given, only what differs between `before` and `after` is kept."""
    record_all(conn, [(subject, before, after)], who=who, act=act, noun=noun, now=now)


def record_all(
    conn: Connection,
    acts: Iterable[tuple[str, Values | None, Values | None]],
    *,
    who: str,
    act: str,
    noun: str,
    now: datetime,
) -> None:
    """Log one act on each of many: subject, values before and after."""
    rows = []
    for subject, before, after in acts:
        if before is not None and after is not None:
            before, after = _differing(before, after), _differing(after, before)
        values = {"subject": subject[:_LONGEST], "before": _plain(before), "after": _plain(after)}
        rows.append({"who": who[:_LONGEST], "act": act, "noun": noun, "at": now, **values})
    if rows:
        conn.execute(_INSERT, rows)


def changed(before: Values, after: Values) -> bool:
    """Tell whether any of the new values differs from what was there."""
    return any(before.get(name) != value for name, value in after.items())


def _differing(one: Values, other: Values) -> Values:
    return {name: value for name, value in one.items() if name in other and other[name] != value}


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
