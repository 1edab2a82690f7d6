"""Try a rule against past events: what it would have done, and why; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from ..domain.rule import Definition
from ..models import Event
from .context import Context
from .fact_events import Stored
from .rule_counts import Key
from .rule_deciding import Decision, decide
from .rule_people import People
from .rules_in_force import InForce, made_ready

_EVENT = Event.__table__
MOST_EVENTS = 500
"""How many of the newest events a rule is tried against."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a rule would have made of past events, oldest first; `others` were about nobody it is for."""

    decisions: Sequence[Decision]
    events: int

    @property
    def others(self) -> int:
        """How many events were about nobody the rule is for."""
        return self.events - len(self.decisions)

    @property
    def met(self) -> int:
        """How often it would have acted."""
        return sum(decision.met for decision in self.decisions)


@dataclass
class _Tally:
    """Counts in memory, from nothing: as if the rule had been there all along."""

    _met: Counter[Key] = field(default_factory=Counter)

    def count(self, keys: Mapping[str, Key]) -> dict[str, int]:
        self._met.update(keys.values())
        return {name: self._met[key] for name, key in keys.items()}


def dry_run(ctx: Context, program_id: int, definition: Definition, *, event_id: int | None = None) -> Tried:
    """Judge a rule at the newest events that it waits for, or at one; people are as they are today."""
    rule = InForce(id=0, program_id=program_id, version=0, ready=made_ready(definition))
    events = [event for event in _events(ctx, definition, event_id) if rule.waits_for(event)]
    people, tally = People(ctx), _Tally()
    if events:
        people.load(events)
    found = [(event, people.roles(event, rule)) for event in events]
    decisions = [decide(people, tally, event, rule, roles) for event, roles in found if roles is not None]
    return Tried(decisions=decisions, events=len(events))


def _events(ctx: Context, definition: Definition, event_id: int | None) -> list[Stored]:
    names = ("id", "kind", "name", "contact_id", "partner_id", "data", "at")
    query = select(*(_EVENT.c[name] for name in names)).where(_EVENT.c.kind == definition.trigger.on.value)
    if event_id is not None:
        query = query.where(_EVENT.c.id == event_id)
    elif definition.trigger.name:
        query = query.where(_EVENT.c.name == definition.trigger.name)
    rows = ctx.conn.execute(query.order_by(_EVENT.c.id.desc()).limit(MOST_EVENTS)).all()
    return [Stored(**row._mapping) for row in reversed(rows)]
