"""A mail in a frame of a page: as its reader gets it, with nothing of it let through but its looks."""

from __future__ import annotations

from flask import Response, abort

from ..letters.layout import Written

_CLOSED = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
"""A mail brings its styles at each element."""


def framed(written: Written, kind: str) -> Response:
    """Give a mail as HTML or as text; 404 for another kind."""
    if kind == "html":
        return framed_text(written.html, media_type="text/html")
    if kind == "text":
        return framed_text(f"{written.subject}\n\n{written.text}")
    abort(404)


def framed_text(text: str, *, media_type: str = "text/plain", status: int = 200) -> Response:
    """Give something to be shown in a frame."""
    response = Response(text, status=status, mimetype=media_type)
    response.headers["Content-Security-Policy"] = _CLOSED
    return response
