"""Conditions in the rule builder: what is written stands in the form, and is written the same again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from werkzeug.datastructures import MultiDict

from flask_firstline.admin import rule_tree
from flask_firstline.admin.rule_tree import Twig
from flask_firstline.domain.condition import MOST_DEPTH

from .test_conditions import TREES

A, B, C, D = ({"field": f"friend.data.{name}", "operator": "is", "value": name} for name in "abcd")


def sent(root: Twig) -> MultiDict[str, str]:
    """Give a condition as a browser sends it."""
    root.place("c", "condition")
    found: MultiDict[str, str] = MultiDict()
    for twig in root.all():
        found[f"{twig.address}-kind"] = twig.kind
        for flag, name in ((twig.turned, "not"), (twig.bare, "bare")):
            if flag:
                found[f"{twig.address}-{name}"] = "y"
        for name, value in twig.filled.items():
            found[f"{twig.address}-{name}"] = value
    return found


def pressed(tree: Any, what: str, *steps: int) -> Any:  # noqa: ANN401
    root = rule_tree.of_written(tree)
    rule_tree.press(root, what, list(steps))
    return root.written()


@given(TREES)
def test_a_condition_goes_through_the_form_unchanged(tree: dict[str, Any]) -> None:
    try:
        root = rule_tree.of_written(tree)
    except ValueError:
        assert "{'not': {'not':" in str(tree)
        return
    assert root.written() == tree
    if not rule_tree.is_too_deep(root):
        assert rule_tree.of_form(sent(root), "c").written() == tree


def test_friends_go_through_the_form_unchanged() -> None:
    tree = {
        "any": [
            {"friends": {"any": [A, {"not": B}]}, "days": 183, "operator": "at_least", "value": 5},
            {"not": {"friends": C, "operator": "is", "value": "2"}},
            {"field": "friend.data.paid", "operator": "is", "value": True},
        ]
    }
    assert rule_tree.of_form(sent(rule_tree.of_written(tree)), "c").written() == tree


@pytest.mark.parametrize(
    ("what", "steps", "found"),
    [
        ("down", [0], {"all": [{"any": [B, C]}, A, D]}),
        ("up", [0], {"all": [A, {"any": [B, C]}, D]}),
        ("up", [1, 1], {"all": [A, {"any": [C, B]}, D]}),
        ("drop", [1], {"all": [A, D]}),
        ("out", [1, 0], {"all": [A, {"any": [C]}, B, D]}),
        ("wrap", [0], {"all": [{"any": [A]}, {"any": [B, C]}, D]}),
        ("out", [0], {"all": [A, {"any": [B, C]}, D]}),
        ("drop", [7, 1], {"all": [A, {"any": [B, C]}, D]}),
        ("nothing", [0], {"all": [A, {"any": [B, C]}, D]}),
    ],
)  # fmt: skip
def test_parts_are_moved_and_removed(what: str, steps: list[int], found: Any) -> None:  # noqa: ANN401
    assert pressed({"all": [A, {"any": [B, C]}, D]}, what, *steps) == found


def test_a_group_that_is_left_empty_goes() -> None:
    assert pressed({"all": [A, {"any": [B]}]}, "out", 1, 0) == {"all": [A, B]}


def test_a_part_is_put_into_a_group_only_where_there_is_room() -> None:
    tree: Any = A
    for _level in range(MOST_DEPTH - 2):
        tree = {"all": [tree]}
    steps = [0] * (MOST_DEPTH - 2)

    once = pressed(tree, "wrap", *steps)

    assert once != tree
    assert pressed(once, "wrap", *steps, 0) == once


@pytest.mark.parametrize("tree", [{"all": 5}, {"all": "ab"}, {"not": {"not": A}}, [], 5, "a", {"x": 1}])
def test_what_is_no_condition_does_not_fit(tree: object) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        rule_tree.of_written(tree)
