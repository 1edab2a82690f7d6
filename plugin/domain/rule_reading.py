"""Read rules as people write them, with the place of each mistake; and the placeholders of their texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from .condition import LONGEST_SPAN, Fault, Faulty, Kind, Node, Problem
from .condition_reading import as_number, read
from .money import EXPONENTS
from .rule import (
    NAMED,
    REWARD_PLACES,
    SLOTS,
    Action,
    ActionKind,
    Definition,
    Filled,
    On,
    SaleKind,
    Slot,
    SlotKind,
    Step,
    To,
    Trigger,
    Who,
)
from .rule_fields import COUNTS, kind_at, kind_with_history
from .rule_worth import is_worth, worths

MOST_ACTIONS = 20
MOST_DAYS = 3650
"""How long a reward may wait or be valid, and a task be due."""
LONGEST_NAME = 64
PLACE = re.compile(r"\{([^{}]*)\}")
_KEYS = frozenset({"trigger", "condition", "actions"})
_TRIGGER_KEYS = frozenset({"on", "who", "name", "kinds", "campaign", "days"})
Read = TypeVar("Read")
Word = TypeVar("Word", bound=StrEnum)
MOST_STEPS = 20
_STEP = re.compile(r"([1-9][0-9]{0,5})\s*=\s*([0-9]{1,9}(?:\.[0-9]{1,4})?)", re.ASCII)
_CHOICES: Mapping[SlotKind, re.Pattern[str]] = {
    SlotKind.CURRENCY: re.compile(r"[A-Z]{3}", re.ASCII),
    SlotKind.COUNTED: re.compile("|".join(COUNTS)),
    SlotKind.TAG: re.compile(r"[^,\x00-\x1f]{1,64}"),
}
_POSSIBLE = {
    SlotKind.CURRENCY: "EUR, USD",
    SlotKind.COUNTED: ", ".join(COUNTS),
    SlotKind.TAG: "a tag without a comma",
}
_IN_TEXTS = frozenset({Kind.TEXT, Kind.NUMBER, Kind.COUNT, Kind.ANY})


def read_rule(written: object) -> Definition:
    """Read a rule. Raises Faulty with every mistake and its place."""
    return _Reader().rule(written)


class _Reader:
    """Reads one rule and notes its mistakes."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def _wrong(self, path: str, problem: Problem, about: str = "") -> Read | None:
        self.faults.append(Fault(path=path, problem=problem, about=about[:200]))
        return None

    def rule(self, written: object) -> Definition:
        if not isinstance(written, Mapping):
            raise Faulty([Fault(path="", problem=Problem.NO_TREE)])
        self._known_keys(written, _KEYS, "")
        trigger = self._trigger(written.get("trigger"))
        on = trigger.on if trigger is not None else On.EVENT
        condition = self._condition(written.get("condition"), "condition", on)
        actions = self._actions(written.get("actions"), on)
        if self.faults or trigger is None:
            raise Faulty(self.faults)
        return Definition(trigger=trigger, condition=condition, actions=actions)

    def _known_keys(self, written: Mapping[str, Any], known: frozenset[str], path: str) -> None:
        for key in written:
            if key not in known:
                self._wrong(_join(path, str(key)[:LONGEST_NAME]), Problem.UNKNOWN_KEY)

    def _trigger(self, written: object) -> Trigger | None:
        if not isinstance(written, Mapping):
            return self._wrong("trigger", Problem.MISSING)
        self._known_keys(written, _TRIGGER_KEYS, "trigger")
        on = self._word(written.get("on"), On, "trigger.on")
        who = self._word(written.get("who", Who.FRIEND.value), Who, "trigger.who")
        kinds = self._sale_kinds(written.get("kinds", []))
        days = written.get("days", 0)
        if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= LONGEST_SPAN:
            self._wrong("trigger.days", Problem.SPAN, str(days))
            days = 0
        name = self._name(written.get("name", ""), "trigger.name", needed=on is On.EVENT)
        campaign = self._name(written.get("campaign", ""), "trigger.campaign", needed=False)
        if name and on is not None and on not in NAMED:
            self._wrong("trigger.name", Problem.VALUE_UNWANTED)
        if (kinds or campaign) and on is not None and on is not On.SALE:
            self._wrong("trigger.kinds" if kinds else "trigger.campaign", Problem.VALUE_UNWANTED)
        if on is None or who is None:
            return None
        return Trigger(on=on, who=who, name=name, kinds=frozenset(kinds), campaign=campaign, days=days)

    def _sale_kinds(self, written: object) -> list[SaleKind]:
        if not isinstance(written, list | tuple):
            self._wrong("trigger.kinds", Problem.VALUE_LIST)
            return []
        found = [
            self._word(one, SaleKind, f"trigger.kinds[{n}]") for n, one in enumerate(written[: len(SaleKind)])
        ]
        return [one for one in found if one is not None]

    def _word(self, written: object, words: type[Word], path: str) -> Word | None:
        found = next((word for word in words if isinstance(written, str) and word.value == written), None)
        if found is None:
            problem = Problem.MISSING if written in (None, "") else Problem.CHOICE
            self._wrong(path, problem, ", ".join(word.value for word in words))
        return found

    def _name(self, written: object, path: str, *, needed: bool) -> str:
        if written in (None, ""):
            if needed:
                self._wrong(path, Problem.MISSING)
            return ""
        if not isinstance(written, str):
            self._wrong(path, Problem.VALUE_TEXT)
            return ""
        if len(written) > LONGEST_NAME:
            self._wrong(path, Problem.TOO_LONG, str(LONGEST_NAME))
        return written.strip()

    def _condition(self, written: object, path: str, on: On) -> Node | None:
        if written is None:
            return None
        try:
            return read(written, kind_at(on), kind_with_history)
        except Faulty as faulty:
            self.faults += [
                Fault(path=_join(path, fault.path), problem=fault.problem, about=fault.about)
                for fault in faulty.faults
            ]
            return None

    def _actions(self, written: object, on: On) -> tuple[Action, ...]:
        if not isinstance(written, Sequence) or isinstance(written, str) or not written:
            self._wrong("actions", Problem.MISSING)
            return ()
        if len(written) > MOST_ACTIONS:
            self._wrong("actions", Problem.TOO_MANY, str(MOST_ACTIONS))
            return ()
        found = [self._action(one, f"actions[{n}]", on) for n, one in enumerate(written)]
        return tuple(one for one in found if one is not None)

    def _action(self, written: object, path: str, on: On) -> Action | None:
        if not isinstance(written, Mapping):
            return self._wrong(path, Problem.NO_TREE)
        kind = self._word(written.get("do"), ActionKind, _join(path, "do"))
        if kind is None:
            return None
        slots = SLOTS[kind]
        self._known_keys(written, frozenset({"do", "if", *(slot.name for slot in slots)}), path)
        filled = {slot.name: self._filled(written, slot, _join(path, slot.name), on) for slot in slots}
        if kind is ActionKind.REWARD:
            self._check_reward(filled, path)
        condition = self._condition(written.get("if"), _join(path, "if"), on)
        given = {name: value for name, value in filled.items() if value is not None}
        return Action(kind=kind, filled=given, condition=condition)

    def _filled(self, written: Mapping[str, Any], slot: Slot, path: str, on: On) -> Filled | None:
        value = written.get(slot.name)
        if value is None or value == "":
            return self._wrong(path, Problem.MISSING) if slot.needed else None
        if slot.kind is SlotKind.TO:
            return self._word(value, To, path)
        if slot.kind is SlotKind.FLAG:
            return value if isinstance(value, bool) else self._wrong(path, Problem.VALUE_FLAG)
        if slot.kind in (SlotKind.NUMBER, SlotKind.COUNT):
            return self._number(value, slot, path)
        if slot.kind is SlotKind.STEPS:
            return self._steps(value, path)
        if slot.kind in _CHOICES:
            return self._choice(value, slot, path)
        more = REWARD_PLACES if slot in SLOTS[ActionKind.REWARD] else frozenset()
        return self._text(value, slot, path, on, more)

    def _check_reward(self, filled: Mapping[str, Filled | None], path: str) -> None:
        """Note what of a reward does not go together."""
        worth = [name for name in ("amount", "percent", "steps") if filled[name] is not None]
        if len(worth) != 1:
            self._wrong(path, Problem.ONE_OF, "amount, percent, steps")
        if (filled["steps"] is None) != (filled["by"] is None):
            self._wrong(
                _join(path, "by"), Problem.MISSING if filled["by"] is None else Problem.VALUE_UNWANTED
            )
        if (filled["subject"] is None) != (filled["text"] is None):
            self._wrong(_join(path, "subject" if filled["subject"] is None else "text"), Problem.MISSING)
        if len(worth) == 1 and not self.faults and not all(is_worth(one) for one in worths(filled)):
            self._wrong(_join(path, worth[0]), Problem.VALUE_NUMBER)

    def _choice(self, value: object, slot: Slot, path: str) -> Filled | None:
        fits = isinstance(value, str) and _CHOICES[slot.kind].fullmatch(value)
        if fits and (slot.kind is not SlotKind.CURRENCY or value in EXPONENTS):
            return str(value)
        return self._wrong(path, Problem.CHOICE, _POSSIBLE[slot.kind])

    def _steps(self, value: object, path: str) -> Filled | None:
        if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_STEPS:
            return self._wrong(path, Problem.VALUE_LIST)
        steps: list[Step] = []
        for number, one in enumerate(value):
            found = _STEP.fullmatch(one) if isinstance(one, str) else None
            if found is None or (steps and int(found.group(1)) <= steps[-1][0]):
                return self._wrong(f"{path}[{number}]", Problem.VALUE_STEP)
            steps.append((int(found.group(1)), Decimal(found.group(2))))
        return tuple(steps)

    def _number(self, value: object, slot: Slot, path: str) -> Filled | None:
        number = as_number(value)
        if number is None or number <= 0:
            return self._wrong(path, Problem.VALUE_NUMBER)
        if slot.kind is SlotKind.NUMBER:
            return number
        if number != int(number):
            return self._wrong(path, Problem.VALUE_WHOLE)
        return int(number) if number <= MOST_DAYS else self._wrong(path, Problem.TOO_LONG, str(MOST_DAYS))

    def _text(self, value: object, slot: Slot, path: str, on: On, more: frozenset[str]) -> Filled | None:
        if not isinstance(value, str):
            return self._wrong(path, Problem.VALUE_TEXT)
        if len(value) > slot.longest:
            return self._wrong(path, Problem.TOO_LONG, str(slot.longest))
        if not value.strip() or (slot.kind is SlotKind.LINE and not value.isprintable()):
            return self._wrong(path, Problem.VALUE_TEXT)
        for name in unknown_places(value, on, more) if slot.places else ():
            self._wrong(path, Problem.PLACEHOLDER, name)
        return value


def unknown_places(text: str, on: On, more: frozenset[str] = frozenset()) -> Iterator[str]:
    """Give the placeholders of a text that stand for nothing under a trigger."""
    kind_of = kind_at(on)
    for name in PLACE.findall(text):
        if name not in more and kind_of(name) not in _IN_TEXTS:
            yield name


def _join(path: str, word: str) -> str:
    if not word or word.startswith("["):
        return path + word
    return f"{path}.{word}" if path else word
