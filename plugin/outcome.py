"""What came of a post, said once on the page after the redirect; kept in a cookie, not in the session."""

from __future__ import annotations

from dataclasses import dataclass

from flask import after_this_request, has_request_context, request
from werkzeug.wrappers import Response

from . import cookies, tokens


@dataclass(frozen=True, kw_only=True)
class Said:
    """One sentence on how an act ended; `code` is the coupon code it was about."""

    ok: bool
    text: str
    code: str = ""


def say(response: Response, area: str, said: Said) -> None:
    """Send the outcome along with a redirect."""
    note = {"ok": "1" if said.ok else "", "text": said.text, "code": said.code}
    response.set_cookie(
        _cookie(area),
        tokens.sign_note(area, note),
        max_age=tokens.NOTE_LIFE,
        path=cookies.path(),
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
    )


def heard(area: str) -> Said | None:
    """Take the outcome that waits for this page; it is forgotten with the answer to this request."""
    signed = request.cookies.get(_cookie(area)) if has_request_context() else None
    if not signed:
        return None
    after_this_request(lambda response: _forget(response, area))
    note = tokens.read_note(area, signed)
    if note is None:
        return None
    return Said(ok=bool(note.get("ok")), text=note.get("text", ""), code=note.get("code", ""))


def _cookie(area: str) -> str:
    return f"firstline_said_{area}"


def _forget(response: Response, area: str) -> Response:
    if f"{_cookie(area)}=" not in "".join(response.headers.getlist("Set-Cookie")):
        response.delete_cookie(_cookie(area), path=cookies.path())
    return response
