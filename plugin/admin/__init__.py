"""The shop admin's pages at `<prefix>/admin`."""

from __future__ import annotations

from flask import Flask

from . import (
    application_page,
    approval_mail_page,
    approval_settings,
    approving,
    batch_pages,
    body_import,
    bookkeeping,
    books,
    bulk,
    by_hand,
    card,
    cards,
    code_page,
    contact_work,
    dashboard,
    decisions,
    dispute_acts,
    downline,
    editing,
    erasing,
    import_pages,
    jobs,
    legacy_pages,
    letter_frames,
    letters,
    lists,
    mail_previews,
    menu,
    merge,
    payout_pages,
    payout_single,
    privacy,
    program_settings,
    radar,
    record,
    reports,
    retention,
    rule_page,
    rule_runs,
    saved_filters,
    share,
    source_acts,
    statement_forms,
    statement_pages,
    stuck,
    suspicion_policy,
    terms_dry_run,
    treatment,
    why,
    why_code,
)
from .edge import blueprint
from .flask_admin_menu import add_links


def install(app: Flask, flask_admin: object, replay: stuck.Replay) -> None:
    """Give the pages of an app their tools, and the shop's Flask-Admin links to them."""
    app.extensions[stuck.EXTENSION] = stuck.Tools(replay=replay)
    add_links(app, flask_admin)


__all__ = [
    "application_page", "approval_mail_page", "approval_settings", "approving", "batch_pages", "blueprint",
    "body_import", "bookkeeping", "books", "bulk", "by_hand", "card", "cards", "code_page", "contact_work",
    "dashboard", "decisions", "dispute_acts", "downline", "editing", "erasing", "import_pages", "install",
    "jobs", "legacy_pages", "letter_frames", "letters", "lists", "mail_previews", "menu", "merge",
    "payout_pages", "payout_single", "privacy", "program_settings", "radar", "record", "reports",
    "retention", "rule_page", "rule_runs", "saved_filters", "share", "source_acts", "statement_forms",
    "statement_pages", "stuck", "suspicion_policy", "terms_dry_run", "treatment", "why", "why_code",
]  # fmt: skip
