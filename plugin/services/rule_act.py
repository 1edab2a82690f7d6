"""One action of a rule at work: whom it is for, and the facts in its texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..domain.facts import PersonFacts
from ..domain.rule import REWARD_PLACES, Action, To
from ..domain.rule_fields import getter
from ..domain.rule_reading import PLACE
from .context import Context
from .rule_deciding import Decision, plain

Json = dict[str, Any]


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
    """Put facts into a text; what is missing is left empty, what only a reward knows stays to be filled."""

    def fact(found: re.Match[str]) -> str:
        if found.group(1) in REWARD_PLACES:
            return found.group(0)
        value = plain(getter(found.group(1))(decision.scope))
        return "" if value is None else str(value)

    return PLACE.sub(fact, text)
