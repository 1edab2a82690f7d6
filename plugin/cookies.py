"""Where the cookies of ours hold."""

from __future__ import annotations

from flask import current_app


def path() -> str:
    """Give the path of the shop's own session cookie: two shops of one host keep theirs apart by it."""
    return current_app.session_interface.get_cookie_path(current_app)
