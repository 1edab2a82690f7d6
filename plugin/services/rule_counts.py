"""How often rules were met: counted under locks, so that two events at once never count as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select, tuple_, update

from ..models import RuleCount
from ..models.base import insert_missing
from .contacts import Overtaken
from .context import Context
from .rule_people import Roles
from .rules_in_force import InForce

_COUNT = RuleCount.__table__
_SAVE = (
    update(_COUNT)
    .where(
        _COUNT.c.rule_id == bindparam("of_rule"),
        _COUNT.c.whose == bindparam("of_whose"),
        _COUNT.c.contact_id == bindparam("of_contact"),
    )
    .values(met=bindparam("now_met"))
)
Key = tuple[int, str, int]
OF_RULE = 0
"""In place of a contact where the meetings of all are counted."""


def keys_of(rule: InForce, roles: Roles) -> dict[str, Key]:
    """Give the counters that a rule asks for, by their names; of somebody who is not there there is none."""
    people = {"sharer": roles.sharer, "friend": roles.friend}
    found: dict[str, Key] = {}
    for whose in sorted(rule.ready.counts):
        person = people.get(whose)
        if whose == "rule":
            found[whose] = (rule.id, whose, OF_RULE)
        elif person is not None:
            found[whose] = (rule.id, whose, person.id)
    return found


@dataclass
class Counts:
    """The counters of a batch of events, held locked until its end."""

    ctx: Context
    _met: dict[Key, int] = field(default_factory=dict)
    _changed: set[Key] = field(default_factory=set)

    def lock(self, keys: Iterable[Key]) -> None:
        """Lock counters in one order; those that are not there yet begin at 0.

        Raises Overtaken where somebody was merged meanwhile, whose counters are another one's now.
        """
        wanted = sorted(set(keys) - self._met.keys())
        if not wanted:
            return
        conn = self.ctx.conn
        names = ("rule_id", "whose", "contact_id")
        insert_missing(conn, _COUNT, [{**dict(zip(names, key, strict=True)), "met": 0} for key in wanted])
        places = tuple_(_COUNT.c.rule_id, _COUNT.c.whose, _COUNT.c.contact_id)
        query = select(_COUNT).where(places.in_(wanted)).order_by(*(_COUNT.c[name] for name in names))
        for row in conn.execute(query.with_for_update()):
            self._met[row.rule_id, row.whose, row.contact_id] = row.met
        if not self._met.keys() >= set(wanted):
            raise Overtaken

    def count(self, keys: Mapping[str, Key]) -> dict[str, int]:
        """Count one more meeting and give how many there are now, by the counters' names."""
        self.lock(keys.values())
        for key in keys.values():
            self._met[key] += 1
            self._changed.add(key)
        return {name: self._met[key] for name, key in keys.items()}

    def save(self) -> None:
        """Write what was counted."""
        rows = [
            {"of_rule": key[0], "of_whose": key[1], "of_contact": key[2], "now_met": self._met[key]}
            for key in sorted(self._changed)
        ]
        if rows:
            self.ctx.conn.execute(_SAVE, rows)
        self._changed.clear()
