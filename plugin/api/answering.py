"""How requests are worked and answered: units, contexts, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response, g
from marshmallow import Schema
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from ..services import approval_rules, audit, slices
from ..services.approval_rules import Entry
from ..services.context import Context
from ..services.slices import Conditions
from ..state import current_state, request_context
from .problems import Problem

Result = TypeVar("Result")
MEDIA_TYPE = "application/json"


def key() -> Row[Any]:
    """Give the key of this request."""
    found: Row[Any] = g.firstline_api_key
    return found


def who() -> str:
    """Name who acts, for the log: the key's name."""
    return str(key().name)


def in_unit(work: Callable[[Context], Result]) -> Result:
    """Do work in a transaction of our own, committed once; again where the database asks for it.

    What the shop wants somebody else to agree to is taken back: a key cannot do it alone.
    """
    state = current_state()

    def once(session: Session) -> Result:
        ctx = state.context(session.connection())
        with audit.heard(ctx.conn) as entries:
            done = work(ctx)
        _judge(ctx, entries)
        state.send(ctx)
        return done

    result: Result = state.in_own_unit(once)
    return result


def _judge(ctx: Context, entries: Sequence[Entry]) -> None:
    kind = approval_rules.asked(ctx.conn, entries, ctx.settings.currency)
    if kind is not None:
        raise Problem(
            "needs-approval",
            "Somebody else must agree to this. Nothing was changed: propose it on the pages of the staff.",
        )


def reading() -> Context:
    """Give the surroundings to read in."""
    return request_context()


def written(schema: Schema, value: object) -> str:
    """Write a value as JSON, whatever the shop's own JSON looks like."""
    return json.dumps(schema.dump(value), ensure_ascii=False)


def answer(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(body, status, dict(headers or {}), content_type=MEDIA_TYPE)


def shown(schema: Schema, value: object) -> Response:
    """Answer with a value."""
    return answer(written(schema, value))


def listed(
    schema: Schema,
    query: Select[Any],
    conditions: Conditions,
    asked: Mapping[str, Any],
    shown_as: Callable[[Row[Any]], object],
) -> Response:
    """Answer with a page of rows; `asked` has `after` and `limit`."""
    found = slices.page(reading().conn, query, conditions, after=asked.get("after", 0), limit=asked["limit"])
    return shown(schema, {"items": [shown_as(row) for row in found.rows], "next": found.next})


def narrowing(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Give what narrows a list, without what says which page of it."""
    return {name: value for name, value in asked.items() if name not in {"after", "limit"}}


def made(body: Mapping[str, Any]) -> int:
    """Give the status of a fact that was told: 201 where it is new, 200 where it was known."""
    return 201 if body["new"] else 200
