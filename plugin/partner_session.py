"""The session of a partner who signed in with a log-in of our own: a signed cookie, and nothing on a server.

It names the partner and the generation of the log-in; the gate of the desk asks whether that one still holds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app, g, has_request_context, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from . import cookies
from .state import current_state

COOKIE = "firstline_partner"
LIFE = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who signed in, at which generation of the log-in, until when; `mark` tells two sessions apart."""

    contact_id: int
    generation: int
    until: datetime
    mark: str


def begin(response: Response, contact_id: int, generation: int, now: datetime) -> None:
    """Send a fresh cookie along: each log-in has one of its own."""
    mark = secrets.token_urlsafe(9)
    packed = [contact_id, generation, int((now + LIFE).timestamp()), mark]
    response.set_cookie(
        COOKIE,
        str(_serializer().dumps(packed)),
        max_age=LIFE,
        path=cookies.path(),
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
    )


def end(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        COOKIE, path=cookies.path(), httponly=True, secure=request.is_secure, samesite="Lax"
    )


def current(now: datetime) -> Session | None:
    """Give the session of this request; whether its generation holds is not asked here."""
    found = given()
    return found if found is not None and found.until > now else None


def given() -> Session | None:
    """Give the session that the cookie names, also one that is over."""
    if not has_request_context():
        return None
    if "_firstline_partner_session" not in g:
        g._firstline_partner_session = _read(request.cookies.get(COOKIE))
    found: Session | None = g._firstline_partner_session
    return found


def _read(signed: str | None) -> Session | None:
    if not signed or not current_app.secret_key:
        return None
    try:
        contact_id, generation, until, mark = _serializer().loads(signed)
        ends = datetime.fromtimestamp(int(until), UTC)
    except (BadSignature, ValueError, TypeError, OverflowError):
        return None
    return Session(contact_id=int(contact_id), generation=int(generation), until=ends, mark=str(mark))


def _serializer() -> URLSafeSerializer:
    fallbacks = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
    keys = [*fallbacks, current_app.secret_key or ""]
    if not keys[-1]:
        raise RuntimeError("Set SECRET_KEY: without it nobody can sign in.")
    return URLSafeSerializer(keys, salt=f"firstline:partner:{current_state().shop_mark()}")
