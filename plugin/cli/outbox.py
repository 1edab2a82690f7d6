"""The outbox: what waits, what was given up, and another try."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import Row
from sqlalchemy.orm import Session

from ..services import outbox_acts
from ..state import current_state
from .group import ID, Answer, Commands, answering, firstline, in_context, table, who

outbox = Commands("outbox", help="Mails, calls and other work that the worker does.")
firstline.add_command(outbox)
_HEAD = ("id", "topic", "state", "tries", "next try", "error")


@outbox.command("list")
@click.option("--dead", is_flag=True, help="Only what was given up.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@answering
def list_(dead: bool, limit: int) -> Answer:
    """List what waits or was given up, the oldest first, with what went wrong."""
    with Session(current_state().engine()) as session:
        found = outbox_acts.find(session.connection(), dead=dead, limit=limit)
    data = [_data(row) for row in found]
    empty = "Nothing was given up." if dead else "Nothing waits."
    rows = [(*list(one.values())[:-1], str(one["error"]).partition("\n")[0][:100]) for one in data]
    return Answer(text=table(_HEAD, rows, empty=empty), data=data)


def _data(row: Row[Any]) -> dict[str, object]:
    return {
        "id": row.id,
        "topic": row.topic,
        "state": row.state,
        "attempts": row.attempts,
        "run_at": row.run_at.isoformat(timespec="seconds"),
        "error": row.error or "",
    }


@outbox.command("retry")
@click.argument("row_id", type=ID, required=False)
@answering
def retry(row_id: int | None) -> Answer:
    """Let the row ROW_ID, or all that were given up, be tried again at the worker's next round."""
    ids = None if row_id is None else [row_id]
    count = in_context(lambda ctx: outbox_acts.retry(ctx, ids, who=who()))
    if row_id is not None and not count:
        text = f"Row {row_id} is done, is being done at this moment, or is not there."
        return Answer(text=text, data={"retried": 0}, ok=False)
    return Answer(text=f"{count} to be tried again.", data={"retried": count})
