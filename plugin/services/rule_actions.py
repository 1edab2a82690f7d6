"""What rules do: each action of a rule that was met, in the same transaction; beyond it go outbox rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.condition_judging import Step
from ..domain.facts import PersonFacts
from ..domain.rule import Action, ActionKind, To
from ..domain.rule_fields import getter
from ..domain.rule_reading import PLACE
from . import mails
from .context import Context
from .rule_deciding import Decision, plain, trace

Json = dict[str, Any]
LOCKING: frozenset[ActionKind] = frozenset()
"""Actions that change people, who are locked before."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One action at work; `number` is its place in the rule."""

    ctx: Context
    decision: Decision
    action: Action
    number: int

    @property
    def receiver(self) -> PersonFacts | None:
        """Whom it is for, or None where nobody is that here."""
        roles = self.decision.roles
        if self.action.to is To.SHARER:
            return roles.sharer
        if self.action.to is To.FRIEND:
            return roles.friend
        if self.action.to is To.CUSTOMER:
            return roles.friend or roles.person
        if roles.partner_id is None or (roles.sharer is not None and roles.sharer.id == roles.partner_id):
            return roles.sharer
        return roles.person if roles.person.id == roles.partner_id else None

    @property
    def cause(self) -> str:
        """Name what it is done for: the same at the same event, however often it is tried."""
        return f"rule:{self.decision.rule.id}:{self.decision.event.id}:{self.number}"

    def words(self, name: str) -> str:
        """Give a filled text, facts in place of its placeholders."""
        return filled(self.action.text(name), self.decision)


def filled(text: str, decision: Decision) -> str:
    """Put facts into a text; what is missing is left empty."""

    def fact(found: Any) -> str:  # noqa: ANN401 - a match
        value = plain(getter(found.group(1))(decision.scope))
        return "" if value is None else str(value)

    return PLACE.sub(fact, text)


def perform(ctx: Context, decision: Decision) -> list[Json]:
    """Do the actions of a rule that was met; say of each what it did, or why nothing."""
    return [
        _one(Act(ctx=ctx, decision=decision, action=action, number=number), judge)
        for number, (action, judge) in enumerate(decision.rule.ready.actions)
    ]


def _one(act: Act, judge: Any) -> Json:  # noqa: ANN401 - a judge or None
    steps: list[Step] = []
    if judge is not None and judge(act.decision.scope, steps) is not True:
        return {"do": act.action.kind.value, "came": "condition", "trace": trace(steps)}
    said = _DOING[act.action.kind](act)
    return {"do": act.action.kind.value, **said, **({"trace": trace(steps)} if steps else {})}


def _mail(act: Act) -> Json:
    who = act.receiver
    if who is None:
        return {"came": "nobody"}
    values = {"subject": act.words("subject"), "text": act.words("text")}
    if act.decision.rule.leave:
        values["leave"] = act.decision.rule.leave
    mails.put(act.ctx.conn, mails.Letter.RULE, who.id, values, now=act.ctx.now)
    return {"came": "done", "contact_id": who.id}


_DOING: Mapping[ActionKind, Callable[[Act], Json]] = {
    ActionKind.MAIL: _mail,
}
