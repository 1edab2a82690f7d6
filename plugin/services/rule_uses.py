"""Which rules name something of the shop's: an endpoint, a mail."""

from __future__ import annotations

from sqlalchemy import Connection, Text, select, type_coerce

from ..models import Program, Rule, RuleVersion
from .mistakes import InUse
from .rules_in_force import loads

_PROGRAM = Program.__table__
_RULE = Rule.__table__
_VERSION = RuleVersion.__table__


def refuse_used(conn: Connection, slot: str, name: str) -> None:
    """Raise InUse where a rule, on or off, names something in an action."""
    found = rules_that_name(conn, slot, name)
    if found:
        raise InUse(found)


def rules_that_name(conn: Connection, slot: str, name: str) -> tuple[str, ...]:
    """Give the names of the rules whose newest version fills a slot of an action with a name."""
    query = (
        select(_PROGRAM.c.name, _RULE.c.name, type_coerce(_VERSION.c.definition, Text))
        .join(_RULE, _RULE.c.program_id == _PROGRAM.c.id)
        .join(_VERSION, (_VERSION.c.rule_id == _RULE.c.id) & (_VERSION.c.version == _RULE.c.version))
        .order_by(_PROGRAM.c.name, _RULE.c.name)
    )
    return tuple(
        f"{program}: {rule}"
        for program, rule, definition in conn.execute(query)
        if any(action.get(slot) == name for action in loads(definition)["actions"])
    )
