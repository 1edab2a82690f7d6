"""Orders in a file, as the shop's own API gives them: taken in as if they had come by webhook."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from . import audit, bodies, sources
from .bodies import Came
from .context import Context, Moment
from .mistakes import BadFile

MOST = 1000
"""Orders that are looked at while somebody waits."""
MOST_BYTES = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one order of a file would bring; `known` says that this very body is there already."""

    ref: str
    known: bool
    state: str
    reason: str
    facts: Sequence[dict[str, Any]]


def read(data: bytes) -> list[str]:
    """Give the orders of a file: one, a list of them, or one a line. Raises BadFile."""
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise BadFile("The file is no text in UTF-8.") from error
    found = list(_orders(text))
    if not found:
        raise BadFile("There is no order in the file.")
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in found]


def _orders(text: str) -> Iterator[dict[str, Any]]:
    try:
        whole = json.loads(text) if text else []
    except RecursionError as error:
        raise BadFile("The file is nested too deep.") from error
    except ValueError:
        whole = list(_lines(text))
    for one in whole if isinstance(whole, list) else [whole]:
        if not isinstance(one, dict):
            raise BadFile("The file holds something that is no order.")
        yield one


def _lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadFile(f"Line {number} is no JSON.", number) from error


def look_at(ctx: Context, source: Row[Any], contents: Sequence[str]) -> list[Looked]:
    """Work orders off and say what each brings; the caller takes it all back."""
    return [_looked(ctx, source, content) for content in contents]


def _looked(ctx: Context, source: Row[Any], content: str) -> Looked:
    body_id, new = bodies.take(ctx, source.id, _came(source, content, "file"))
    if new:
        bodies.work_off(ctx, body_id)
    row = bodies.get(ctx.conn, body_id)
    facts = row.facts if new else ()
    return Looked(ref=row.order_ref or "", known=not new, state=row.state, reason=row.reason, facts=facts)


def _came(source: Row[Any], content: str, by: str) -> Came:
    return Came(topic=sources.platform_of(source.platform).topic_of_file, content=content, by=by)


def take(
    ctx: Moment, source: Row[Any], contents: Sequence[str], *, by: str = "file", who: str
) -> tuple[int, int]:
    """Keep orders for the worker; give how many are new, and how many were there already."""
    new = sum(bodies.take(ctx, source.id, _came(source, content, by))[1] for content in contents)
    if new:
        audit.record(
            ctx.conn, who=who, act="fetch" if by == "pull" else "take in", noun="source",
            subject=source.name, after={"count": new}, now=ctx.now,
        )  # fmt: skip
    return new, len(contents) - new
