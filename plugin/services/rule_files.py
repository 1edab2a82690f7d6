"""Programs and rules as files state them: made where they are missing, changed where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from . import programs
from .given import Given

PROGRAM_FIELDS = ("name", "active")
RULE_FIELDS = ("program", "name", "conversion", "active", *programs.PARTS)


def put_program(conn: Connection, given: Given, *, who: str, now: datetime) -> int:
    """Make a program, or switch it; give its id."""
    given.refuse_others(PROGRAM_FIELDS)
    program_id = _program(conn, given.needed("name"), who, now)
    programs.switch_program(conn, program_id, active=given.yes("active"), who=who, now=now)
    return program_id


def put_rule(conn: Connection, given: Given, *, who: str, now: datetime) -> int:
    """Make a rule, with its program where that is missing, or change it; give its id."""
    given.refuse_others(RULE_FIELDS)
    program_id = _program(conn, given.needed("program"), who, now)
    written, name = written_rule(given.values), given.needed("name")
    active = given.yes("active") if given.has("active") else True
    conversion = given.yes("conversion")
    found = programs.find_rule(conn, program_id, name)
    if found is None:
        return programs.add_rule(
            conn, program_id, name, written, conversion=conversion, active=active, who=who, now=now
        )
    programs.change_rule(conn, found.id, written, name=name, conversion=conversion, who=who, now=now)
    programs.switch_rule(conn, found.id, active=active, who=who, now=now)
    return int(found.id)


def written_rule(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give of a table what the rule itself says."""
    return {name: values[name] for name in programs.PARTS if name in values}


def _program(conn: Connection, name: str, who: str, now: datetime) -> int:
    found = programs.find_program(conn, " ".join(name.split()))
    if found is not None:
        return int(found.id)
    return programs.add_program(conn, name, who=who, now=now)
