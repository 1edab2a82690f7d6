"""Programs, rules, their runs and the events that they follow, as lists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ..domain.rule_reading import read_rule
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact, Event, Program, Rule, RuleRun, RuleRunState, RuleVersion
from ..rule_words import TRIGGERS, trigger_words
from ..services import programs
from ..services.listing import AnyRow, Query
from .acting import Acting
from .contacts import contact_label
from .fields import CheckField, NounForm, TextField
from .nouns import Column, Editor, Filter, Kind, Noun, Scope, State
from .show import contact_link, contact_name, name_of, to


class ProgramForm(NounForm):
    """A program: what it is called, and whether its rules act."""

    name = TextField(_l("Name"), needed=True, longest=programs.LONGEST_NAME)
    active = CheckField(
        _l("It is on"), hint=_l("It needs a rule that is on and marked as what the program is for.")
    )


def _program(session: Session, key: str) -> Mapping[str, object] | None:
    row = session.get(Program, int(key)) if key.isdecimal() and len(key) < 18 else None
    return None if row is None else {"id": row.id, "name": row.name, "active": row.active}


def _save_program(act: Acting, form: NounForm, key: str | None) -> str:
    name, active = form["name"].data, bool(form["active"].data)
    if key is None:
        program_id = programs.add_program(act.conn, name, who=act.who, now=act.now)
    else:
        program_id = int(key)
        programs.rename_program(act.conn, program_id, name, who=act.who, now=act.now)
    programs.switch_program(act.conn, program_id, active=active, who=act.who, now=act.now)
    return _("The program is saved.")


def _active_rules() -> Any:  # noqa: ANN401 - an SQL expression
    return (
        select(func.count())
        .select_from(Rule)
        .where(Rule.program_id == Program.id, Rule.active)
        .scalar_subquery()
        .label("rules")
    )


PROGRAMS = Noun(
    name="programs",
    title=_l("Programs"),
    lead=_l("What rules belong to. A referral of a program starts when somebody joins a first line."),
    icon="chart",
    statement=lambda: select(Program, _active_rules()),
    keys=(Program.id.expression,),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.Program.name,
            href=lambda row: to("programs_edit", key=row.Program.id),
            sort=name_of(Program.name.expression),
        ),
        Column(
            name="rules",
            label=_l("Active rules"),
            kind=Kind.COUNT,
            value=lambda row: row.rules,
            href=lambda row: to("rules", program=row.Program.id),
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: _on_off(row.Program.active),
            place="corner",
        ),
    ),
    sort="name",
    editor=Editor(
        form=ProgramForm,
        load=_program,
        save=_save_program,
        title=lambda row: str(row["name"]),
    ),
    new_label=_l("New program"),
    empty=_l("There are no programs. Make one, then its first rule."),
)


def _on_off(active: bool) -> State:
    return State("ok", _("on")) if active else State("off", _("off"))


def _rules() -> Query:
    in_force = (RuleVersion.rule_id == Rule.id) & (RuleVersion.version == Rule.version)
    return (
        select(Rule, Program, RuleVersion)
        .join(Program, Program.id == Rule.program_id)
        .join(RuleVersion, in_force)
    )


def _trigger(row: AnyRow) -> str:
    return trigger_words(read_rule(row.RuleVersion.definition).trigger)


def _rule_state(row: AnyRow) -> State:
    if row.Rule.active and not row.Program.active:
        return State("wait", _("its program is off"))
    return _on_off(row.Rule.active)


def program_label(session: Session, program_id: int) -> str | None:
    """Name a program, or None."""
    row = session.get(Program, program_id)
    return None if row is None else row.name


def rule_label(session: Session, rule_id: int) -> str | None:
    """Name a rule, or None."""
    row = session.get(Rule, rule_id)
    return None if row is None else row.name


NOUN = Noun(
    name="rules",
    title=_l("Rules"),
    lead=_l("When something happens, and if conditions are met, then something is done: once."),
    icon="check",
    statement=_rules,
    keys=(Rule.id.expression,),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.Rule.name,
            href=lambda row: to("rule_page", rule_id=row.Rule.id),
            sort=name_of(Rule.name.expression),
        ),
        Column(name="when", label=_l("When"), value=_trigger, place="full"),
        Column(name="program", label=_l("Program"), value=lambda row: row.Program.name),
        Column(
            name="version",
            label=_l("Version"),
            kind=Kind.COUNT,
            value=lambda row: row.Rule.version,
        ),
        Column(
            name="runs",
            label=_l("Runs"),
            value=lambda row: _("Runs"),
            href=lambda row: to("rule_runs", rule=row.Rule.id),
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_rule_state, place="corner"),
    ),
    sort="name",
    search=lambda text: Rule.name.icontains(text, autoescape=True),
    search_hint=_l("Name"),
    scopes=(Scope(name="program", where=lambda wanted: Rule.program_id == wanted, label=program_label),),
    makes=True,
    new_label=_l("New rule"),
    empty=_l("There are no rules. Begin with a recipe, or from scratch."),
)

STATES: Mapping[str, tuple[str, str]] = {
    RuleRunState.MET.value: ("ok", _l("met")),
    RuleRunState.NOT_MET.value: ("off", _l("not met")),
}


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return RuleRun.state == choice


def _run_state(row: AnyRow) -> State:
    tone, words = STATES[row.RuleRun.state]
    return State(tone, str(words))


def kind_words(event: Event) -> str:
    """Name an event: what it is, and by which name."""
    words = str(TRIGGERS.get(event.kind, _("a span of time is over")))
    return f"{words}: {event.name}" if event.name else words


RUNS = Noun(
    name="rule_runs",
    title=_l("Runs of rules"),
    lead=_l("Each rule that was judged at an event, with why each of its conditions was or was not met."),
    icon="clock",
    statement=lambda: (
        select(RuleRun, Rule, Event, Contact)
        .join(Rule, Rule.id == RuleRun.rule_id)
        .join(Event, Event.id == RuleRun.event_id)
        .join(Contact, Contact.id == RuleRun.contact_id)
    ),
    keys=(RuleRun.id.expression,),
    columns=(
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.RuleRun.at,
            href=lambda row: to("rule_run", run_id=row.RuleRun.id),
            sort=RuleRun.at.expression,
        ),
        Column(
            name="rule",
            label=_l("Rule"),
            value=lambda row: row.Rule.name,
            href=lambda row: to("rule_page", rule_id=row.Rule.id),
        ),
        Column(name="event", label=_l("Event"), value=lambda row: kind_words(row.Event), place="full"),
        Column(
            name="who",
            label=_l("Whose"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_run_state, place="corner"),
    ),
    sort="-at",
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((value, words) for value, (_tone, words) in STATES.items()),
        ),
    ),
    scopes=(
        Scope(name="rule", where=lambda wanted: RuleRun.rule_id == wanted, label=rule_label),
        Scope(name="of", where=lambda wanted: RuleRun.contact_id == wanted, label=contact_label),
    ),
    empty=_l("No rule was judged yet."),
)


def _content(row: AnyRow) -> str:
    return json.dumps(row.Event.data, ensure_ascii=False) if row.Event.data else ""


EVENTS = Noun(
    name="rule_events",
    title=_l("Events"),
    lead=_l("What happened, each once: rules follow it, and can be tried against it."),
    icon="note",
    statement=lambda: select(Event, Contact).join(Contact, Contact.id == Event.contact_id),
    keys=(Event.id.expression,),
    columns=(
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Event.at,
            sort=Event.at.expression,
        ),
        Column(name="what", label=_l("What"), value=lambda row: kind_words(row.Event), place="full"),
        Column(
            name="who",
            label=_l("Whose"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(name="data", label=_l("Content"), kind=Kind.CODE, value=_content, place="full"),
    ),
    sort="-at",
    filters=(
        Filter(
            name="kind",
            label=_l("What"),
            where=lambda choice, now: Event.kind == choice,
            choices=tuple(TRIGGERS.items()),
        ),
    ),
    scopes=(Scope(name="of", where=lambda wanted: Event.contact_id == wanted, label=contact_label),),
    empty=_l("No event was kept yet. The worker keeps what the shop tells."),
)
