"""Rules, as a list."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.rule_reading import read_rule
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Program, Rule, RuleVersion
from ..rule_words import trigger_words
from ..services.listing import AnyRow, Query
from .nouns import Column, Kind, Noun, Scope, State
from .programs import on_off
from .show import name_of, to


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
    return on_off(row.Rule.active)


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
