"""Judge conditions: each tree is made into closures once, and each test says what it found."""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .condition import Friends, Kind, Node, Not, Operator, Plain, Test
from .condition_reading import as_moment, as_number
from .facts import Scope

Get = Callable[[Scope], object]
Getters = Callable[[str], Get]
"""Gives, by a field's name, what reads it; None read means that the value is missing."""
Answer = bool | None
"""None: it depends on counts that are not known yet."""
Steps = list["Step"]
Judge = Callable[[Scope, Steps], Answer]
_Compare = Callable[[object], Answer]
_ORDERS: Mapping[Operator, Callable[[Decimal, Decimal], bool]] = {
    Operator.LESS: op.lt,
    Operator.AT_MOST: op.le,
    Operator.MORE: op.gt,
    Operator.AT_LEAST: op.ge,
    Operator.IS: op.eq,
    Operator.EVERY: lambda found, wanted: found > 0 and found % wanted == 0,
}
_TIMES: Mapping[Operator, Callable[[datetime, datetime], bool]] = {
    Operator.BEFORE: op.lt,
    Operator.AFTER: op.gt,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One test: where it stands, whether it was met, and what was found; `found` None: it was missing."""

    path: str
    met: bool
    found: object


def compiled(node: Node, getters: Getters) -> Judge:
    """Make a tree into one function."""
    if isinstance(node, Test):
        return _test(node, getters(node.field))
    if isinstance(node, Friends):
        return _friends(node, compiled(node.where, getters))
    if isinstance(node, Not):
        return _not(compiled(node.part, getters))
    parts = [compiled(part, getters) for part in node.parts]
    return _all(parts) if node.needs_all else _any(parts)


def _all(parts: Sequence[Judge]) -> Judge:
    def judge(scope: Scope, steps: Steps) -> Answer:
        answers = [part(scope, steps) for part in parts]
        return False if False in answers else (None if None in answers else True)

    return judge


def _any(parts: Sequence[Judge]) -> Judge:
    def judge(scope: Scope, steps: Steps) -> Answer:
        answers = [part(scope, steps) for part in parts]
        return True if True in answers else (None if None in answers else False)

    return judge


def _not(part: Judge) -> Judge:
    def judge(scope: Scope, steps: Steps) -> Answer:
        answer = part(scope, steps)
        return None if answer is None else not answer

    return judge


def _test(test: Test, get: Get) -> Judge:
    path, counts = test.path, test.kind is Kind.COUNT
    compare = _comparison(test)

    def judge(scope: Scope, steps: Steps) -> Answer:
        found = get(scope)
        if counts and found is None and scope.counts is None:
            return None
        met = bool(compare(found))
        steps.append(Step(path, met, found))
        return met

    return judge


def _friends(node: Friends, where: Judge) -> Judge:
    compare = _ORDERS[node.operator]

    def judge(scope: Scope, steps: Steps) -> Answer:
        number, soon = scope.friends_meeting(lambda state: bool(where(state, [])), node.days)
        if soon is not None:
            scope.judge_again.append(soon)
        met = compare(Decimal(number), node.value)
        steps.append(Step(node.path, met, number))
        return met

    return judge


def _comparison(test: Test) -> _Compare:
    """Give what compares a found value; a missing one meets nothing but `not_set`."""
    if test.operator is Operator.IS_SET:
        return lambda found: not _missing(found)
    if test.operator is Operator.NOT_SET:
        return _missing
    compare = _known_comparison(test)
    return lambda found: False if _missing(found) else compare(found)


def _missing(found: object) -> bool:
    return found is None or found == "" or found == () or found == []


def _known_comparison(test: Test) -> _Compare:
    wanted = test.value
    if isinstance(wanted, tuple):
        matches = [_equal(one) for one in wanted]
        if test.operator is Operator.IN:
            return lambda found: any(match(found) for match in matches)
        return lambda found: not any(match(found) for match in matches)
    if wanted is None:
        raise ValueError(f"the test at {test.path or '.'} has no value")
    if test.operator is Operator.IS_NOT:
        equal = _equal(wanted)
        return lambda found: not equal(found)
    if test.operator is Operator.IS:
        return _equal(wanted)
    if isinstance(wanted, Decimal):
        return _ordered(_ORDERS[test.operator], wanted)
    if isinstance(wanted, datetime):
        return _timed(_TIMES[test.operator], wanted)
    return _texts(test.operator, str(wanted).casefold())


def _equal(wanted: Plain) -> _Compare:
    if isinstance(wanted, bool):
        return lambda found: found is wanted
    if isinstance(wanted, Decimal):
        return _ordered(op.eq, wanted)
    text = str(wanted).casefold()
    return lambda found: _folded(found) == text


def _ordered(compare: Callable[[Decimal, Decimal], bool], wanted: Decimal) -> _Compare:
    def ordered(found: object) -> bool:
        number = found if isinstance(found, Decimal) else as_number(found)
        return number is not None and compare(number, wanted)

    return ordered


def _timed(compare: Callable[[datetime, datetime], bool], wanted: datetime) -> _Compare:
    def timed(found: object) -> bool:
        moment = as_moment(found)
        return moment is not None and compare(moment, wanted)

    return timed


def _texts(operator: Operator, wanted: str) -> _Compare:
    if operator is Operator.CONTAINS:
        return lambda found: wanted in _folded(found)
    if operator is Operator.STARTS_WITH:
        return lambda found: _folded(found).startswith(wanted)
    has = operator is Operator.HAS
    return lambda found: (wanted in _items(found)) is has


def _folded(found: object) -> str:
    return found.casefold() if isinstance(found, str) else str(found).casefold()


def _items(found: object) -> list[str]:
    return [_folded(one) for one in found] if isinstance(found, list | tuple) else [_folded(found)]
