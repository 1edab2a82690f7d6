"""Whether our tables are there: a clear page where they are not, and an answer for who watches the app."""

from __future__ import annotations

from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .. import i18n
from ..services import schema
from ..state import log, state_of

_READY = "standalone_tables_are_there"
_STATIC = "firstline.static"


def problem(app: Flask) -> str:
    """Say in a word what keeps the app from working: database, tables, or nothing."""
    engine = state_of(app).engine()
    try:
        with engine.connect() as conn:
            conn.execute(text("SELECT 1"))
        if not app.extensions.get(_READY):
            app.extensions[_READY] = schema.current(engine) == schema.newest()
    except SQLAlchemyError:
        log.exception("the database cannot be reached")
        return "database"
    return "" if app.extensions[_READY] else "tables"


def guard(app: Flask) -> None:
    """Answer with what is missing until the tables are there; found once, that is not asked again."""
    app.before_request(_look)


def _look() -> ResponseReturnValue | None:
    if request.path == "/healthz":
        return _health()
    if request.endpoint == _STATIC or current_app.extensions.get(_READY):
        return None
    found = problem(current_app._get_current_object())  # type: ignore[attr-defined]
    if not found:
        return None
    page = render_template("firstline/standalone/not_ready.html", problem=found, **i18n.template_words())
    return page, 503, {"Retry-After": "60", "Cache-Control": "no-store"}


def _health() -> Response:
    """Say whether the app can work, to a load balancer or a watching program."""
    found = problem(current_app._get_current_object())  # type: ignore[attr-defined]
    text = {"": "ok", "tables": "the tables are not up to date", "database": "no database"}[found]
    headers = {"Cache-Control": "no-store"}
    return Response(text + "\n", 503 if found else 200, headers, mimetype="text/plain")
