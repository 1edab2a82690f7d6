"""The rule builder: from scratch or a recipe, tried against past events, saved as a new version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from flask import abort, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from .. import rule_words
from ..domain.condition import Fault
from ..domain.rule import SLOTS, ActionKind, SlotKind
from ..domain.rule_fields import FIELDS
from ..i18n import gettext as _
from ..models import Contact, Event, Program, Rule
from ..services import programs
from ..services.mistakes import BadRule, Mistake
from ..services.rule_deciding import trace
from ..services.rule_dry_run import MOST_EVENTS, Tried, dry_run
from ..services.rules_in_force import loads
from ..state import current_state
from .edge import blueprint, done, perform, session
from .rule_draft import Draft
from .rule_events import kind_words
from .rule_recipes import RECIPES
from .sayings import said
from .show import contact_link, contact_name, to

SHOWN = 50


@blueprint.route("/rules/new", methods=["GET", "POST"])
def rules_new() -> str | BaseResponse | tuple[str, int]:
    """Offer recipes and an empty form; a post saves a new rule, or changes the form."""
    found = session().scalars(select(Program).order_by(Program.name)).all()
    if not found:
        return done(to("programs_new"), _("Make a program first: rules belong to one."), ok=False)
    wanted = request.values.get("program", "")
    program = next((one for one in found if str(one.id) == wanted), found[0])
    if request.method == "POST":
        return _posted(program.id, None)
    recipe = RECIPES.get(request.args.get("recipe", ""))
    draft = Draft() if recipe is None else Draft.of_written(recipe.written(), name=str(recipe.title))
    draft.conversion = recipe is None and not programs.rules_of(session().connection(), program.id)
    return _page(draft, program.id)


@blueprint.route("/rules/<firstline_id:rule_id>", methods=["GET", "POST"])
def rule_page(rule_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show a rule in the form; a post saves a new version, or changes the form."""
    rule = _rule(rule_id)
    if request.method == "POST":
        return _posted(rule.program_id, rule)
    row = next(row for row in programs.rules_of(session().connection(), rule.program_id) if row.id == rule_id)
    draft = Draft.of_written(loads(row.definition), name=rule.name, conversion=rule.conversion)
    return _page(draft, rule.program_id, rule)


def _rule(rule_id: int) -> Rule:
    rule = session().get(Rule, rule_id)
    if rule is None:
        abort(404)
    return rule


@blueprint.post("/rules/<firstline_id:rule_id>/switch")
def rule_switch(rule_id: int) -> BaseResponse:
    """Switch a rule on or off."""
    rule, active = _rule(rule_id), request.form.get("active") == "yes"
    try:
        perform(lambda act: programs.switch_rule(act.conn, rule.id, active=active, who=act.who, now=act.now))
    except Mistake as mistake:
        return done(to("rule_page", rule_id=rule_id), said(mistake)[1], ok=False)
    text = _("The rule is on.") if active else _("The rule is off. Its runs stay.")
    return done(to("rule_page", rule_id=rule_id), text)


def _posted(program_id: int, rule: Rule | None) -> str | BaseResponse | tuple[str, int]:
    draft, button = Draft.of_form(request.form), request.form.get("do", "save")
    try:
        if button == "save":
            return _save(draft, program_id, rule)
        if button == "try":
            return _page(draft, program_id, rule, tried=_try(draft, program_id))
        draft.press(button)
    except BadRule as wrong:
        return _page(draft, program_id, rule, faults=wrong.faults), 422
    except Mistake as mistake:
        return _page(draft, program_id, rule, problem=said(mistake)[1]), 422
    return _page(draft, program_id, rule)


def _save(draft: Draft, program_id: int, rule: Rule | None) -> BaseResponse:
    written = draft.written()
    leave = unquote(url_for("firstline_checkout.leave_mails", ticket="{ticket}", _external=True))
    given: Mapping[str, Any] = {"conversion": draft.conversion, "leave": leave}
    if rule is None:
        rule_id = perform(
            lambda act: programs.add_rule(
                act.conn, program_id, draft.name, written, **given, who=act.who, now=act.now
            )
        )
        return done(to("rule_page", rule_id=rule_id), _("The rule is saved."))
    rule_id = rule.id
    changed = perform(
        lambda act: programs.change_rule(
            act.conn, rule_id, written, name=draft.name, **given, who=act.who, now=act.now
        )
    )
    text = _("The rule is saved.") if changed else _("Nothing differs: nothing was saved.")
    return done(to("rule_page", rule_id=rule_id), text)


def _try(draft: Draft, program_id: int) -> Tried:
    definition = programs.checked_definition(draft.written())
    ctx = current_state().context(session().connection())
    return dry_run(ctx, program_id, definition)


def _page(
    draft: Draft,
    program_id: int,
    rule: Rule | None = None,
    *,
    faults: tuple[Fault, ...] = (),
    problem: str = "",
    tried: Tried | None = None,
) -> str:
    program = session().get(Program, program_id)
    if program is None:
        abort(404)
    draft.place()
    places: dict[str, list[str]] = {}
    for fault in faults:
        places.setdefault(fault.path, []).append(rule_words.problem_said(fault))
    versions = programs.versions_of(session().connection(), rule.id) if rule is not None else []
    return render_template(
        "firstline/admin/rule.html",
        here="rules",
        draft=draft,
        rule=rule,
        program=program,
        programs=session().scalars(select(Program).order_by(Program.name)).all(),
        title=rule.name if rule is not None else _("New rule"),
        action=to("rule_page", rule_id=rule.id) if rule is not None else to("rules_new"),
        errors=places,
        all_errors=[rule_words.fault_said(fault) for fault in faults],
        problem=problem,
        tried=None if tried is None else _shown(tried),
        versions=versions,
        recipes=RECIPES,
        words=rule_words,
        slots={kind.value: SLOTS[kind] for kind in ActionKind},
        kinds=SlotKind,
        fields=[(name, rule_words.field_words(name)) for name in FIELDS],
    )


def _shown(tried: Tried) -> dict[str, Any]:
    """Give what a dry run found, the newest first, with each test in words."""
    newest = list(reversed(tried.decisions))[:SHOWN]
    ids = {decision.event.id for decision in newest}
    events = {row.id: row for row in session().scalars(select(Event).where(Event.id.in_(ids)))}
    people = {decision.roles.person.id for decision in newest}
    contacts = {row.id: row for row in session().scalars(select(Contact).where(Contact.id.in_(people)))}
    rows = [
        {
            "at": decision.event.at,
            "event": kind_words(events[decision.event.id]),
            "who": contact_name(contacts[decision.roles.person.id]),
            "href": contact_link(contacts[decision.roles.person.id]),
            "met": decision.met,
            "tests": rule_words.traced(decision.rule.ready.definition.condition, trace(decision.steps)),
        }
        for decision in newest
    ]
    return {
        "rows": rows,
        "met": tried.met,
        "judged": len(tried.decisions),
        "others": tried.others,
        "most": MOST_EVENTS,
    }
