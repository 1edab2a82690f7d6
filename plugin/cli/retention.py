"""How long each kind of data is kept: shown, set, and run by hand."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from ..delivery import letting_go
from ..domain.retention import PERIODS, Kept
from ..retention_words import ENDS, NAMES, days_text
from ..services import retention as service
from ..services.context import Context
from ..services.mistakes import Mistake
from .group import Answer, answering, firstline, in_context, table, who

retention = AppGroup("retention", help="How long each kind of data is kept.")
firstline.add_command(retention)
_KIND = click.argument("kind", type=click.Choice([kind.value for kind in Kept]))


@retention.command("show")
@answering
def show() -> Answer:
    """List each kind with its period, what happens then, and how much is due now."""
    found = in_context(service.standing)
    rows = [
        (one.period.kind.value, days_text(one.period.kind, one.days), str(ENDS[one.period.end]), one.due,
         one.changed_by or "")
        for one in found
    ]  # fmt: skip
    head = ("Kind", "Kept for", "Then", "Due now", "Set by")
    data = [
        {"kind": one.period.kind.value, "name": str(NAMES[one.period.kind]), "days": one.days,
         "usual": one.usual, "then": one.period.end.value, "due": one.due, "set_by": one.changed_by,
         "set_at": one.changed_at}
        for one in found
    ]  # fmt: skip
    return Answer(text=table(head, rows, empty=""), data=data)


@retention.command("set")
@_KIND
@click.option("--days", type=click.IntRange(1), help="Keep it for so many days.")
@click.option("--off", is_flag=True, help="Keep it without an end, where that is allowed.")
@click.option("--usual", is_flag=True, help="Let the usual period hold again.")
@click.option("--dry-run", is_flag=True, help="Say how much would go in the next night, and change nothing.")
@answering
def set_(kind: str, days: int | None, off: bool, usual: bool, dry_run: bool) -> Answer:
    """Keep a kind of data for another time; the next night works by it."""
    if (days is not None) + off + usual != 1:
        raise Mistake("Give one of --days, --off and --usual.")
    of = Kept(kind)

    def work(ctx: Context) -> tuple[int | None, int]:
        wanted = service.usual(ctx.settings, of) if usual else days
        if not dry_run:
            _ = service.reset(ctx, of, who=who()) if usual else service.choose(ctx, of, wanted, who=who())
        return wanted, service.due(ctx, of, wanted)

    wanted, due = in_context(work)
    said = "would be kept" if dry_run else "is kept"
    return Answer(
        text=f"{kind} {said} {_for(of, wanted)}. {due} due.",
        data={"kind": kind, "days": wanted, "due": due, "changed": not dry_run},
    )


def _for(kind: Kept, days: int | None) -> str:
    said = days_text(kind, days)
    return said if days is None else f"for {said}"


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="Say how much of each kind is due, and let nothing go.")
@answering
def run(dry_run: bool) -> Answer:
    """Let everything go whose time is over, without waiting for the night."""
    if dry_run:
        due = {one.period.kind: one.due for one in in_context(service.standing) if one.due}
        return _told(due, "due", "Nothing is due.")
    run_id = in_context(lambda ctx: service.begin(ctx, who()))
    went, failed = letting_go.finish(in_context, run_id)
    if failed:
        names = ", ".join(kind.value for kind in failed)
        return Answer(
            text=f"Some kinds could not go: {names}. The log says why.",
            data={"went": _named(went), "failed": [kind.value for kind in failed]},
            ok=False,
        )
    return _told({kind: number for kind, number in went.items() if number}, "went", "Nothing was due.")


def _told(numbers: dict[Kept, int], word: str, nothing: str) -> Answer:
    rows: list[Any] = [(kind.value, number, str(ENDS[PERIODS[kind].end])) for kind, number in numbers.items()]
    text = table(("Kind", word.capitalize(), "Then"), rows, empty=nothing)
    return Answer(text=text, data={word: _named(numbers)})


def _named(numbers: dict[Kept, int]) -> dict[str, int]:
    return {kind.value: number for kind, number in numbers.items() if number}
