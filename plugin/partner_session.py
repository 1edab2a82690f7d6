"""The session of a partner who signed in with a log-in of our own: a cookie beside the shop's own."""

from __future__ import annotations

from datetime import timedelta

from .signed_session import SignedSession

COOKIE = "firstline_partner"
LIFE = timedelta(days=14)
_KIND = SignedSession(cookie=COOKIE, salt="firstline:partner", life=LIFE)

begin, end, current, given = _KIND.begin, _KIND.end, _KIND.current, _KIND.given
