"""One action of a rule at work: whom it is for, and the facts in its texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..domain.facts import PersonFacts
from ..domain.rule import REWARD_PLACES, Action, To
from ..domain.rule_fields import ROLES, getter
from ..domain.rule_reading import PLACE
from . import consents, templated
from .context import Context
from .desk_people import initials
from .rule_deciding import Decision, plain

Json = dict[str, Any]
_OPEN = frozenset({"type", "days_known", "created_at"})
"""What of a person is no secret to those around."""


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
        """Give a filled text, facts in place of its placeholders, as its receiver may read them."""
        return PLACE.sub(lambda found: self._fact(found.group(1)), self.action.text(name))

    def words_for_staff(self, name: str) -> str:
        """Give a filled text that only those who run the shop read."""
        return PLACE.sub(lambda found: self._value(found.group(1)), self.action.text(name))

    def _value(self, name: str) -> str:
        value = plain(getter(name)(self.decision.scope))
        return "" if value is None else str(value)

    def mail_words(self) -> dict[str, str]:
        """Give a word for each place that a mail of the shop's own can have, "" where nothing is known."""
        data = self.decision.event.data
        known = {name: plain(data.get(name)) for name in templated.WORDS - templated.GIVEN}
        known["order"] = known["order"] or plain(data.get("order_ref"))
        known |= {"friend": self._fact("friend.name"), "sharer": self._fact("sharer.name")}
        known["event"] = self.decision.event.name
        return {name: "" if value is None else str(value) for name, value in known.items()}

    def _fact(self, name: str) -> str:
        """Give what stands for a placeholder; what only a reward knows stays to be filled."""
        if name in REWARD_PLACES:
            return f"{{{name}}}"
        holder, _dot, rest = name.partition(".")
        who: PersonFacts | None = getattr(self.decision.roles, holder) if holder in ROLES else None
        if who is not None and not self._may_read(who, rest):
            return _masked(who, rest, known=holder == "sharer")
        return self._value(name)

    def _may_read(self, who: PersonFacts, rest: str) -> bool:
        """Say whether the receiver may read this of somebody: of others only what they agreed to."""
        reader = self.receiver
        if reader is None or reader.id == who.id or rest in _OPEN:
            return True
        if rest not in ("name", "email"):
            return False
        standing = consents.standing(self.ctx.conn, who.id, now=self.ctx.now)
        if standing is None or standing.given is None or standing.sponsor_id != reader.id:
            return False
        return rest == "name" or standing.given.email


def _masked(who: PersonFacts, rest: str, *, known: bool) -> str:
    """Give what anybody may read: of a sharer the name, of others the initials."""
    if rest != "name":
        return ""
    return who.name or "" if known else initials(who.name)
