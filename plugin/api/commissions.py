"""The endpoints of commissions: what partners have earned, why, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from .. import accrual_words
from ..domain.money import major
from ..models import DocumentKind
from ..services import money_lists
from ..services.context import Context
from ..services.mistakes import NotThere
from ..services.money_lists import Place
from . import answering
from .edge import blueprint, operation
from .money_schemas import AccrualPageSchema, AccrualQuerySchema, AccrualViewSchema

READ, TAG = "commissions:read", "Commissions"
_PLACE = re.compile(r"([1-9][0-9]{0,17})\.([0-9]{1,9})", re.ASCII)


@operation("GET", "/accruals", scope=READ, tag=TAG)
@blueprint.arguments(AccrualQuerySchema, location="query")
@blueprint.response(200, AccrualPageSchema)
def list_accruals(asked: Mapping[str, Any]) -> Response:
    """List commissions, the oldest first: by partner, order, state, level or time."""
    ctx = answering.reading()
    conditions = money_lists.accruals_where(ctx.now, **answering.narrowing(asked))
    after = _place(asked["after"]) if "after" in asked else (0, 0)
    found = money_lists.accruals(ctx, conditions, after=after, limit=asked["limit"])
    following = None if found.next is None else place_text(*found.next)
    return answering.shown(
        AccrualPageSchema(), {"items": [_shown(ctx, row) for row in found.rows], "next": following}
    )


@operation("GET", "/accruals/<place>", scope=READ, tag=TAG)
@blueprint.response(200, AccrualViewSchema)
def get_accrual(place: str) -> Response:
    """Give one commission: why, how it was worked out, and every posting about it."""
    ctx, at = answering.reading(), _place(place)
    row = money_lists.accrual(ctx, at)
    postings = [_posting(one) for one in money_lists.postings_of(ctx, at)]
    value = {**_shown(ctx, row), "postings": postings, "trace": row.trace or {}}
    return answering.shown(AccrualViewSchema(), value)


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise NotThere("There is no such accrual.")
    return int(found[1]), int(found[2])


def place_text(call_id: int, seq: int) -> str:
    """Write the place of a posting as an id."""
    return f"{call_id}.{seq}"


def _shown(ctx: Context, row: Row[Any]) -> dict[str, object]:
    is_order = row.document_kind == DocumentKind.ORDER.value
    return {
        "id": place_text(row.call_id, row.seq),
        "partner": row.partner_ref,
        "order": row.document_ref if is_order else row.order_ref,
        "invoice": None if is_order else row.document_ref,
        "line": row.line_key,
        "level": row.level,
        "currency": row.currency,
        "amount": major(row.amount, row.currency),
        "reversed": major(row.reversed, row.currency),
        "state": money_lists.state_of(row, ctx.now),
        "disputed": row.held,
        "payout": row.payout,
        "why": accrual_words.why(row) if row.trace else row.sentence,
        "earned_at": row.at,
        "payable_at": row.payable_at,
    }


def _posting(row: Row[Any]) -> dict[str, object]:
    same = ("kind", "origin", "destination", "currency", "at")
    rate = None if row.rate is None else f"{row.rate:f}"
    amount = major(row.amount, row.currency)
    return {**{name: getattr(row, name) for name in same}, "amount": amount, "rate": rate}
