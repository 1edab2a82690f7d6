"""Programs and their rules: made, changed by new versions, named anew, switched on and off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, insert, select, type_coerce, update

from ..domain.condition import Fault, Faulty, Problem
from ..domain.rule import Definition
from ..domain.rule_reading import read_rule
from ..models import MailTemplate, Program, Rule, RuleVersion, WebhookEndpoint
from ..models.base import insert_for_id
from . import audit
from .mistakes import BadRule, NoConversion, NotThere, RuleNameTaken
from .rules_in_force import loads

_PROGRAM = Program.__table__
_RULE = Rule.__table__
_VERSION = RuleVersion.__table__
_ENDPOINT = WebhookEndpoint.__table__
_TEMPLATE = MailTemplate.__table__
PARTS = ("trigger", "condition", "actions")
"""What a rule says, by the names under which it is written."""
LONGEST_NAME = 100
LONGEST_RULE = 60_000
"""Characters of a rule as it is written."""


def add_program(conn: Connection, name: str, *, who: str, now: datetime) -> int:
    """Make a program, off until it has a rule that says what it is for. Raises RuleNameTaken, BadRule."""
    values = {"name": _checked_name(name), "active": False, "created_at": now}
    made = conn.execute(insert_for_id(_PROGRAM, conn.dialect.name), values).scalar()
    if made is None:
        raise RuleNameTaken(f"There is a program {values['name']} already.")
    audit.record(conn, who=who, act="create", noun="program", subject=str(values["name"]), now=now)
    return int(made)


def find_program(conn: Connection, name: str) -> Row[Any] | None:
    """Give a program by its name, or None."""
    return conn.execute(select(_PROGRAM).where(_PROGRAM.c.name == name)).one_or_none()


def rename_program(conn: Connection, program_id: int, name: str, *, who: str, now: datetime) -> bool:
    """Name a program anew; False where it is called so. Raises NotThere, RuleNameTaken, BadRule."""
    row, name = _locked_program(conn, program_id), _checked_name(name)
    if row.name == name:
        return False
    if find_program(conn, name) is not None:
        raise RuleNameTaken(f"There is a program {name} already.")
    conn.execute(update(_PROGRAM).where(_PROGRAM.c.id == program_id).values(name=name))
    told = {"before": {"name": row.name}, "after": {"name": name}}
    audit.record(conn, who=who, act="rename", noun="program", subject=name, **told, now=now)
    return True


def switch_program(conn: Connection, program_id: int, *, active: bool, who: str, now: datetime) -> bool:
    """Switch a program on or off; False where it is so. Raises NotThere, NoConversion."""
    row = _locked_program(conn, program_id)
    if row.active == active:
        return False
    if active and not _conversions(conn, program_id):
        raise NoConversion("A program needs at least one active rule that is its conversion.")
    conn.execute(update(_PROGRAM).where(_PROGRAM.c.id == program_id).values(active=active))
    act = "switch on" if active else "switch off"
    audit.record(conn, who=who, act=act, noun="program", subject=row.name, now=now)
    return True


def _conversions(conn: Connection, program_id: int, *, but: int | None = None) -> bool:
    rules = select(_RULE.c.id).where(_RULE.c.program_id == program_id, _RULE.c.active, _RULE.c.conversion)
    return conn.execute(rules if but is None else rules.where(_RULE.c.id != but)).first() is not None


def add_rule(
    conn: Connection,
    program_id: int,
    name: str,
    written: object,
    *,
    conversion: bool = False,
    active: bool = True,
    leave: str | None = None,
    who: str,
    now: datetime,
) -> int:
    """Make a rule in its first version. Raises BadRule with the place of each mistake, RuleNameTaken."""
    program = _locked_program(conn, program_id)
    plain = checked(written)
    _check_named(conn, plain)
    values = {
        "program_id": program_id, "name": _checked_name(name), "active": active, "conversion": conversion,
        "version": 1, "created_at": now, "changed_at": now,
    }  # fmt: skip
    rule_id = conn.execute(insert_for_id(_RULE, conn.dialect.name), values).scalar()
    if rule_id is None:
        raise RuleNameTaken(f"The program {program.name} has a rule {values['name']} already.")
    _write_version(conn, rule_id, 1, plain, leave, who, now)
    told = {"program": program.name, "conversion": conversion, "active": active, "rule": plain}
    audit.record(conn, who=who, act="create", noun="rule", subject=str(values["name"]), after=told, now=now)
    return int(rule_id)


def change_rule(
    conn: Connection,
    rule_id: int,
    written: object,
    *,
    name: str,
    conversion: bool,
    leave: str | None = None,
    who: str,
    now: datetime,
) -> bool:
    """Change a rule: what it says becomes a new version; False where nothing differs.

    Raises NotThere, BadRule, RuleNameTaken, NoConversion.
    """
    row, plain = locked_rule(conn, rule_id), checked(written)
    _check_named(conn, plain)
    name = _checked_name(name)
    same = _text(plain) == _text(loads(row.definition))
    if same and (row.name, row.conversion) == (name, conversion):
        return False
    _refuse_taken(conn, row, name)
    if row.conversion and not conversion:
        _keep_one_conversion(conn, row)
    version = row.version if same else row.version + 1
    if not same:
        _write_version(conn, rule_id, version, plain, leave, who, now)
    values = {"name": name, "conversion": conversion, "version": version}
    conn.execute(update(_RULE).where(_RULE.c.id == rule_id).values(**values, changed_at=now))
    before = {"name": row.name, "conversion": row.conversion, "version": row.version}
    audit.record(conn, who=who, act="change", noun="rule", subject=name, before=before, after=values, now=now)
    return True


def switch_rule(conn: Connection, rule_id: int, *, active: bool, who: str, now: datetime) -> bool:
    """Switch a rule on or off; False where it is so. Raises NotThere, NoConversion."""
    row = locked_rule(conn, rule_id)
    if row.active == active:
        return False
    if not active and row.conversion:
        _keep_one_conversion(conn, row)
    conn.execute(update(_RULE).where(_RULE.c.id == rule_id).values(active=active, changed_at=now))
    act = "switch on" if active else "switch off"
    audit.record(conn, who=who, act=act, noun="rule", subject=row.name, now=now)
    return True


def _keep_one_conversion(conn: Connection, row: Row[Any]) -> None:
    if _locked_program(conn, row.program_id).active and not _conversions(conn, row.program_id, but=row.id):
        raise NoConversion("This is the only conversion of the program; switch the program off first.")


def _refuse_taken(conn: Connection, row: Row[Any], name: str) -> None:
    others = select(_RULE.c.id).where(_RULE.c.program_id == row.program_id, _RULE.c.name == name)
    if conn.execute(others.where(_RULE.c.id != row.id)).first() is not None:
        raise RuleNameTaken(f"The program has another rule {name}.")


def locked_rule(conn: Connection, rule_id: int) -> Row[Any]:
    """Give a rule with what it says, as JSON text, locked; raises NotThere."""
    row = conn.execute(_WHOLE.where(_RULE.c.id == rule_id).with_for_update(of=_RULE)).one_or_none()
    if row is None:
        raise NotThere(f"There is no rule with the id {rule_id}.")
    return row


_WHOLE = select(_RULE, type_coerce(_VERSION.c.definition, Text).label("definition")).join(
    _VERSION, (_VERSION.c.rule_id == _RULE.c.id) & (_VERSION.c.version == _RULE.c.version)
)


def find_rule(conn: Connection, program_id: int, name: str) -> Row[Any] | None:
    """Give a rule of a program by its name, with what it says as JSON text, or None."""
    return conn.execute(_WHOLE.where(_RULE.c.program_id == program_id, _RULE.c.name == name)).one_or_none()


def rules_of(conn: Connection, program_id: int | None = None) -> list[Row[Any]]:
    """Give the rules of a program, or all, with what they say as JSON text, in the order they were made."""
    query = _WHOLE.order_by(_RULE.c.id)
    return list(conn.execute(query if program_id is None else query.where(_RULE.c.program_id == program_id)))


def versions_of(conn: Connection, rule_id: int) -> list[Row[Any]]:
    """Give all versions of a rule, the newest first."""
    query = select(_VERSION).where(_VERSION.c.rule_id == rule_id).order_by(_VERSION.c.version.desc())
    return list(conn.execute(query))


def _locked_program(conn: Connection, program_id: int) -> Row[Any]:
    row = conn.execute(select(_PROGRAM).where(_PROGRAM.c.id == program_id).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"There is no program with the id {program_id}.")
    return row


def checked(written: object) -> Any:  # noqa: ANN401 - JSON
    """Give a rule as plain JSON once it can work. Raises BadRule with the place of each mistake."""
    checked_definition(written)
    return json.loads(_text(written))


def checked_definition(written: object) -> Definition:
    """Read a rule. Raises BadRule with the place of each mistake."""
    try:
        definition = read_rule(written)
        if len(_text(written)) > LONGEST_RULE:
            raise Faulty([Fault(path="", problem=Problem.TOO_LONG, about=str(LONGEST_RULE))])
    except Faulty as faulty:
        raise BadRule(faulty.faults) from faulty
    return definition


_NAMED: Mapping[str, tuple[ColumnElement[str], ColumnElement[bool], Problem]] = {
    "endpoint": (
        _ENDPOINT.c.name,
        and_(_ENDPOINT.c.removed_at.is_(None), _ENDPOINT.c.partner_id.is_(None)),
        Problem.UNKNOWN_ENDPOINT,
    ),
    "template": (_TEMPLATE.c.name, _TEMPLATE.c.removed_at.is_(None), Problem.UNKNOWN_TEMPLATE),
}
"""What actions name of the shop's: where it is found, and what is wrong where it is not."""


def _check_named(conn: Connection, plain: Mapping[str, Any]) -> None:
    """Refuse webhooks and mails that are not there, with the place of each."""
    faults: list[Fault] = []
    for slot, (column, is_there, problem) in _NAMED.items():
        named = {n: one[slot] for n, one in enumerate(plain["actions"]) if slot in one}
        if named:
            there = select(column).where(column.in_(named.values()), is_there)
            known = set(conn.execute(there).scalars())
            faults += [
                Fault(path=f"actions[{n}].{slot}", problem=problem, about=name[:64])
                for n, name in named.items()
                if name not in known
            ]
    if faults:
        raise BadRule(tuple(faults))


def _text(written: object) -> str:
    return json.dumps(written, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot stand in a rule")


def _write_version(
    conn: Connection, rule_id: int, version: int, plain: object, leave: str | None, who: str, now: datetime
) -> None:
    values = {"rule_id": rule_id, "version": version, "definition": plain, "leave": leave}
    conn.execute(insert(_VERSION), {**values, "made_by": who[:100], "created_at": now})


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRule((Fault(path="name", problem=Problem.TOO_LONG if name else Problem.MISSING),))
    return name
