"""Who signed in with a log-in of our own: the session of the cookie, as far as its generation holds."""

from __future__ import annotations

from flask import g

from .. import partner_session
from ..services import logins
from ..state import current_state


def partner_id() -> int | None:
    """Give the contact who is signed in with a log-in of our own, None for nobody."""
    if "firstline_own_partner" not in g:
        g.firstline_own_partner = _found()
    found: int | None = g.firstline_own_partner
    return found


def _found() -> int | None:
    state = current_state()
    session = partner_session.current(state.now())
    if session is None:
        return None
    account = logins.by_id(state.context(state.session().connection()), session.row_id)
    holds = account is not None and account.generation == session.generation
    return session.row_id if holds else None
