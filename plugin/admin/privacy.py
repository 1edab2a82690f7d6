"""What is kept about a contact, as a file; fetching it is logged."""

from __future__ import annotations

from flask import abort
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..json_file import json_response
from ..services import person_export
from ..services.mistakes import NotThere
from ..state import current_state
from .edge import admin, blueprint, perform

KEEPERS = frozenset({"support", "owner"})
"""Roles that may fetch all about a person, and erase one."""


def may_keep() -> bool:
    """Say whether this admin may fetch all about a person, and erase one."""
    return not KEEPERS.isdisjoint(admin().roles)


def only_keepers() -> None:
    """Turn others away."""
    if not may_keep():
        raise Forbidden(_("Only support and owners of the shop fetch or erase all about a person."))


@blueprint.post("/contacts/<firstline_id:contact_id>/export")
def contact_export(contact_id: int) -> BaseResponse:
    """Send all that is kept about a contact, in JSON."""
    only_keepers()
    state = current_state()
    try:
        found = perform(
            lambda act: person_export.export(state.context(act.conn, now=act.now), contact_id, who=act.who)
        )
    except NotThere:
        abort(404)
    return json_response(f"person-{contact_id}", found)
