"""The shop's own fields of a contact, segments among them: changed, and told to the rules."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row

from ..domain.facts import SEGMENTS, segments_of
from .context import Context

FIELDS = "fields"
"""The kind of fact that says how fields were and are."""


def with_given(row: Row[Any] | None, given: Mapping[str, object]) -> dict[str, object]:
    """Give the fields after a change: what is not given stays, what is given as None goes."""
    old = {} if row is None else row.data or {}
    return {name: value for name, value in {**old, **given}.items() if value is not None}


def tell(ctx: Context, contact_id: int, row: Row[Any] | None, values: Mapping[str, object]) -> None:
    """Let rules know which fields of a contact change by these columns; `row` None: it is new."""
    after = values.get("data")
    before = {} if row is None else row.data or {}
    if isinstance(after, Mapping) and after != before:
        ctx.fact(FIELDS, secrets.token_hex(12), contact_id=contact_id, before=before, after=after)


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Give kind, name and content of an event for each field and segment that differs."""
    for name in sorted({*before, *after} - {SEGMENTS}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield "field_changed", name, {"field": name, "before": old, "after": new}
    had, has = segments_of(before), segments_of(after)
    for segment in dict.fromkeys(one for one in has if one not in had):
        yield "segment_added", segment, {"segment": segment}
    for segment in dict.fromkeys(one for one in had if one not in has):
        yield "segment_removed", segment, {"segment": segment}
