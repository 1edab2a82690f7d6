"""The session of an admin: a signed cookie that holds while the generation of the log-in does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g
from sqlalchemy import Row

from ..services import standalone_users
from ..signed_session import SignedSession
from ..state import current_state

KIND = SignedSession(
    cookie="firstline_admin_log_in", salt="firstline:standalone admin", life=timedelta(hours=12)
)


def user() -> Row[Any] | None:
    """Give who is signed in, None for nobody; asked once in a request."""
    if "standalone_user" not in g:
        g.standalone_user = _found()
    found: Row[Any] | None = g.standalone_user
    return found


def _found() -> Row[Any] | None:
    state = current_state()
    session = KIND.current(state.now())
    if session is None:
        return None
    conn = state.session().connection()
    return standalone_users.of_session(conn, session.row_id, session.generation)
