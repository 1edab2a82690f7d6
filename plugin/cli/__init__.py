"""The command line: `flask firstline ...`."""

from __future__ import annotations

from flask import Flask

from . import books, code_files, codes, database, doctor, program, work
from .group import firstline

__all__ = ["books", "code_files", "codes", "database", "doctor", "firstline", "program", "register", "work"]


def register(app: Flask) -> None:
    """Offer the commands to an app."""
    app.cli.add_command(firstline)
