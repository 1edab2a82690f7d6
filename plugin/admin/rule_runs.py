"""Runs of rules: all of them as a list, and one with why each condition was or was not met."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import abort, render_template
from sqlalchemy import ColumnElement, select

from .. import rule_words
from ..domain.rule import Definition
from ..domain.rule_reading import read_rule
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact, Event, Rule, RuleRun, RuleRunState, RuleVersion
from ..services.listing import AnyRow
from .contacts import contact_label
from .edge import blueprint, session
from .nouns import Column, Filter, Kind, Noun, Scope, State
from .rule_events import kind_words
from .rules import rule_label
from .show import contact_link, contact_name, to

STATES: Mapping[str, tuple[str, str]] = {
    RuleRunState.MET.value: ("ok", _l("met")),
    RuleRunState.NOT_MET.value: ("off", _l("not met")),
}


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return RuleRun.state == choice


def _run_state(row: AnyRow) -> State:
    tone, words = STATES[row.RuleRun.state]
    return State(tone, str(words))


NOUN = Noun(
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


@blueprint.get("/rule_runs/<firstline_id:run_id>")
def rule_run(run_id: int) -> str:
    """Show one run."""
    run = session().get(RuleRun, run_id)
    if run is None:
        abort(404)
    version = session().get_one(RuleVersion, (run.rule_id, run.version))
    definition = read_rule(version.definition)
    event, rule = session().get_one(Event, run.event_id), session().get_one(Rule, run.rule_id)
    people = [
        (label, session().get(Contact, contact_id))
        for label, contact_id in (
            (_("Whose"), run.contact_id),
            (_("Sharer"), run.sharer_id),
            (_("Friend"), run.friend_id),
        )
        if contact_id is not None
    ]
    return render_template(
        "firstline/admin/rule_run.html",
        here="rule_runs",
        run=run,
        rule=rule,
        rule_href=to("rule_page", rule_id=rule.id),
        event=event,
        event_words=kind_words(event),
        content=json.dumps(event.data, indent=2, ensure_ascii=False) if event.data else "",
        state=STATES[run.state],
        people=[(label, contact_name(one), contact_link(one)) for label, one in people],
        condition=rule_words.condition_words(definition.condition),
        tests=rule_words.traced(definition.condition, run.trace),
        actions=[_action(definition, number, done) for number, done in enumerate(run.done)],
    )


def _action(definition: Definition, number: int, done: dict[str, Any]) -> dict[str, Any]:
    action = definition.actions[number]
    whom = session().get(Contact, done["contact_id"]) if "contact_id" in done else None
    return {
        "what": rule_words.ACTIONS[action.kind.value],
        "came": rule_words.CAME[done["came"]],
        "ok": done["came"] == "done",
        "who": contact_name(whom),
        "href": contact_link(whom),
        "worth": done.get("worth", ""),
        "tests": rule_words.traced(action.condition, done.get("trace", ())),
    }
