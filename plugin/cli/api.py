"""Keys of the API: made, listed, revoked."""

from __future__ import annotations

import click

from ..services.api_keys import SCOPES, create_key, every_key, get_key_by_name, revoke_key
from .group import Answer, Commands, answering, firstline, in_unit, table, who

api = Commands("api", help="The REST API.")
key = Commands("key", help="Keys with which programs use the API.")
firstline.add_command(api)
api.add_command(key)


@key.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([*SCOPES, "all"]),
    help="What the key may do; may be repeated.",
)
@answering
def add(name: str, scopes: tuple[str, ...]) -> Answer:
    """Make a key called NAME and show it, once."""
    wanted = SCOPES if "all" in scopes else scopes
    made = in_unit(lambda state, conn: create_key(conn, name, wanted, who=who(), now=state.now()))
    text = f"{made.secret}\nThis is the key of {made.name!r}. It is shown only now: keep it safe."
    data = {"id": made.id, "name": made.name, "key": made.secret, "scopes": made.scopes}
    return Answer(text=text, data=data)


@key.command("list")
@answering
def list_() -> Answer:
    """List all keys, revoked ones too, never the keys themselves."""
    rows = in_unit(lambda _, conn: every_key(conn))
    data = [
        {
            "name": row.name,
            "begins": row.hint,
            "scopes": row.scopes,
            "made_by": row.made_by,
            "created_at": row.created_at,
            "used_at": row.used_at,
            "revoked_at": row.revoked_at,
        }
        for row in rows
    ]
    lines = [
        (row.name, row.hint, ", ".join(row.scopes), _day(row.used_at) or "never", _day(row.revoked_at))
        for row in rows
    ]
    head = ("name", "begins with", "scopes", "last used", "revoked")
    return Answer(text=table(head, lines, empty="There are no keys yet."), data=data)


def _day(moment: object) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


@key.command("revoke")
@click.argument("name")
@answering
def revoke(name: str) -> Answer:
    """Let the key called NAME open nothing any more."""
    done = in_unit(
        lambda state, conn: revoke_key(conn, get_key_by_name(conn, name).id, who=who(), now=state.now())
    )
    text = f"The key {name!r} is revoked." if done else f"The key {name!r} was revoked before."
    return Answer(text=text, data={"name": name, "revoked": done})
