"""The pictures of banners, for any page that a partner has put them on."""

from __future__ import annotations

import re

from flask import Response, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from ..services import material
from ..state import current_state
from .views import blueprint

_NAME = re.compile(r"([0-9]{1,17})-[0-9a-f]{16}\.[a-z]{3,4}")
_YEAR = 365 * 24 * 60 * 60


@blueprint.get("/material/<name>")
def picture(name: str) -> BaseResponse:
    """Send a banner's picture; the name of an older one leads to the one of today."""
    wanted = _NAME.fullmatch(name)
    if wanted is None:
        abort(404)
    with Session(current_state().engine()) as session:
        conn, material_id = session.connection(), int(wanted[1])
        current = material.file_name(conn, material_id)
        found = material.content(conn, material_id) if current == name else None
    if not current:
        abort(404)
    if found is None:
        response: BaseResponse = redirect(url_for(".picture", name=current), 302)
        response.headers["Cache-Control"] = "no-cache"
        return response
    return _sent(*found)


def _sent(content: bytes, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.cache_control.public = True
    response.cache_control.max_age = _YEAR
    response.cache_control.immutable = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
