"""What is kept about the partner, as a file that the partner fetches."""

from __future__ import annotations

from werkzeug.wrappers import Response as BaseResponse

from ..json_file import json_response
from ..services import person_export
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, now, partner


@blueprint.post("/settings/data")
def own_data() -> BaseResponse:
    """Send the partner's own data, without what the staff keeps for itself."""
    state, me = current_state(), partner()
    with unit(state.session()) as conn:
        ctx = state.context(conn, now=now())
        found = person_export.export(ctx, me.id, who=me.signature, for_staff=False)
    return json_response("my-data", found)
