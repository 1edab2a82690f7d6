"""A shop with its own Babel, Flask-Admin, API, CSRF protection and error pages, with the plugin or without.

Run by itself it answers the same requests both ways and prints, as JSON, whatever is not the same.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, abort, flash, g, jsonify, render_template_string, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel, format_currency, format_date, gettext
from flask_smorest import Api, Blueprint
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from marshmallow import Schema, fields
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import HTTPException

PAGE = """<!doctype html><title>{{ gettext("Cart") }}</title>{% for text in get_flashed_messages() %}
<p>{{ text }}</p>{% endfor %}<p>{{ price|crowns }}</p><p>{{ gettext("Add") }} {{ shouted("x") }}</p>
<form method="post"><input name="csrf_token" value="{{ csrf_token() }}"></form>"""
REQUESTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("GET", "/", {}),
    ("GET", "/", {"headers": {"Accept-Language": "de"}}),
    ("GET", "/nowhere", {}),
    ("GET", "/nowhere.json", {"headers": {"Accept": "application/json"}}),
    ("GET", "/nowhere/firstline", {}),
    ("POST", "/", {"data": {"name": "x"}}),
    ("DELETE", "/", {}),
    ("GET", "/teapot", {}),
    ("GET", "/broken", {}),
    ("GET", "/login-needed", {}),
    ("OPTIONS", "/", {}),
    ("HEAD", "/", {}),
    ("GET", "/products", {}),
    ("GET", "/static/nothing.css", {}),
    ("GET", "/api/things/1", {}),
    ("GET", "/api/things/0", {}),
    ("POST", "/api/things", {"json": {"name": 5}}),
    ("POST", "/api/things", {"data": "{", "headers": {"Content-Type": "application/json"}}),
    ("GET", "/api/openapi.json", {}),
    ("GET", "/api/docs", {}),
    ("GET", "/api/nowhere", {}),
    ("GET", "/admin/", {}),
    ("GET", "/admin/product/", {}),
    ("GET", "/admin/product/new/", {}),
    ("POST", "/admin/product/new/", {"data": {"name": "Soap"}}),
    ("GET", "/admin/nowhere", {}),
)
_DAY = date(2026, 11, 22)
_OWN_TOKENS = re.compile(rb'(csrf_token"[^>]*value=|value=)"[^"]{20,}"')

_OURS = re.compile(rb"<li>\s*<a[^>]*/firstline/admin/[^>]*>[^<]*</a>\s*</li>")
"""The one way from the office to our pages, which we promise."""


class Thing(Schema):
    name = fields.String(required=True)


class Nobody:
    """The adapter: a shop with nobody in it."""

    def current_customer(self) -> None:
        return None

    def current_cart(self) -> None:
        return None

    def is_admin(self) -> bool:
        return False


def _translations(folder: Path) -> Path:
    """Write a catalogue of the shop's own; two of its texts are ours too, and mean something else."""
    place = folder / "translations" / "fr" / "LC_MESSAGES"
    place.mkdir(parents=True)
    catalogue = Catalog(locale="fr")
    for text, said in (("Cart", "Panier du magasin"), ("Add", "Additionner"), ("Not found", "Perdu")):
        catalogue.add(text, said)
    with (place / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    return folder / "translations"


def _frame(app: Flask) -> None:
    """Add what stands around the pages: headers, errors, filters, a context, a command."""

    @app.before_request
    def begin() -> None:
        g.seen = [request.path]

    @app.after_request
    def sign(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        response.headers["X-Seen"] = ",".join(g.get("seen", ()))
        return response

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> ResponseReturnValue:
        if request.path.endswith(".json"):
            return jsonify(error=error.code), error.code or 500
        return f"<h1>{gettext('Not found')} {error.code}</h1>", error.code or 500

    @app.errorhandler(Exception)
    def of_bugs(error: Exception) -> ResponseReturnValue:
        return f"sorry: {type(error).__name__}", 500

    app.add_template_filter(lambda amount: format_currency(amount, "CZK"), "crowns")
    app.context_processor(lambda: {"shouted": str.upper})
    app.cli.command("restock")(lambda: None)


def _pages(app: Flask, db: SQLAlchemy, product: Any) -> None:
    @app.route("/", methods=["GET", "POST"])
    def start() -> ResponseReturnValue:
        flash(format_date(_DAY))
        return render_template_string(PAGE, price=12)

    @app.get("/products")
    def products() -> ResponseReturnValue:
        return jsonify([each.name for each in db.session.scalars(db.select(product))])

    @app.get("/teapot")
    def teapot() -> ResponseReturnValue:
        abort(418)

    @app.get("/login-needed")
    def closed() -> ResponseReturnValue:
        abort(401)

    @app.get("/broken")
    def broken() -> ResponseReturnValue:
        raise ZeroDivisionError


def _interface(app: Flask) -> Blueprint:
    things = Blueprint("things", "things", url_prefix="/api/things")

    @things.route("")
    class All(MethodView):
        @things.arguments(Thing)  # type: ignore[untyped-decorator]
        @things.response(201, Thing)  # type: ignore[untyped-decorator]
        def post(self, given: dict[str, str]) -> dict[str, str]:
            return given

    @things.route("/<int:number>")
    class One(MethodView):
        @things.response(200, Thing)  # type: ignore[untyped-decorator]
        def get(self, number: int) -> dict[str, str]:
            if number == 0:
                abort(404)
            return {"name": str(number)}

    app.config.update(
        API_TITLE="The shop", API_VERSION="7", OPENAPI_VERSION="3.0.3", OPENAPI_URL_PREFIX="/api",
        OPENAPI_SWAGGER_UI_PATH="/docs", OPENAPI_SWAGGER_UI_URL="/static/swagger/",
    )  # fmt: skip
    Api(app).register_blueprint(things)
    return things


def build(*, mounted: bool) -> tuple[Flask, list[str]]:
    """Build the shop; give it with the statements that it will send."""
    folder = Path(mkdtemp())
    app = Flask("beside", root_path=str(folder))
    app.config.update(
        SECRET_KEY="beside",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'shop.sqlite'}",
        BABEL_TRANSLATION_DIRECTORIES=str(_translations(folder)),
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]  # flask's own provider
    db = SQLAlchemy(app)

    class Product(db.Model):  # type: ignore[name-defined]  # made at run time
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    Babel(
        app,
        default_locale="fr",
        default_timezone="Europe/Paris",
        locale_selector=lambda: request.accept_languages.best_match(["fr", "de"]) or "fr",
    )
    csrf = CSRFProtect(app)
    _pages(app, db, Product)
    admin = Admin(app, name="Office")
    admin.add_view(ModelView(Product, db))
    for blueprint in app.blueprints.values():
        csrf.exempt(blueprint)
    csrf.exempt(_interface(app))
    _frame(app)
    if mounted:
        from flask_firstline import Firstline

        Firstline().init_app(app, shop=Nobody())
    with app.app_context():
        db.create_all()
        db.session.add(Product(name="Tea"))
        db.session.commit()
    if mounted:
        done = app.test_cli_runner().invoke(args=["firstline", "db", "upgrade"])
        assert done.exit_code == 0, done.output
    sent: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    return app, sent


def answers(app: Flask, sent: list[str]) -> dict[str, object]:
    """Give all that the shop says, in requests and about itself."""
    browser = app.test_client()
    said: dict[str, object] = {}
    for method, path, more in REQUESTS:
        response = browser.open(path, method=method, **more)
        headers = {
            name: value for name, value in response.headers if name not in {"Set-Cookie", "Content-Length"}
        }
        cookies = sorted(value.partition("=")[0] for value in response.headers.getlist("Set-Cookie"))
        body = "".join(_OURS.sub(b"", _OWN_TOKENS.sub(b"", response.data)).decode().split())
        key = f"{method} {path} {sorted(more)}"
        said[key] = [response.status, headers, cookies, body, list(sent)]
        sent.clear()
    return said | about(app)


def about(app: Flask) -> dict[str, object]:
    """Give what the shop set up, without what begins with our name."""
    rules = sorted(f"{rule} {rule.endpoint}" for rule in app.url_map.iter_rules())
    database = app.extensions["sqlalchemy"]
    return {
        "addresses": [rule for rule in rules if "firstline" not in rule],
        "filters": sorted(name for name in app.jinja_env.filters if not name.startswith("firstline")),
        "globals": sorted(name for name in app.jinja_env.globals if not name.startswith("firstline")),
        "jinja": [
            app.jinja_env.undefined.__name__,
            app.jinja_env.trim_blocks,
            app.jinja_env.autoescape is not None,
        ],
        "errors": sorted(map(str, app.error_handler_spec[None])),
        "settings": {
            key: repr(value)
            for key, value in app.config.items()
            if not key.startswith("FIRSTLINE_") and "DATABASE" not in key and "DIRECTOR" not in key
        },
        "tables": sorted(database.metadata.tables),
        "commands": sorted(set(app.cli.list_commands(None)) - {"firstline"}),  # type: ignore[arg-type]
        "log": [
            app.logger.name,
            app.logger.level,
            logging.getLogger().level,
            len(logging.getLogger().handlers),
        ],
        "locales": repr(app.extensions["babel"].default_locale),
    }


if __name__ == "__main__":
    before, after = (answers(*build(mounted=mounted)) for mounted in (False, True))
    changed = {key: [before[key], after.get(key)] for key in before if before[key] != after.get(key)}
    json.dump({"asked": len(before), "changed": changed}, sys.stdout)
