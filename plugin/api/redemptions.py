"""The endpoints of redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from ..domain.money import major
from ..services import coupon_lists
from . import answering
from .code_schemas import RedemptionPageSchema, RedemptionQuerySchema, RedemptionSchema
from .edge import blueprint, operation

READ, TAG = "redemptions:read", "Redemptions"


@operation("GET", "/redemptions", scope=READ, tag=TAG)
@blueprint.arguments(RedemptionQuerySchema, location="query")
@blueprint.response(200, RedemptionPageSchema)
def list_redemptions(asked: Mapping[str, Any]) -> Response:
    """List redemptions, the oldest first, all of them or what changed since your last look."""
    narrowed = {name: value for name, value in asked.items() if name not in {"after", "limit"}}
    found = coupon_lists.page(
        answering.reading().conn,
        coupon_lists.REDEMPTIONS,
        coupon_lists.redemptions_where(**narrowed),
        after=asked.get("after", 0),
        limit=asked["limit"],
    )
    items = [_shown(row) for row in found.rows]
    return answering.shown(RedemptionPageSchema(), {"items": items, "next": found.next})


@operation("GET", "/redemptions/<redemption_id>", scope=READ, tag=TAG)
@blueprint.response(200, RedemptionSchema)
def get_redemption(redemption_id: int) -> Response:
    """Give one redemption."""
    row = coupon_lists.one(answering.reading().conn, coupon_lists.REDEMPTIONS, redemption_id, "redemption")
    return answering.shown(RedemptionSchema(), _shown(row))


def _shown(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of coupon_lists.REDEMPTIONS
    same = ("id", "state", "currency", "came_by", "note", "expires_at", "created_at", "changed_at")
    return {
        **{name: getattr(row, name) for name in same},
        "code": row.display,
        "coupon": row.coupon_id,
        "order": row.order_ref,
        "customer": row.customer_ref,
        "discount": major(row.discount, row.currency),
        "credit": major(row.credit, row.currency),
    }
