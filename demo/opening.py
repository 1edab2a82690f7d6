"""Open the shop: tables, products, accounts and the partner program. May be repeated."""

from __future__ import annotations

from pathlib import Path

from click import ClickException
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade

from .seeds import sow

PROGRAM = Path(__file__).with_name("partners.toml")


def open_shop(app: Flask) -> None:
    """Bring the tables up to date and put in what is missing."""
    with app.app_context():
        upgrade()
        firstline(app, "db", "upgrade")
        sow()
        firstline(app, "apply", str(PROGRAM))


def firstline(app: Flask, *args: str) -> None:
    """Run `flask firstline ...` for this app; where it fails, it says why and ends the program."""
    info = ScriptInfo(create_app=lambda: app)
    try:
        code = app.cli.main(["firstline", *args], prog_name="flask", obj=info, standalone_mode=False)
    except ClickException as error:
        error.show()
        code = error.exit_code
    if code:
        raise SystemExit(code)
