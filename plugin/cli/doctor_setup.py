"""How the plugin is mounted: settings, adapter, tables, the shop's own migrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import Connection, inspect, text

from ..delivery.effects import CannotYet
from ..delivery.ways import NO_SENDER, NO_SENDER_MEND, NO_WAY, NO_WAY_MEND, find_way
from ..domain.mail import read_server
from ..domain.money import EXPONENTS
from ..models import Call
from ..services import schema
from ..shop import Cart, Customer
from ..state import State
from .diagnosis import Findings, error, note, warning

_MOST_SECONDS = 60
_POSTING = "firstline_posting"


def check_settings(state: State) -> Findings:
    """Look at the settings of app and plugin."""
    if not state.app.secret_key:
        yield error(
            "SECRET_KEY", "SECRET_KEY is missing: cookies and forms cannot be signed.", "Set SECRET_KEY."
        )
    if state.settings.currency not in EXPONENTS:
        yield error(
            "currency",
            f"FIRSTLINE_CURRENCY is {state.settings.currency!r}, which is no currency.",
            "Set it to an ISO code such as EUR.",
        )
    if not state.settings.keys:
        yield note(
            "keys",
            "The secret behind hashes and tokens was drawn at `db upgrade` and lies in the database only.",
            'Set FIRSTLINE_KEYS = {"2": "<a long random text>"} where database dumps go to other hands.',
        )
    yield from _check_mail(state)
    yield from _check_host(state)


def _check_host(state: State) -> Findings:
    """Look whether mails to partners can be made to lead elsewhere."""
    known = state.app.config.get("SERVER_NAME") or state.app.config.get("TRUSTED_HOSTS")
    if "firstline_partners" in state.app.blueprints and not known:
        yield note(
            "host",
            "Links in mails lead to the host that a request names, and a request can name any.",
            "Set SERVER_NAME, or TRUSTED_HOSTS, unless your web server passes on your own hosts only.",
        )


def _check_mail(state: State) -> Findings:
    """Look at the way that mails take."""
    settings = state.settings
    try:
        find_way(state)
    except CannotYet:
        if settings.smtp_url and not settings.mail_from:
            yield error("mail", f"{NO_SENDER} Mails wait in the outbox.", NO_SENDER_MEND)
        else:
            yield note("mail", f"{NO_WAY} Mails wait in the outbox.", NO_WAY_MEND)
    if settings.smtp_url and read_server(settings.smtp_url).tells_password:
        yield warning(
            "mail",
            "FIRSTLINE_SMTP_URL sends the password of the mail server for all to read.",
            "Write ?starttls at its end, or begin it with smtps://.",
        )


def check_bell(state: State) -> Findings:
    """See whether Celery or Huey can be woken."""
    for trouble in filter(None, (bell.trouble() for bell in state.bells.values())):
        yield warning(
            "broker",
            f"Workers cannot be woken. {trouble}",
            "Start the broker. Until then work waits for the next round of a worker; nothing is lost.",
        )


def check_adapter(state: State) -> Findings:
    """Ask the shop's adapter as an anonymous visitor would make it answer."""
    kinds: Mapping[str, tuple[type, ...]] = {
        "current_customer": (Customer, type(None)),
        "current_cart": (Cart, type(None)),
        "is_admin": (bool,),
    }
    for name, wanted in kinds.items():
        try:
            answer = _asked(state.app, getattr(state.shop, name))
        except Exception as failed:  # whatever a shop's code may raise
            said = f"{type(failed).__name__}: {failed}"
            yield error(
                name,
                f"{name}() fails for a visitor who is not signed in: {said}",
                "Let it answer None (or False) there.",
            )
            continue
        if not isinstance(answer, wanted):
            names = " or ".join("None" if kind is type(None) else kind.__name__ for kind in wanted)
            yield error(name, f"{name}() gives {type(answer).__name__}.", f"Let it give {names}.")
        elif name == "is_admin" and answer:
            yield error(
                "admin",
                "The admin pages are open to everybody: is_admin() is true for an anonymous visitor.",
                "Let is_admin() ask who is signed in.",
            )


def _asked(app: Flask, answer: Callable[[], object]) -> object:
    """Call one answer in an anonymous request, after what the shop does before each request."""
    with app.test_request_context("/"):
        app.preprocess_request()
        return answer()


def check_tables(state: State) -> Findings:
    """Look whether our tables are there and up to date."""
    found = schema.check(state.engine())
    if found.current is None:
        made = inspect(state.engine()).has_table(Call.__tablename__)
        how = "were made without our migrations" if made else "are missing"
        mend = "Start from an empty database and run" if made else "Run"
        yield error("tables", f"Our tables {how}.", f"{mend} `flask firstline db upgrade`.")
    elif found.current != found.newest:
        yield error(
            "tables",
            f"Our tables are at revision {found.current}; this version needs {found.newest}.",
            "Run `flask firstline db upgrade`.",
        )
    elif found.differences:
        yield error(
            "tables",
            f"Our tables were changed by somebody else: {'; '.join(found.differences[:5])}.",
            "Undo that; `flask firstline db check` shows all differences.",
        )


def check_shop_migrations(state: State) -> Findings:
    """See whether the shop's `flask db migrate` would drop our tables."""
    config = state.app.extensions.get("migrate")
    if config is None or state.owns_database:
        return
    options = getattr(config, "configure_args", {})
    if not _hides_ours(options):
        yield error(
            "migrations",
            "The shop's `flask db migrate` would write drop_table for all our tables.",
            "Write `Migrate(app, db, include_name=include_name)` with flask_firstline.include_name.",
        )


def _hides_ours(options: Mapping[str, Any]) -> bool:
    by_name, by_object = options.get("include_name"), options.get("include_object")
    try:
        if by_name is not None and not by_name(_POSTING, "table", {"schema_name": None}):
            return True
        posting = Call.metadata.tables[_POSTING]
        return by_object is not None and not by_object(posting, _POSTING, "table", True, None)
    except Exception:  # a filter of the shop that cannot be asked
        return False


def check_clock(conn: Connection, now: datetime) -> Findings:
    """Compare the database's clock with ours."""
    said = conn.execute(text("SELECT CURRENT_TIMESTAMP")).scalar_one()
    read = said if isinstance(said, datetime) else datetime.fromisoformat(said)
    theirs = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
    apart = abs((now - theirs).total_seconds())
    if apart > _MOST_SECONDS:
        yield warning(
            "clock",
            f"The clocks of this machine and of the database are {round(apart)} seconds apart.",
            "Let both follow a time server (NTP).",
        )
