"""The endpoints of suspicions; they are released and confirmed by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from ..services import campaign_lists, slices
from . import answering
from .campaign_schemas import SuspicionPageSchema, SuspicionQuerySchema, SuspicionSchema
from .edge import blueprint, operation

READ, TAG = "suspicions:read", "Suspicions"


@operation("GET", "/suspicions", scope=READ, tag=TAG)
@blueprint.arguments(SuspicionQuerySchema, location="query")
@blueprint.response(200, SuspicionPageSchema)
def list_suspicions(asked: Mapping[str, Any]) -> Response:
    """List suspicions, the oldest first."""
    conditions = campaign_lists.suspicions_where(**answering.narrowing(asked))
    return answering.listed(SuspicionPageSchema(), campaign_lists.SUSPICIONS, conditions, asked, _shown)


@operation("GET", "/suspicions/<suspicion_id>", scope=READ, tag=TAG)
@blueprint.response(200, SuspicionSchema)
def get_suspicion(suspicion_id: int) -> Response:
    """Give one suspicion."""
    row = slices.one(answering.reading().conn, campaign_lists.SUSPICIONS, suspicion_id, "suspicion")
    return answering.shown(SuspicionSchema(), _shown(row))


def _shown(row: Row[Any]) -> dict[str, object]:
    return {**row._mapping, "partner": row.partner_ref, "other": row.other_ref, "order": row.order_ref}
