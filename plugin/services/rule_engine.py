"""Judge rules at events and let them act: at most once per event, in the transaction that keeps the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from ..models import Contact, Event, RuleRun, RuleRunState
from ..models.base import insert_for_id
from . import (
    campaign_referrals,
    contacts,
    fact_events,
    outbox,
    program_referrals,
    rule_actions,
    rule_counts,
    rules_in_force,
)
from .context import Context
from .fact_events import Stored
from .rule_counts import Counts
from .rule_deciding import Decision, decide, may_be_met, trace
from .rule_people import People, Roles
from .rules_in_force import InForce, Rules

DUE = "rule_due"
"""The topic of a rule that is judged some days after an event."""
AGAIN = "rule_again"
"""The topic of a rule that is judged again when a span of time can first be over."""
SPAN_OVER = "span_over"
"""The kind of event that stands for that moment."""
_CONTACT = Contact.__table__
_EVENT = Event.__table__
_RUN = RuleRun.__table__
Pair = tuple[Stored, InForce, Roles]


def take_in(ctx: Context, facts: Sequence[Mapping[str, Any]]) -> int:
    """Keep facts as events and judge the rules that wait for them; give the number of new events."""
    for fact in facts:
        if fact["kind"] == fact_events.JOINED:
            program_referrals.start(ctx, fact)
    campaign_referrals.start_of_facts(ctx, facts)
    events = fact_events.store(ctx, facts)
    if events:
        judge(ctx, events, rules_in_force.load(ctx.conn))
    return len(events)


def judge(ctx: Context, events: Sequence[Stored], rules: Rules) -> None:
    """Judge rules at new events."""
    waited = [(event, rule) for event in events for rule in rules.by_kind.get(event.kind, ())]
    matching = [(event, rule) for event, rule in waited if rule.waits_for(event)]
    if not matching:
        return
    people = People(ctx)
    people.load(list({event.id: event for event, _rule in matching}.values()))
    found = [(event, rule, people.roles(event, rule)) for event, rule in matching]
    pairs: list[Pair] = [(event, rule, roles) for event, rule, roles in found if roles is not None]
    _Work(ctx, people).do([pair for pair in pairs if not pair[1].trigger.days])
    _put_later(ctx, [pair for pair in pairs if pair[1].trigger.days])


def _put_later(ctx: Context, pairs: Iterable[Pair]) -> None:
    told = [
        (DUE, {"rule_id": rule.id, "event_id": event.id}, event.at + rule.pause) for event, rule, _ in pairs
    ]
    outbox.put_later(ctx.conn, told, now=ctx.now)


@dataclass
class _Work:
    """Judges pairs of events and rules, and writes what came of it at the end."""

    ctx: Context
    people: People
    _runs: list[dict[str, Any]] = field(default_factory=list)
    _again: list[tuple[str, dict[str, Any], datetime]] = field(default_factory=list)

    def do(self, pairs: Sequence[Pair]) -> None:
        if not pairs:
            return
        counts = Counts(self.ctx)
        counts.lock(key for pair in pairs for key in self._keys(*pair))
        self._lock_people(pairs)
        for event, rule, roles in pairs:
            self._act(decide(self.people, counts, event, rule, roles))
        counts.save()
        self.ctx.conn.execute(insert(_RUN), self._runs)
        outbox.put_later(self.ctx.conn, self._again, now=self.ctx.now)

    def _keys(self, event: Stored, rule: InForce, roles: Roles) -> Iterable[rule_counts.Key]:
        if not rule.ready.counts or not may_be_met(self.people, event, rule, roles):
            return ()
        return rule_counts.keys_of(rule, roles).values()

    def _lock_people(self, pairs: Sequence[Pair]) -> None:
        """Lock whom actions change, all in one order, so that two workers never wait for each other."""
        ids: set[int] = set()
        for _event, rule, roles in pairs:
            if any(action.kind in rule_actions.LOCKING for action in rule.ready.definition.actions):
                people = (roles.person, roles.sharer, roles.friend)
                ids |= {person.id for person in people if person is not None}
        if ids:
            contacts.lock_all(self.ctx, sorted(ids))

    def _act(self, decision: Decision) -> None:
        rule, event, roles = decision.rule, decision.event, decision.roles
        done = rule_actions.perform(self.ctx, decision) if decision.met else []
        if any(one.get("changed") for one in done):
            self.people.reload(roles)
        state = RuleRunState.MET if decision.met else RuleRunState.NOT_MET
        self._runs.append(
            {
                "rule_id": rule.id, "version": rule.version, "event_id": event.id, "state": state.value,
                "contact_id": roles.person.id, "trace": trace(decision.steps), "done": done,
                "sharer_id": None if roles.sharer is None else roles.sharer.id,
                "friend_id": None if roles.friend is None else roles.friend.id, "at": self.ctx.now,
            }
        )  # fmt: skip
        if decision.scope.judge_again and roles.sharer is not None and not decision.met:
            soon = min(decision.scope.judge_again)
            told = {"rule_id": rule.id, "contact_id": roles.sharer.id, "at": soon.isoformat()}
            self._again.append((AGAIN, told, soon))


def judge_due(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Judge a rule the days after its event that it asks for; one that is off by now does nothing."""
    rule = rules_in_force.load(ctx.conn).by_id.get(payload["rule_id"])
    row = ctx.conn.execute(select(_EVENT).where(_EVENT.c.id == payload["event_id"])).one_or_none()
    if rule is None or row is None or _has_run(ctx, rule.id, row.id):
        return
    names = ("id", "kind", "name", "contact_id", "partner_id", "data", "at")
    event = Stored(**{name: getattr(row, name) for name in names})
    people = People(ctx)
    people.load([event])
    roles = people.roles(event, rule)
    if roles is not None:
        _Work(ctx, people).do([(event, rule, roles)])


def _has_run(ctx: Context, rule_id: int, event_id: int) -> bool:
    query = select(_RUN.c.id).where(_RUN.c.rule_id == rule_id, _RUN.c.event_id == event_id)
    return ctx.conn.execute(query).first() is not None


def judge_again(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Judge a rule for a sharer when a span of time can first be over: an event of its own."""
    rule = rules_in_force.load(ctx.conn).by_id.get(payload["rule_id"])
    contact_id, at = int(payload["contact_id"]), datetime.fromisoformat(payload["at"])
    if rule is None:
        return
    key = f"{rule.id} {contact_id} {payload['at']}"
    values = {
        "kind": SPAN_OVER, "key": key, "name": "", "contact_id": contact_id, "partner_id": None,
        "data": {}, "at": at, "stored_at": ctx.now,
    }  # fmt: skip
    made = ctx.conn.execute(insert_for_id(_EVENT, ctx.conn.dialect.name), values).scalar()
    if made is None:
        return
    event = Stored(
        id=made, kind=SPAN_OVER, name="", contact_id=contact_id, partner_id=None, data={}, at=at - rule.pause
    )
    people = People(ctx)
    people.load([event])
    roles = people.as_sharer(event)
    if roles is not None:
        _Work(ctx, people).do([(event, rule, roles)])
