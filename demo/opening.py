"""Open the shop: tables, products, accounts and the partner program. May be repeated."""

from __future__ import annotations

from pathlib import Path

from click import ClickException
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from sqlalchemy import select

from .base import db
from .clock import shop_clock
from .sales import Order
from .seeds import sow

PROGRAM = Path(__file__).with_name("partners.toml")


def open_shop(app: Flask, *, days_ago: int = 0) -> bool:
    """Bring the tables up to date and put in what is missing; say whether the shop is new.

    A new shop opens as many days ago, so that it can have a past.
    """
    with app.app_context():
        upgrade()
        is_new = db.session.scalar(select(Order.id).limit(1)) is None
        if is_new and days_ago:
            shop_clock().begin(-days_ago)
        firstline(app, "db", "upgrade")
        sow()
        firstline(app, "apply", str(PROGRAM))
    return is_new


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
