"""Decide whether a rule is met at an event: the same way in the worker and in a dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from ..domain.condition_judging import Judge, Step
from ..domain.facts import EventFacts, Scope
from . import rule_counts
from .fact_events import Stored
from .rule_counts import Key
from .rule_people import People, Roles
from .rules_in_force import InForce

_LONGEST_FOUND = 200
Json = Any


class Counting(Protocol):
    """Counts how often rules were met."""

    def count(self, keys: Mapping[str, Key]) -> dict[str, int]:
        """Count one more and give how many there are now."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a rule was met, by which tests, and what its actions are judged by."""

    rule: InForce
    event: Stored
    roles: Roles
    met: bool
    steps: Sequence[Step]
    scope: Scope


def scope_of(people: People, event: Stored, rule: InForce, roles: Roles) -> Scope:
    """Give what the conditions of a rule may ask for; its time is that of the event, or so long after it."""
    return Scope(
        now=event.at + rule.pause,
        event=EventFacts(id=event.id, name=event.name or event.kind, at=event.at, data=event.data),
        person=roles.person,
        sharer=roles.sharer,
        friend=roles.friend,
        referral=roles.referral,
        referrals=roles.referrals,
        pasts=lambda: people.pasts(roles.sharer, rule),
    )


def may_be_met(people: People, event: Stored, rule: InForce, roles: Roles) -> bool:
    """Say whether a rule is met or hangs on counts alone: then this event counts."""
    if rule.ready.judge is None:
        return True
    return rule.ready.judge(scope_of(people, event, rule, roles), []) is not False


def decide(people: People, counts: Counting, event: Stored, rule: InForce, roles: Roles) -> Decision:
    """Judge a rule at an event; one that may be met counts, whatever its counts say."""
    scope = scope_of(people, event, rule, roles)
    steps: list[Step] = []
    answer = _answer(rule.ready.judge, scope, steps)
    if rule.ready.counts and answer is not False:
        counted = counts.count(rule_counts.keys_of(rule, roles))
        scope, steps = replace(scope, counts=counted, judge_again=[]), []
        answer = _answer(rule.ready.judge, scope, steps)
    return Decision(rule=rule, event=event, roles=roles, met=answer is True, steps=steps, scope=scope)


def _answer(judge: Judge | None, scope: Scope, steps: list[Step]) -> bool | None:
    return True if judge is None else judge(scope, steps)


def trace(steps: Sequence[Step]) -> list[list[Json]]:
    """Give tests as they are kept: the place, 1 where it was met, and what was found (null: missing)."""
    return [[step.path, int(step.met), plain(step.found)] for step in steps]


def plain(found: object) -> Json:
    """Give a found value as JSON; long ones are cut."""
    if isinstance(found, Decimal):
        return format(found, "f")
    if isinstance(found, datetime):
        return found.isoformat()
    if isinstance(found, list | tuple):
        return [plain(one) for one in found[:20]]
    return found[:_LONGEST_FOUND] if isinstance(found, str) else found
