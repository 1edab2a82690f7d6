"""Which rules name something of the shop's: an endpoint, a mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, select, type_coerce

from ..models import Program, Rule, RuleVersion
from .mistakes import InUse
from .rules_in_force import loads

_PROGRAM = Program.__table__
_RULE = Rule.__table__
_VERSION = RuleVersion.__table__


def refuse_used(conn: Connection, slot: str, name: str) -> None:
    """Raise InUse where a rule, on or off, names something in an action."""
    found = _matching(conn, lambda action: action.get(slot) == name)
    if found:
        raise InUse(found)


def rules_that(conn: Connection, does: Callable[[Mapping[str, Any]], bool]) -> tuple[str, ...]:
    """Give the names of the rules that are on, in programs that are on, with such an action."""
    return _matching(conn, does, _RULE.c.active, _PROGRAM.c.active)


def _matching(
    conn: Connection, does: Callable[[Mapping[str, Any]], bool], *where: ColumnElement[bool]
) -> tuple[str, ...]:
    """Give the names of the rules whose newest version has such an action."""
    query = (
        select(_PROGRAM.c.name, _RULE.c.name, type_coerce(_VERSION.c.definition, Text))
        .join(_RULE, _RULE.c.program_id == _PROGRAM.c.id)
        .join(_VERSION, (_VERSION.c.rule_id == _RULE.c.id) & (_VERSION.c.version == _RULE.c.version))
        .where(*where)
        .order_by(_PROGRAM.c.name, _RULE.c.name)
    )
    return tuple(
        f"{program}: {rule}"
        for program, rule, definition in conn.execute(query)
        if any(does(action) for action in loads(definition)["actions"])
    )
