"""Settings of the program that change while it runs."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from sqlalchemy import Connection

from ..services import program_settings
from ..services.mistakes import BadSetting
from ..services.program_settings import KEYS, packed
from ..state import State, current_state
from .group import Answer, answering, firstline, in_unit, table, who

settings = AppGroup("settings", help="Settings of the program that change while it runs.")
firstline.add_command(settings)
_KEY = click.argument("key", type=click.Choice(KEYS))
_REASON = click.option("--reason", default="", help="Why, for the history.")


@settings.command("show")
@answering
def show() -> Answer:
    """Show what holds now, what the configuration says, and what is planned."""

    def read(state: State, conn: Connection) -> list[dict[str, object]]:
        timeline, now = state.timeline(conn), state.now()
        coming = {change.key: change for change in reversed(timeline.changes) if change.valid_from > now}
        return [
            {
                "key": key,
                "now": packed(held),
                "configured": packed(base),
                "next": coming[key].given.get("is", packed(base)) if key in coming else None,
                "from": coming[key].valid_from.isoformat() if key in coming else None,
            }
            for key, held, base in program_settings.in_force(timeline, now)
        ]

    data = in_unit(read)
    lines = [tuple("" if value is None else str(value) for value in row.values()) for row in data]
    return Answer(text=table(("key", "now", "configured", "next", "from"), lines, empty=""), data=data)


@settings.command("set")
@_KEY
@click.argument("value", required=False)
@click.option("--usual", is_flag=True, help="As the configuration says.")
@_REASON
@answering
def set_(key: str, value: str | None, usual: bool, reason: str) -> Answer:
    """Give a setting another VALUE from in a minute on: `settings set hold_days 14`."""
    return _planned(key, value, usual, None, reason)


@settings.command("plan")
@_KEY
@click.argument("value", required=False)
@click.option(
    "--from",
    "begins",
    required=True,
    type=click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="From when on, in the shop's time zone.",
)
@click.option("--usual", is_flag=True, help="As the configuration says.")
@_REASON
@answering
def plan(key: str, value: str | None, usual: bool, begins: datetime, reason: str) -> Answer:
    """Give a setting another VALUE from a day on: `settings plan hold_days 14 --from 2027-01-01`."""
    zone = current_state().settings.zone
    return _planned(key, value, usual, begins.replace(tzinfo=zone).astimezone(UTC), reason)


@settings.command("call-off")
@click.argument("number", type=int)
@answering
def call_off(number: int) -> Answer:
    """Call a planned change off, by its number."""
    in_unit(lambda state, conn: program_settings.call_off(conn, number, who=who(), now=state.now()))
    return Answer(text=f"The change {number} is called off.", data={"id": number, "called_off": True})


def _planned(key: str, value: str | None, usual: bool, begins: datetime | None, reason: str) -> Answer:
    if usual == (value is not None):
        raise BadSetting("value", "Give a value, or --usual.")

    def work(state: State, conn: Connection) -> int:
        now = state.now()
        if value is None:
            return program_settings.reset(conn, key, begins=begins, reason=reason, who=who(), now=now)
        wanted = program_settings.parse(key, value)
        return program_settings.plan(
            conn, state.settings, key, wanted, begins=begins, reason=reason, who=who(), now=now
        )

    number = in_unit(work)
    when = "in a minute" if begins is None else begins.isoformat()
    text = f"The change {number} of {key} is planned: it holds from {when} on. What is posted stays."
    return Answer(text=text, data={"id": number, "key": key, "from": None if begins is None else when})
