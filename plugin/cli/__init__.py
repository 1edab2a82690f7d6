"""The command line: `flask firstline ...`."""

from __future__ import annotations

from flask import Flask

from . import (
    api,
    bookkeeping,
    books,
    campaigns,
    cards,
    code_files,
    code_insight,
    codes,
    coupons,
    database,
    disputes,
    doctor,
    hooks,
    joining,
    legacy,
    letters,
    mail,
    outbox,
    payout_people,
    payouts,
    person,
    postings,
    program,
    rates,
    redemptions,
    reports,
    retention,
    rules,
    settings,
    sharing,
    statements,
    suspicions,
    terms,
    trying,
    work,
)
from .group import firstline

__all__ = [
    "api", "bookkeeping", "books", "campaigns", "cards", "code_files", "code_insight", "codes", "coupons",
    "database", "disputes", "doctor", "firstline", "hooks", "joining", "legacy", "letters", "mail", "outbox",
    "payout_people", "payouts", "person", "postings", "program", "rates", "redemptions", "register",
    "reports", "retention", "rules", "settings", "sharing", "statements", "suspicions", "terms", "trying",
    "work",
]  # fmt: skip


def register(app: Flask) -> None:
    """Offer the commands to an app."""
    app.cli.add_command(firstline)
