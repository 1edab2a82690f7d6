"""The endpoints of redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from ..domain.money import major
from ..services import coupon_lists, slices
from . import answering
from .code_schemas import RedemptionPageSchema, RedemptionQuerySchema, RedemptionSchema
from .edge import blueprint, operation

READ, TAG = "redemptions:read", "Redemptions"


@operation("GET", "/redemptions", scope=READ, tag=TAG)
@blueprint.arguments(RedemptionQuerySchema, location="query")
@blueprint.response(200, RedemptionPageSchema)
def list_redemptions(asked: Mapping[str, Any]) -> Response:
    """List redemptions, the oldest first, all of them or what changed since your last look."""
    conditions = coupon_lists.redemptions_where(**answering.narrowing(asked))
    return answering.listed(RedemptionPageSchema(), coupon_lists.REDEMPTIONS, conditions, asked, _shown)


@operation("GET", "/redemptions/<redemption_id>", scope=READ, tag=TAG)
@blueprint.response(200, RedemptionSchema)
def get_redemption(redemption_id: int) -> Response:
    """Give one redemption."""
    row = slices.one(answering.reading().conn, coupon_lists.REDEMPTIONS, redemption_id, "redemption")
    return answering.shown(RedemptionSchema(), _shown(row))


def _shown(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of coupon_lists.REDEMPTIONS
    same = ("id", "state", "currency", "came_by", "note", "expires_at", "created_at", "changed_at")
    return {
        **{name: getattr(row, name) for name in same},
        "code": row.display,
        "coupon": row.coupon_id,
        "order": row.order_ref,
        "owner": row.owner_ref,
        "customer": row.customer_ref,
        "discount": major(row.discount, row.currency),
        "credit": major(row.credit, row.currency),
    }
