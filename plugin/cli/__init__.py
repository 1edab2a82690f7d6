"""The command line: `flask firstline ...`."""

from __future__ import annotations

from flask import Flask

from . import api, books, cards, codes, coupons, database, doctor, program, work
from .group import firstline

__all__ = [
    "api", "books", "cards", "codes", "coupons", "database", "doctor", "firstline", "program", "register",
    "work",
]  # fmt: skip


def register(app: Flask) -> None:
    """Offer the commands to an app."""
    app.cli.add_command(firstline)
