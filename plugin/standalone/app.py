"""The app: the plugin with pages and log-ins of its own, and no host."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping

from flask import Flask
from sqlalchemy import event
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from ..extension import Firstline
from ..state import state_of
from . import account, commands, failing, people, settings, sign_in
from .page import blueprint
from .shop import StandaloneShop
from .tables import guard

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PAGES = (account, people, sign_in)


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """Make the app, set up by the environment. Raises ConfigError with what to mend."""
    given = os.environ if environ is None else environ
    folder = settings.folder_of(given)
    app = Flask("flask_firstline.standalone", instance_path=str(folder), static_folder=None)
    app.config.update(settings.config_of(given, folder))
    # Before the plugin's own looks at a request: they need the tables.
    guard(app)
    Firstline().init_app(app, shop=StandaloneShop())
    app.register_blueprint(blueprint)
    commands.install(app)
    failing.install(app)
    app.after_request(_protect)
    _share_sqlite(app)
    if proxies := settings.proxies_of(given):
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask's docs say
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies
        )
    return app


def _protect(response: Response) -> Response:
    """Let pages load nothing from elsewhere and run nothing that is written into them."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _share_sqlite(app: Flask) -> None:
    """Let readers and one writer work side by side in a file of SQLite."""
    with app.app_context():
        engine = state_of(app).engine()

    @event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")


__all__ = ["POLICY", "create_app"]
