"""One run of a rule: the event, why each condition was or was not met, what each action did."""

from __future__ import annotations

import json
from typing import Any

from flask import abort, render_template

from .. import rule_words
from ..domain.rule import Definition
from ..domain.rule_reading import read_rule
from ..i18n import gettext as _
from ..models import Contact, Event, Rule, RuleRun, RuleVersion
from .edge import blueprint, session
from .rules import STATES, kind_words
from .show import contact_link, contact_name, to


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
