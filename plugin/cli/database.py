"""`flask firstline db`: our tables, beside the shop's."""

from __future__ import annotations

import click

from ..services import schema
from ..state import current_state
from .group import Answer, Commands, answering, firstline

db = Commands("db", help="Our tables: bring them up to date, take them away, look where they stand.")
firstline.add_command(db)


@db.command("upgrade")
@click.argument("revision", default="head")
@answering
def upgrade(revision: str) -> Answer:
    """Bring our tables up to date (or to REVISION)."""
    engine = current_state().engine()
    before = schema.current(engine)
    schema.upgrade(engine, revision)
    return _moved(before, schema.current(engine))


@db.command("downgrade")
@click.argument("revision", default="base")
@click.option("--yes", is_flag=True, help="Do not ask: the data of all tables that go is lost.")
@answering
def downgrade(revision: str, yes: bool) -> Answer:
    """Take our tables back to REVISION, by default to none. Their data is lost."""
    if not yes:
        click.confirm(f"Go back to {revision}? The data of all tables that go is lost", abort=True, err=True)
    engine = current_state().engine()
    before = schema.current(engine)
    schema.downgrade(engine, revision)
    return _moved(before, schema.current(engine))


@db.command("current")
@answering
def current() -> Answer:
    """Say at which revision the database is."""
    found = schema.current(current_state().engine())
    return Answer(text=found or "not migrated yet", data={"current": found, "newest": schema.newest()})


@db.command("check")
@answering
def check() -> Answer:
    """Say whether our tables are up to date and as they should be."""
    state = schema.check(current_state().engine())
    data = {
        "ok": state.ok,
        "current": state.current,
        "newest": state.newest,
        "differences": state.differences,
    }
    if state.current != state.newest:
        text = f"The database is at {state.current or 'nothing'}, the newest revision is {state.newest}: "
        return Answer(text=text + "run `flask firstline db upgrade`.", data=data, ok=False)
    if state.differences:
        return Answer(text="\n".join(["The tables differ:", *state.differences]), data=data, ok=False)
    return Answer(text=f"All tables are as they should be (revision {state.current}).", data=data)


def _moved(before: str | None, after: str | None) -> Answer:
    data = {"before": before, "current": after}
    if before == after:
        return Answer(text=f"Nothing to do: the database is at {after or 'nothing'}.", data=data)
    return Answer(text=f"From {before or 'nothing'} to {after or 'nothing'}.", data=data)
