"""Rules that nobody means well with are refused when they are saved, each mistake with its place."""

from __future__ import annotations

import time
from typing import Any

import pytest

from flask_firstline.domain.condition import MOST_DEPTH, Faulty, Problem
from flask_firstline.domain.rule_reading import MOST_ACTIONS, read_rule

TRIGGER = {"on": "event", "name": "lead"}
TASK = {"do": "task", "to": "friend", "title": "Call"}


def refused(action: Any = TASK, *, times: int = 1, **more: Any) -> dict[str, Problem]:  # noqa: ANN401
    with pytest.raises(Faulty) as faulty:
        read_rule({"trigger": TRIGGER, "actions": [action] * times, **more})
    return {fault.path: fault.problem for fault in faulty.value.faults}


def reward(**more: object) -> dict[str, object]:
    return {"do": "reward", "to": "sharer", "label": "Gift", **more}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"amount": "999999999999999"}, "amount"),
        ({"amount": 10**400}, "amount"),
        ({"amount": "1e9"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": "5.50", "currency": "JPY"}, "amount"),
        ({"amount": "5", "currency": "ZZZ"}, "currency"),
        ({"amount": "5", "currency": ["EUR"]}, "currency"),
        ({"percent": "100.01"}, "percent"),
        ({"steps": ["1=0"], "by": "rule"}, "steps"),
        ({"steps": ["1=5", "2=0.0001"], "by": "rule"}, "steps"),
        ({"steps": [f"{n}=1" for n in range(1, 22)], "by": "rule"}, "steps"),
        ({"amount": "5", "hold_days": 10**14}, "hold_days"),
        ({"amount": "5", "valid_days": "3651"}, "valid_days"),
        ({"amount": "5", "label": " "}, "label"),
        ({"amount": "5", "label": "a\nb"}, "label"),
        ({"amount": "5", "subject": "Hi\r\nBcc: all@shop.example", "text": "x"}, "subject"),
    ],
)
def test_numbers_and_texts_that_no_code_can_hold_are_refused(given: dict[str, Any], place: str) -> None:
    assert next(iter(refused(reward(**given)))) == f"actions[0].{place}"


def test_the_same_numbers_as_they_may_be_are_read() -> None:
    fine = [
        reward(amount="999999999999.99", hold_days=3650, valid_days=3650),
        reward(amount="5.125", currency="KWD"),
        reward(percent=100),
        reward(steps=["1=0.01"], by="sharer"),
    ]
    assert len(read_rule({"trigger": TRIGGER, "actions": fine}).actions) == 4


def test_a_rule_has_no_end_of_actions_or_days() -> None:
    assert refused(times=MOST_ACTIONS + 1) == {"actions": Problem.TOO_MANY}
    assert refused({**TASK, "due_days": 10**12}) == {"actions[0].due_days": Problem.TOO_LONG}
    assert refused(trigger={**TRIGGER, "days": 10**12}) == {"trigger.days": Problem.SPAN}


def test_conditions_of_actions_are_as_deep_as_those_of_rules() -> None:
    deep: dict[str, Any] = {"field": "friend.name", "operator": "is_set"}
    for _level in range(MOST_DEPTH):
        deep = {"any": [deep]}
    found = refused({**TASK, "if": deep}, condition=deep)
    assert set(found.values()) == {Problem.TOO_DEEP}
    assert {path.partition(".any")[0] for path in found} == {"condition", "actions[0].if"}


def test_texts_full_of_braces_are_read_in_no_time() -> None:
    begun = time.perf_counter()
    for text in ("{" * 1000, "{x" * 500, "{}" * 500, "{" + "x" * 999):
        note = {"do": "note", "to": "friend", "text": text}
        try:
            read_rule({"trigger": TRIGGER, "actions": [note]})
        except Faulty as faulty:
            assert {fault.problem for fault in faulty.faults} == {Problem.PLACEHOLDER}
    assert time.perf_counter() - begun < 1
