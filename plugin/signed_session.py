"""Sessions of log-ins of our own: a signed cookie, and nothing on a server.

It names who signed in and the generation of the log-in; who asks looks whether that one still holds.
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


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who signed in, at which generation of the log-in, until when; `mark` tells two sessions apart."""

    row_id: int
    generation: int
    until: datetime
    mark: str


@dataclass(frozen=True, kw_only=True)
class SignedSession:
    """One kind of session, with a cookie of its own; `salt` keeps one kind from passing for another."""

    cookie: str
    salt: str
    life: timedelta

    def begin(self, response: Response, row_id: int, generation: int, now: datetime) -> None:
        """Send a fresh cookie along: each log-in has one of its own."""
        mark = secrets.token_urlsafe(9)
        packed = [row_id, generation, int((now + self.life).timestamp()), mark]
        response.set_cookie(
            self.cookie,
            str(self._serializer().dumps(packed)),
            max_age=self.life,
            path=cookies.path(),
            httponly=True,
            secure=request.is_secure,
            samesite="Lax",
        )

    def end(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(
            self.cookie, path=cookies.path(), httponly=True, secure=request.is_secure, samesite="Lax"
        )

    def current(self, now: datetime) -> Session | None:
        """Give the session of this request; whether its generation holds is not asked here."""
        found = self.given()
        return found if found is not None and found.until > now else None

    def given(self) -> Session | None:
        """Give the session that the cookie names, also one that is over."""
        if not has_request_context():
            return None
        name = f"_{self.cookie}_session"
        if name not in g:
            setattr(g, name, self._read(request.cookies.get(self.cookie)))
        found: Session | None = getattr(g, name)
        return found

    def _read(self, signed: str | None) -> Session | None:
        if not signed or not current_app.secret_key:
            return None
        try:
            row_id, generation, until, mark = self._serializer().loads(signed)
            ends = datetime.fromtimestamp(int(until), UTC)
        except (BadSignature, ValueError, TypeError, OverflowError):
            return None
        return Session(row_id=int(row_id), generation=int(generation), until=ends, mark=str(mark))

    def _serializer(self) -> URLSafeSerializer:
        fallbacks = current_app.config.get("SECRET_KEY_FALLBACKS") or ()
        keys = [*fallbacks, current_app.secret_key or ""]
        if not keys[-1]:
            raise RuntimeError("Set SECRET_KEY: without it nobody can sign in.")
        return URLSafeSerializer(keys, salt=f"{self.salt}:{current_state().shop_mark()}")
