"""What is kept about a contact, as a file; fetching it is logged."""

from __future__ import annotations

from flask import abort
from werkzeug.wrappers import Response as BaseResponse

from ..json_file import json_response
from ..services import person_export
from ..services.mistakes import NotThere
from ..state import current_state
from .edge import blueprint, perform


@blueprint.post("/contacts/<firstline_id:contact_id>/export")
def contact_export(contact_id: int) -> BaseResponse:
    """Send all that is kept about a contact, in JSON."""
    state = current_state()
    try:
        found = perform(
            lambda act: person_export.export(state.context(act.conn, now=act.now), contact_id, who=act.who)
        )
    except NotThere:
        abort(404)
    return json_response(f"person-{contact_id}", found)
