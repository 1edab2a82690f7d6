"""Read conditions as people write them, and refuse what cannot work, with the place of each mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from .condition import (
    FRIENDS_OPERATORS,
    LONGEST_SPAN,
    LONGEST_TEXT,
    MOST_DEPTH,
    MOST_FRIENDS,
    MOST_ITEMS,
    MOST_TESTS,
    OPERATORS,
    ORDERS,
    TIMES,
    WITH_LIST,
    WITHOUT_VALUE,
    Fault,
    Faulty,
    Friends,
    Group,
    Kind,
    Node,
    Not,
    Operator,
    Plain,
    Problem,
    Test,
    Wanted,
)

Read = TypeVar("Read")
_TOO_LARGE = 10**15
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?\Z", re.ASCII)
FieldKind = Callable[[str], Kind | Problem]
"""Gives what a field holds, or why it cannot be asked for."""


def read(tree: object, kind_of: FieldKind, kind_of_friend: FieldKind | None = None) -> Node:
    """Read a tree as it was written. Raises Faulty with every mistake and its place.

    `kind_of_friend` are the fields that a test over a span may ask for; None: there are no such tests.
    """
    reader = _Reader(kind_of, kind_of_friend)
    node = reader.node(tree, "", 1)
    if reader.faults or node is None:
        raise Faulty(reader.faults)
    return node


class _Reader:
    """Reads one tree and notes its mistakes."""

    def __init__(self, kind_of: FieldKind, kind_of_friend: FieldKind | None) -> None:
        self.faults: list[Fault] = []
        self._kind_of = kind_of
        self._kind_of_friend = kind_of_friend
        self._tests = 0

    def node(self, tree: object, path: str, depth: int) -> Node | None:
        if depth > MOST_DEPTH:
            return self._wrong(path, Problem.TOO_DEEP, str(MOST_DEPTH))
        if not isinstance(tree, Mapping):
            return self._wrong(path, Problem.NO_TREE)
        self._tests += 1
        if self._tests > MOST_TESTS:
            return self._wrong(path, Problem.TOO_MANY, str(MOST_TESTS)) if self._first_over() else None
        shape = frozenset(tree)
        if shape in ({"all"}, {"any"}):
            return self._group(tree, path, depth)
        if shape == {"not"}:
            part = self.node(tree["not"], _join(path, "not"), depth + 1)
            return None if part is None else Not(path=path, part=part)
        if "friends" in shape and shape <= {"friends", "days", "operator", "value"}:
            return self._friends(tree, path, depth)
        if "field" in shape and shape <= {"field", "operator", "value"}:
            return self._test(tree, path)
        return self._wrong(path, Problem.NO_TREE)

    def _first_over(self) -> bool:
        return self._tests == MOST_TESTS + 1

    def _wrong(self, path: str, problem: Problem, about: str = "") -> Read | None:
        self.faults.append(Fault(path=path, problem=problem, about=about[:64]))
        return None

    def _group(self, tree: Mapping[str, Any], path: str, depth: int) -> Node | None:
        word = "all" if "all" in tree else "any"
        place, parts = _join(path, word), tree[word]
        if not isinstance(parts, Sequence) or isinstance(parts, str):
            return self._wrong(place, Problem.NO_TREE)
        if not parts:
            return self._wrong(place, Problem.EMPTY)
        if len(parts) > MOST_TESTS:
            return self._wrong(place, Problem.TOO_MANY, str(MOST_TESTS))
        read_parts = [self.node(part, f"{place}[{n}]", depth + 1) for n, part in enumerate(parts)]
        known = tuple(part for part in read_parts if part is not None)
        return Group(path=path, needs_all=word == "all", parts=known) if len(known) == len(parts) else None

    def _friends(self, tree: Mapping[str, Any], path: str, depth: int) -> Node | None:
        if self._kind_of_friend is None:
            return self._wrong(_join(path, "friends"), Problem.NOT_HERE)
        outside, self._kind_of, self._kind_of_friend = self._kind_of, self._kind_of_friend, None
        where = self.node(tree["friends"], _join(path, "friends"), depth + 1)
        self._kind_of_friend, self._kind_of = self._kind_of, outside
        days, number = tree.get("days", 0), self._number(tree.get("value"), _join(path, "value"), whole=True)
        if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= LONGEST_SPAN:
            return self._wrong(_join(path, "days"), Problem.SPAN, str(days))
        operator = self._operator(tree, path, FRIENDS_OPERATORS)
        if number is not None and number > MOST_FRIENDS:
            return self._wrong(_join(path, "value"), Problem.TOO_MANY, str(MOST_FRIENDS))
        if where is None or operator is None or number is None:
            return None
        return Friends(path=path, where=where, days=days, operator=operator, value=number)

    def _operator(self, tree: Mapping[str, Any], path: str, possible: Sequence[Operator]) -> Operator | None:
        word = tree.get("operator")
        found = next((one for one in possible if isinstance(word, str) and one.value == word), None)
        return found or self._wrong(_join(path, "operator"), Problem.OPERATOR, str(word))

    def _test(self, tree: Mapping[str, Any], path: str) -> Node | None:
        name = tree["field"]
        if name == "":
            return self._wrong(_join(path, "field"), Problem.MISSING)
        kind = self._kind_of(name) if isinstance(name, str) else Problem.UNKNOWN_FIELD
        if isinstance(kind, Problem):
            return self._wrong(_join(path, "field"), kind, str(name))
        operator = self._operator(tree, path, OPERATORS[kind])
        if operator is None:
            return None
        before = len(self.faults)
        value = self._value(tree, _join(path, "value"), kind, operator)
        if len(self.faults) > before:
            return None
        return Test(path=path, field=name, kind=kind, operator=operator, value=value)

    def _value(self, tree: Mapping[str, Any], place: str, kind: Kind, operator: Operator) -> Wanted:
        if operator in WITHOUT_VALUE:
            return self._wrong(place, Problem.VALUE_UNWANTED) if "value" in tree else None
        if "value" not in tree:
            return self._wrong(place, Problem.VALUE_MISSING)
        value = tree["value"]
        if operator not in WITH_LIST:
            return self._plain(value, place, kind, operator)
        if not isinstance(value, list | tuple) or not value:
            return self._wrong(place, Problem.VALUE_LIST)
        if len(value) > MOST_ITEMS:
            return self._wrong(place, Problem.TOO_LONG, str(MOST_ITEMS))
        items = [self._plain(one, f"{place}[{n}]", kind, operator) for n, one in enumerate(value)]
        return tuple(one for one in items if one is not None)

    def _plain(self, value: object, place: str, kind: Kind, operator: Operator) -> Plain | None:
        if kind is Kind.FLAG:
            return value if isinstance(value, bool) else self._wrong(place, Problem.VALUE_FLAG)
        if kind is Kind.MOMENT or operator in TIMES:
            return as_moment(value) or self._wrong(place, Problem.VALUE_MOMENT)
        if kind in (Kind.NUMBER, Kind.COUNT) or operator in ORDERS:
            return self._number(value, place, whole=kind is Kind.COUNT)
        if kind is Kind.ANY and isinstance(value, bool):
            return value
        if kind is Kind.ANY and isinstance(value, int | Decimal):
            return self._number(value, place, whole=False)
        if not isinstance(value, str) or not value:
            return self._wrong(place, Problem.VALUE_TEXT)
        return (
            value if len(value) <= LONGEST_TEXT else self._wrong(place, Problem.TOO_LONG, str(LONGEST_TEXT))
        )

    def _number(self, value: object, place: str, *, whole: bool) -> Decimal | None:
        number = as_number(value)
        if number is None:
            return self._wrong(place, Problem.VALUE_NUMBER)
        if whole and (number != int(number) or number < 1):
            return self._wrong(place, Problem.VALUE_WHOLE)
        return number


def _join(path: str, word: str) -> str:
    return f"{path}.{word}" if path else word


def as_number(value: object) -> Decimal | None:
    """Give a number exactly as it was written; None where it is none, or longer than anything we count."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value) if abs(value) < _TOO_LARGE else None
    if not isinstance(value, str | Decimal):
        return None
    text = str(value)
    return Decimal(text) if _NUMBER.match(text) else None


def as_moment(value: object) -> datetime | None:
    """Give a moment written by ISO 8601; without a zone it is UTC; None where it is none."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
