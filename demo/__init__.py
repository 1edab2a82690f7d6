"""Wiesengrund: a small shop into which Flask-Firstline is mounted. `flask --app demo run` serves it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from flask import Flask, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from flask_firstline import include_name

from .account import account
from .base import babel, csrf, db, login, migrate
from .basket import basket
from .catalogue import CATEGORIES, catalogue
from .checkout import checkout
from .clock import install as install_clock
from .office import office
from .orders import orders
from .outbox import outbox
from .partners import Wiesengrund, firstline
from .payments import payments
from .provider import provider
from .question import question
from .receiver import receiver
from .seeds import sow
from .settings import settings
from .web import chosen_language, prepare_pages

HERE = Path(__file__).parent
PAGES = (catalogue, account, basket, checkout, orders, payments, provider, question, outbox, receiver, office)


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Make the shop; `config` overrides what the environment says."""
    instance = Path.cwd() / "instance"
    instance.mkdir(exist_ok=True)
    app = Flask(__name__, instance_path=str(instance))
    app.config.from_mapping(settings(instance))
    app.config.from_mapping(config or {})
    bind_extensions(app)
    prepare_pages(app)
    app.jinja_env.globals["categories"] = CATEGORIES
    for pages in PAGES:
        app.register_blueprint(pages)
    app.register_error_handler(HTTPException, show_error)
    app.cli.add_command(seed)
    firstline.init_app(app, shop=Wiesengrund())
    install_clock(app)
    return app


def bind_extensions(app: Flask) -> None:
    """Bind the extensions. The migrations stand here, and leave the tables of others alone."""
    db.init_app(app)
    migrate.init_app(app, db, directory=str(HERE / "migrations"), include_name=include_name)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=chosen_language)
    login.init_app(app)
    login.login_view = "account.sign_in"
    login.login_message = None


def show_error(error: HTTPException) -> tuple[str, int] | HTTPException:
    """Say in the shop's own words what went wrong."""
    texts = {
        400: gettext("That did not work. Please go back and try again."),
        403: gettext("This page is for the people of the shop."),
        404: gettext("This page does not exist, or it is not yours."),
    }
    if isinstance(error, CSRFError):
        texts[400] = gettext(
            "The page was open for too long. Please go back, load it again and try once more."
        )
    if error.code not in texts:
        return error
    return render_template("error.html", text=texts[error.code]), error.code


@click.command("seed")
def seed() -> None:
    """Put products and accounts into the shop; may be repeated."""
    sow()
    click.echo("The shop has its products and accounts.")
