"""How the shop's own fields of contacts were: told by the events of their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Text, select, type_coerce

from ..domain.facts import SEGMENTS, segments_of
from ..models import Event, Outbox
from . import outbox
from .context import Context

_EVENT = Event.__table__
_OUTBOX = Outbox.__table__
_KINDS = ("field_changed", "segment_added", "segment_removed")
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
State = tuple[datetime, Mapping[str, Any]]


def states(ctx: Context, now: Mapping[int, Mapping[str, Any]]) -> dict[int, Sequence[State]]:
    """Give for each contact how its fields were: each from a moment on, the newest first.

    `now` has the fields as they are. Where a change still waits to become an event, what is now counts
    from now on only.
    """
    changes: dict[int, list[Any]] = {contact_id: [] for contact_id in now}
    query = select(_EVENT.c.contact_id, _EVENT.c.kind, _EVENT.c.data, _EVENT.c.at).where(
        _EVENT.c.contact_id.in_(list(now)), _EVENT.c.kind.in_(_KINDS)
    )
    for row in ctx.conn.execute(query.order_by(_EVENT.c.id.desc())):
        changes[row.contact_id].append(row)
    waiting = _waiting(ctx)
    return {
        contact_id: [(ctx.now, data)] if contact_id in waiting else list(_back(data, changes[contact_id]))
        for contact_id, data in now.items()
    }


def _back(data: Mapping[str, Any], changes: Sequence[Any]) -> list[State]:
    """Go back from what is now, one moment at a time: what changed at once was never half changed."""
    found: list[State] = []
    for number, row in enumerate(changes):
        if number == 0 or row.at != changes[number - 1].at:
            found.append((row.at, data))
        data = _before(data, row)
    return [*found, (_ALWAYS, data)]


def _before(data: Mapping[str, Any], row: Any) -> Mapping[str, Any]:
    told = row.data
    if row.kind == "field_changed":
        older = {name: value for name, value in data.items() if name != told.get("field")}
        if told.get("before") is not None:
            older[told["field"]] = told["before"]
        return older
    segment, has = told.get("segment"), segments_of(data)
    left = [one for one in has if one != segment]
    return {**data, SEGMENTS: left if row.kind == "segment_added" else [*left, segment]}


def _waiting(ctx: Context) -> set[int]:
    """Give the contacts with a change that the worker has not kept yet."""
    fields = type_coerce(_OUTBOX.c.payload, Text).startswith('{"kind":"fields"')
    query = select(_OUTBOX.c.payload).where(
        _OUTBOX.c.topic == outbox.FACT, _OUTBOX.c.state == "waiting", fields
    )
    return {int(payload["contact_id"]) for payload in ctx.conn.execute(query).scalars()}
