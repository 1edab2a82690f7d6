"""The command line: `flask firstline ...`."""

from __future__ import annotations

from flask import Flask

from . import books, code_insight, codes, database, doctor, program, redemptions, work
from .group import firstline

__all__ = [
    "books", "code_insight", "codes", "database", "doctor", "firstline", "program", "redemptions", "register",
    "work",
]  # fmt: skip


def register(app: Flask) -> None:
    """Offer the commands to an app."""
    app.cli.add_command(firstline)
