"""A rule as it stands in the form: rows for tests and actions, or the whole rule as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from ..domain.condition import MOST_TESTS, WITH_LIST, WITHOUT_VALUE, Fault, Kind, Operator, Problem
from ..domain.rule import SLOTS, ActionKind, On, SlotKind
from ..domain.rule_fields import FIELDS
from ..domain.rule_reading import MOST_ACTIONS
from ..services.mistakes import BadRule
from ..services.programs import LONGEST_RULE

Json = dict[str, Any]
YES, NO = "yes", "no"
_TRIGGER = ("on", "who", "name", "campaign", "days")
_TEST = ("field", "operator", "value")


@dataclass
class Draft:
    """A rule under work. `as_text`: it is edited as text, since it does not fit into rows or by wish."""

    name: str = ""
    conversion: bool = False
    as_text: bool = False
    text: str = ""
    trigger: dict[str, str] = field(default_factory=lambda: {"on": On.EVENT.value, "who": "friend"})
    kinds: list[str] = field(default_factory=list)
    glue: str = "all"
    tests: list[dict[str, str]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of_form(cls, given: MultiDict[str, str]) -> Draft:
        """Read what was sent."""
        tests = [{n: given.get(f"t{i}-{n}", "") for n in _TEST} for i in _rows(given, "t", MOST_TESTS)]
        actions = [_sent_action(given, f"a{i}") for i in _rows(given, "a", MOST_ACTIONS)]
        return cls(
            name=given.get("name", "")[:200],
            conversion="conversion" in given,
            as_text="text" in given,
            text=given.get("text", "")[: LONGEST_RULE + 1],
            trigger={name: given.get(name if name != "name" else "what", "")[:200] for name in _TRIGGER},
            kinds=given.getlist("kinds"),
            glue="any" if given.get("glue") == "any" else "all",
            tests=tests,
            actions=[action for action in actions if action is not None],
        )

    @classmethod
    def of_written(cls, written: Json, *, name: str = "", conversion: bool = False) -> Draft:
        """Put a rule as it is written into the form."""
        draft = cls(name=name, conversion=conversion)
        draft.text = _pretty(written)
        draft.as_text = not draft.take_rows(written)
        return draft

    def take_rows(self, written: Any) -> bool:  # noqa: ANN401 - JSON that may be anything
        """Put a rule into rows; False, and nothing changed, where it does not fit."""
        try:
            trigger = {name: str(written["trigger"].get(name, "")) for name in _TRIGGER}
            kinds = [str(kind) for kind in written["trigger"].get("kinds", ())]
            glue, tests = _flat(written.get("condition"))
            actions = [_action_rows(action) for action in written["actions"]]
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        self.trigger, self.kinds, self.glue, self.tests, self.actions = trigger, kinds, glue, tests, actions
        return True

    def written(self) -> Any:  # noqa: ANN401 - JSON that may be anything
        """Give the rule as it is written. Raises BadRule where the text is no JSON."""
        if self.as_text:
            return _parsed(self.text)
        trigger: Json = {name: value for name, value in self.trigger.items() if value.strip()}
        if trigger.get("days", "").isdecimal():
            trigger["days"] = int(trigger["days"][:9])
        if self.kinds:
            trigger["kinds"] = self.kinds
        rule: Json = {"trigger": trigger, "actions": [_action(action) for action in self.actions]}
        if self.tests:
            rule["condition"] = {self.glue: [_test(test) for test in self.tests]}
        return rule

    def press(self, button: str) -> None:
        """Add or take away a row, or change between rows and text. Raises BadRule for no JSON."""
        what, _dash, which = button.partition("-")
        if what == "text":
            self.text, self.as_text = _pretty(self.written()), True
        elif what == "rows":
            self.as_text = not self.take_rows(self.written())
        elif what == "test":
            self.tests.append({"field": "", "operator": Operator.IS.value, "value": ""})
        elif what == "act" and which in {kind.value for kind in ActionKind}:
            self.actions.append({"do": which})
        elif what in ("untest", "unact") and which.isdecimal():
            rows = self.tests if what == "untest" else self.actions
            del rows[int(which[:6]) : int(which[:6]) + 1]


def _rows(given: MultiDict[str, str], letter: str, most: int) -> list[int]:
    first = "field" if letter == "t" else "do"
    return [number for number in range(most + 1) if f"{letter}{number}-{first}" in given]


def _sent_action(given: MultiDict[str, str], prefix: str) -> dict[str, str] | None:
    kind = given.get(f"{prefix}-do", "")
    if kind not in {one.value for one in ActionKind}:
        return None
    names = ["do", *(slot.name for slot in SLOTS[ActionKind(kind)]), *(f"if-{name}" for name in _TEST)]
    return {name: given.get(f"{prefix}-{name}", "") for name in names}


def _pretty(written: object) -> str:
    return json.dumps(written, indent=2, ensure_ascii=False, default=str)


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    if len(text) > LONGEST_RULE:
        raise BadRule((Fault(path="text", problem=Problem.TOO_LONG, about=str(LONGEST_RULE)),))
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BadRule((Fault(path="text", problem=Problem.NO_TREE, about=str(error)),)) from error


def _flat(condition: Any) -> tuple[str, list[dict[str, str]]]:  # noqa: ANN401 - JSON
    """Give a condition as rows. Raises ValueError where it goes deeper."""
    if condition is None:
        return "all", []
    if set(condition) <= set(_TEST):
        return "all", [_test_rows(condition)]
    glue, parts = next(iter(condition.items()))
    if len(condition) != 1 or glue not in ("all", "any"):
        raise ValueError("it is no flat group")
    return glue, [_test_rows(part) for part in parts]


def _test_rows(test: Json) -> dict[str, str]:
    if not set(test) <= set(_TEST) or "field" not in test:
        raise ValueError("it is no test")
    return {"field": test["field"], "operator": test["operator"], "value": _shown(test.get("value", ""))}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    return str(value)


def _action_rows(action: Json) -> dict[str, str]:
    kind = ActionKind(action["do"])
    rows = {"do": kind.value}
    for slot in SLOTS[kind]:
        value = action.get(slot.name, "")
        lines = slot.kind is SlotKind.STEPS and isinstance(value, list)
        rows[slot.name] = "\n".join(map(str, value)) if lines else _shown(value)
    if action.get("if") is not None:
        rows |= {f"if-{name}": value for name, value in _test_rows(action["if"]).items()}
    return rows


def _test(row: Mapping[str, str]) -> Json:
    name, operator, value = row["field"].strip(), row["operator"], row["value"].strip()
    test: Json = {"field": name, "operator": operator}
    if operator in WITHOUT_VALUE and not value:
        return test
    if operator in WITH_LIST:
        return {**test, "value": [one.strip() for one in value.split(",") if one.strip()]}
    known = FIELDS.get(name)
    if known is not None and known.kind is Kind.FLAG and value.casefold() in (YES, NO):
        return {**test, "value": value.casefold() == YES}
    return {**test, "value": value} if value else test


def _action(row: Mapping[str, str]) -> Json:
    kind = ActionKind(row["do"])
    action: Json = {"do": kind.value}
    for slot in SLOTS[kind]:
        value = row.get(slot.name, "").strip()
        if slot.kind is SlotKind.FLAG and value:
            action[slot.name] = value == YES
        elif slot.kind is SlotKind.STEPS and value:
            action[slot.name] = [line.strip() for line in value.splitlines() if line.strip()]
        elif value:
            action[slot.name] = value
    if row.get("if-field", "").strip():
        action["if"] = _test({name: row.get(f"if-{name}", "") for name in _TEST})
    return action
