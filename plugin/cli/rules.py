"""Rules: listed, put from a file, tried against past events, switched, and what they did."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, select

from ..domain.rule_reading import read_rule
from ..models import Contact, Event, Program, Rule, RuleRun
from ..rule_words import condition_words, rule_sentence, trigger_words
from ..services import programs, rule_files
from ..services.applying import apply_file
from ..services.context import Context
from ..services.mistakes import Mistake
from ..services.rule_deciding import trace
from ..services.rule_dry_run import dry_run
from ..services.rules_in_force import loads
from ..state import State
from .group import ID, Answer, Commands, answering, firstline, in_context, in_unit, table, who

rule = Commands("rule", help="Rules: when something happens, if conditions are met, then something is done.")
firstline.add_command(rule)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@rule.command("list")
@answering
def list_() -> Answer:
    """List the rules of all programs."""

    def work(state: State, conn: Connection) -> list[dict[str, object]]:
        names = {row.id: row for row in conn.execute(select(Program.__table__))}
        return [_listed(row, names[row.program_id]) for row in programs.rules_of(conn)]

    found = in_unit(work)
    head = ("id", "program", "name", "state", "version", "when", "if")
    shown = [[one[name] for name in head] for one in found]
    return Answer(text=table(head, shown, empty="There are no rules."), data=found)


def _listed(row: Any, program: Any) -> dict[str, object]:  # noqa: ANN401 - rows
    definition = read_rule(loads(row.definition))
    state = "on" if row.active else "off"
    return {
        "id": row.id,
        "program": program.name,
        "name": row.name,
        "state": state if program.active else f"{state}, program off",
        "version": row.version,
        "when": trigger_words(definition.trigger),
        "if": condition_words(definition.condition),
        "rule": loads(row.definition),
    }


@rule.command("add")
@click.argument("file", type=_FILE)
@answering
def add_(file: Path) -> Answer:
    """Put the programs and rules of a TOML file: make what is missing, change what differs."""
    data = _read(file)
    others = sorted(set(data) - {"rule", "program"})
    if others:
        raise Mistake(
            f"{', '.join(others)}: only [[program]] and [[rule]] stand here; use `apply` for the rest"
        )
    done = in_unit(
        lambda state, conn: apply_file(conn, data, settings=state.settings, who=who(), now=state.now())
    )
    changed = {kind: done.changed.get(kind, 0) for kind in done.seen}
    said = ", ".join(f"{number} of {done.seen[kind]} {kind}s changed" for kind, number in changed.items())
    return Answer(text=said or "The file is empty.", data=changed)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Mistake(f"{file.name}: {error}") from error


@rule.command("switch")
@click.argument("rule_id", type=ID)
@click.argument("to", type=click.Choice(["on", "off"]))
@answering
def switch_(rule_id: int, to: str) -> Answer:
    """Switch a rule on or off."""
    changed = in_unit(
        lambda state, conn: programs.switch_rule(conn, rule_id, active=to == "on", who=who(), now=state.now())
    )
    return Answer(text=f"The rule is {to}." if changed else f"The rule is {to} already.", data=changed)


@rule.command("dry-run")
@click.argument("file", type=_FILE)
@click.option("--name", help="Which rule of the file; by default the first one.")
@answering
def dry_run_(file: Path, name: str | None) -> Answer:
    """Try a rule of a TOML file against past events; nothing is written or sent."""
    rules = _read(file).get("rule", [])
    wanted = next((one for one in rules if name in (None, one.get("name"))), None)
    if wanted is None:
        raise Mistake("There is no such [[rule]] in the file.")
    return in_context(lambda ctx: _tried(ctx, wanted))


def _tried(ctx: Context, table_: Mapping[str, Any]) -> Answer:
    definition = programs.checked_definition(rule_files.written_rule(table_))
    found = programs.find_program(ctx.conn, str(table_.get("program", "")))
    tried = dry_run(ctx, 0 if found is None else found.id, definition)
    rows = [
        {
            "event": one.event.id,
            "at": one.event.at,
            "whose": one.roles.person.ref or one.roles.person.id,
            "met": one.met,
            "tests": trace(one.steps),
        }
        for one in tried.decisions
    ]
    head = ("event", "at", "whose", "met")
    text = table(
        head, [[row[name] for name in head] for row in rows], empty="No past event is what it waits for."
    )
    said = f"{rule_sentence(rule_files.written_rule(table_))}\nMet {tried.met} of {len(rows)} times."
    return Answer(text=f"{text}\n{said}", data={"met": tried.met, "judged": len(rows), "rows": rows})


@rule.command("runs")
@click.option("--rule", "rule_id", type=ID, help="Only of this rule.")
@click.option("--met", is_flag=True, help="Only where it was met.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="So many of the newest.")
@answering
def runs_(rule_id: int | None, *, met: bool, limit: int) -> Answer:
    """List the newest runs of rules, with what was found."""

    def work(state: State, conn: Connection) -> list[dict[str, object]]:
        query = (
            select(
                RuleRun.id, RuleRun.at, RuleRun.state, RuleRun.trace, RuleRun.done,
                Rule.name.label("rule"), Event.kind, Contact.ref,
            )
            .join(Rule, Rule.id == RuleRun.rule_id)
            .join(Event, Event.id == RuleRun.event_id)
            .join(Contact, Contact.id == RuleRun.contact_id)
            .order_by(RuleRun.id.desc())
            .limit(limit)
        )  # fmt: skip
        query = query if rule_id is None else query.where(RuleRun.rule_id == rule_id)
        query = query.where(RuleRun.state == "met") if met else query
        return [dict(row._mapping) for row in conn.execute(query)]

    rows = in_unit(work)
    head = ("id", "at", "rule", "kind", "ref", "state")
    shown = [[row[name] for name in head] for row in rows]
    return Answer(text=table(head, shown, empty="No rule was judged yet."), data=rows)
