"""The rules that are in force, each made into functions once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce

from ..domain.condition import Kind, Test, tests
from ..domain.condition_judging import Judge, compiled
from ..domain.rule import Action, Definition, On, Trigger
from ..domain.rule_fields import getter
from ..domain.rule_reading import read_rule
from ..models import Program, Rule, RuleVersion
from .fact_events import Stored

_PROGRAM = Program.__table__
_RULE = Rule.__table__
_VERSION = RuleVersion.__table__


@dataclass(frozen=True, kw_only=True)
class Ready:
    """What a rule says, ready to be judged; `judge` None: always met. `counts` are those it asks for."""

    definition: Definition
    judge: Judge | None
    actions: tuple[tuple[Action, Judge | None], ...]
    counts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class InForce:
    """A rule in force."""

    id: int
    program_id: int
    version: int
    ready: Ready
    leave: str | None = None

    @property
    def trigger(self) -> Trigger:
        """What it waits for."""
        return self.ready.definition.trigger

    @property
    def pause(self) -> timedelta:
        """How long after the event it is judged."""
        return timedelta(days=self.trigger.days)

    @property
    def program(self) -> str:
        """How referrals name the program."""
        return program_name(self.program_id)

    def waits_for(self, event: Stored) -> bool:
        """Say whether an event is what the rule waits for, whoever it is about."""
        trigger = self.trigger
        if trigger.on.value != event.kind or (trigger.name and trigger.name != event.name):
            return False
        if trigger.on is not On.SALE:
            return True
        kind, campaigns = event.data.get("kind"), event.data.get("campaigns", ())
        right_kind = not trigger.kinds or kind in {one.value for one in trigger.kinds}
        return right_kind and (not trigger.campaign or trigger.campaign in campaigns)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All rules in force, by the kind of event that they wait for."""

    by_kind: Mapping[str, list[InForce]] = field(default_factory=dict)
    by_id: Mapping[int, InForce] = field(default_factory=dict)


def program_name(program_id: int) -> str:
    """Give how referrals name a program of rules."""
    return f"program:{program_id}"


def load(conn: Connection) -> Rules:
    """Give the active rules of active programs, in the order in which they were made."""
    found = [
        InForce(
            id=row.id,
            program_id=row.program_id,
            version=row.version,
            ready=ready(row.definition),
            leave=row.leave,
        )
        for row in conn.execute(_QUERY)
    ]
    return of(found)


def of(found: Iterable[InForce]) -> Rules:
    """Give rules by what they wait for."""
    by_kind: dict[str, list[InForce]] = {}
    by_id: dict[int, InForce] = {}
    for rule in found:
        by_id[rule.id] = rule
        by_kind.setdefault(rule.trigger.on.value, []).append(rule)
    return Rules(by_kind=by_kind, by_id=by_id)


_QUERY = (
    select(
        _RULE.c.id,
        _RULE.c.program_id,
        _RULE.c.version,
        _VERSION.c.leave,
        type_coerce(_VERSION.c.definition, Text).label("definition"),
    )
    .join(_PROGRAM, _PROGRAM.c.id == _RULE.c.program_id)
    .join(_VERSION, (_VERSION.c.rule_id == _RULE.c.id) & (_VERSION.c.version == _RULE.c.version))
    .where(_RULE.c.active, _PROGRAM.c.active)
    .order_by(_RULE.c.id)
)


@lru_cache(maxsize=1024)
def ready(written: str) -> Ready:
    """Make what a version says, as JSON, ready to be judged; versions never change."""
    return made_ready(read_rule(loads(written)))


def loads(text: str) -> Any:  # noqa: ANN401 - JSON
    """Read JSON with exact numbers."""
    return json.loads(text, parse_float=Decimal)


def made_ready(definition: Definition) -> Ready:
    """Make a definition ready to be judged."""
    nodes = [definition.condition, *(action.condition for action in definition.actions)]
    asked = [test for node in nodes if node is not None for test in tests(node) if isinstance(test, Test)]
    counts = frozenset(one.field.rpartition(".")[2] for one in asked if one.kind is Kind.COUNT)
    return Ready(
        definition=definition,
        judge=None if definition.condition is None else compiled(definition.condition, getter),
        actions=tuple(
            (one, None if one.condition is None else compiled(one.condition, getter))
            for one in definition.actions
        ),
        counts=counts | frozenset(one for action in definition.actions for one in _counted(action)),
    )


def _counted(action: Action) -> Iterable[str]:
    """Give the counts that an action asks for without a condition: steps of a reward."""
    return (action.text("by"),) if action.steps else ()
