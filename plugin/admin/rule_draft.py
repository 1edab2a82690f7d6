"""A rule as it stands in the form: rows for conditions and actions, or the whole rule as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from ..domain.condition import MOST_TESTS, Fault, Faulty, Problem
from ..domain.rule import SLOTS, ActionKind, Definition, On, SlotKind
from ..domain.rule_reading import MOST_ACTIONS, read_rule
from ..services.mistakes import BadRule
from ..services.programs import LONGEST_RULE
from . import rule_tree
from .rule_tree import YES, Twig, shown

Json = dict[str, Any]
_TRIGGER = ("on", "who", "name", "campaign", "days")


@dataclass
class Deed:
    """An action under work: what is filled in, and its own condition."""

    filled: dict[str, str]
    only_if: Twig = field(default_factory=lambda: rule_tree.group(bare=True))


@dataclass
class Draft:
    """A rule under work. `as_text`: it is edited as text, since it does not fit into rows or by wish.

    `unfit`: rows were asked for, and it does not fit. `at` is where the last button has led.
    """

    name: str = ""
    conversion: bool = False
    as_text: bool = False
    text: str = ""
    trigger: dict[str, str] = field(default_factory=lambda: {"on": On.EVENT.value, "who": "friend"})
    kinds: list[str] = field(default_factory=list)
    condition: Twig = field(default_factory=lambda: rule_tree.group(bare=True))
    actions: list[Deed] = field(default_factory=list)
    unfit: bool = False
    at: str = ""

    @classmethod
    def of_form(cls, given: MultiDict[str, str]) -> Draft:
        """Read what was sent."""
        actions = [_sent_action(given, f"a{number}") for number in range(MOST_ACTIONS + 1)]
        return cls(
            name=given.get("name", "")[:200],
            conversion="conversion" in given,
            as_text="text" in given,
            text=given.get("text", "")[: LONGEST_RULE + 1],
            trigger={name: given.get(name if name != "name" else "what", "")[:200] for name in _TRIGGER},
            kinds=given.getlist("kinds"),
            condition=rule_tree.of_form(given, "c"),
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
        """Put a rule into rows; False, and nothing changed, where rows would not say the same."""
        found = Draft()
        try:
            found.trigger = {name: str(written["trigger"].get(name, "")) for name in _TRIGGER}
            found.kinds = [str(kind) for kind in written["trigger"].get("kinds", ())]
            found.condition = rule_tree.of_written(written.get("condition"))
            found.actions = [_deed(action) for action in written["actions"]]
            fits = not found.is_too_deep() and _says_the_same(written, found.written())
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            return False
        if fits:
            self.trigger, self.kinds = found.trigger, found.kinds
            self.condition, self.actions = found.condition, found.actions
        return fits

    def is_too_deep(self) -> bool:
        """Say whether a condition goes deeper than one may."""
        return any(rule_tree.is_too_deep(root) for _address, root, _path in self.conditions())

    def conditions(self) -> Iterator[tuple[str, Twig, str]]:
        """Give all conditions, each with its place in the form and in what is written."""
        yield "c", self.condition, "condition"
        for number, deed in enumerate(self.actions):
            yield f"a{number}if", deed.only_if, f"actions[{number}].if"

    def place(self) -> None:
        """Tell all parts of conditions where they are."""
        for address, root, path in self.conditions():
            root.place(address, path)

    @property
    def is_full(self) -> bool:
        """Say whether there are as many parts of conditions as one rule may have."""
        return any(sum(1 for _ in root.all()) >= MOST_TESTS for _address, root, _path in self.conditions())

    def written(self) -> Any:  # noqa: ANN401 - JSON that may be anything
        """Give the rule as it is written. Raises BadRule where the text is no JSON."""
        if self.as_text:
            return _parsed(self.text)
        trigger: Json = {name: value for name, value in self.trigger.items() if value.strip()}
        if trigger.get("days", "").isdecimal():
            trigger["days"] = int(trigger["days"][:9])
        if self.kinds:
            trigger["kinds"] = self.kinds
        rule: Json = {"trigger": trigger, "actions": [_action(deed) for deed in self.actions]}
        if self.condition.parts:
            rule["condition"] = self.condition.written()
        return rule

    def press(self, button: str) -> None:
        """Change conditions or actions, or between rows and text. Raises BadRule for no JSON."""
        what, _dash, which = button.partition("-")
        if what == "text":
            self.text, self.as_text = _pretty(self.written()), True
        elif what == "rows":
            self.unfit = not self.take_rows(self.written())
            self.as_text = self.unfit
        elif what == "act" and which in {kind.value for kind in ActionKind}:
            self.actions.append(Deed({"do": which}))
            self.at = f"a{len(self.actions) - 1}"
        elif what == "unact" and which.isdecimal():
            del self.actions[int(which[:6]) : int(which[:6]) + 1]
        else:
            self._press_condition(what, which)

    def _press_condition(self, what: str, which: str) -> None:
        name, *steps = which.split(".")[:20]
        root = next((root for address, root, _path in self.conditions() if address == name), None)
        if root is None or not all(step.isascii() and step.isdecimal() and len(step) < 6 for step in steps):
            return
        place = rule_tree.press(root, what, [int(step) for step in steps])
        if place is not None:
            self.at = ".".join([name, *map(str, place)])


def _says_the_same(written: Json, again: Json) -> bool:
    """Say whether two rules mean the same, or have the same mistakes."""
    return _read(written) == _read(again)


def _read(written: Json) -> Definition | tuple[Fault, ...]:
    try:
        return read_rule(written)
    except Faulty as faulty:
        return faulty.faults


def _sent_action(given: MultiDict[str, str], prefix: str) -> Deed | None:
    kind = given.get(f"{prefix}-do", "")
    if kind not in {one.value for one in ActionKind}:
        return None
    names = ["do", *(slot.name for slot in SLOTS[ActionKind(kind)])]
    only_if = rule_tree.of_form(given, f"{prefix}if")
    return Deed({name: given.get(f"{prefix}-{name}", "") for name in names}, only_if)


def _pretty(written: object) -> str:
    return json.dumps(written, indent=2, ensure_ascii=False, default=str)


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    if len(text) > LONGEST_RULE:
        raise BadRule((Fault(path="text", problem=Problem.TOO_LONG, about=str(LONGEST_RULE)),))
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        raise BadRule((Fault(path="text", problem=Problem.NO_JSON, about=place),)) from error
    except (ValueError, RecursionError) as error:
        raise BadRule((Fault(path="text", problem=Problem.NO_TREE),)) from error


def _deed(action: Json) -> Deed:
    kind = ActionKind(action["do"])
    rows = {"do": kind.value}
    for slot in SLOTS[kind]:
        value = action.get(slot.name, "")
        lines = slot.kind is SlotKind.STEPS and isinstance(value, list)
        rows[slot.name] = "\n".join(map(str, value)) if lines else shown(value)
    return Deed(rows, rule_tree.of_written(action.get("if")))


def _action(deed: Deed) -> Json:
    kind = ActionKind(deed.filled["do"])
    action: Json = {"do": kind.value}
    for slot in SLOTS[kind]:
        value = deed.filled.get(slot.name, "").strip()
        if slot.kind is SlotKind.FLAG and value:
            action[slot.name] = value == YES
        elif slot.kind is SlotKind.STEPS and value:
            action[slot.name] = [line.strip() for line in value.splitlines() if line.strip()]
        elif value:
            action[slot.name] = value
    if deed.only_if.parts:
        action["if"] = deed.only_if.written()
    return action
