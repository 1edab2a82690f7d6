"""Conditions of rules: a tree of tests over fields. They are read in `condition_reading`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

MOST_DEPTH = 8
MOST_TESTS = 100
MOST_ITEMS = 100
LONGEST_TEXT = 500
LONGEST_SPAN = 3660
MOST_FRIENDS = 1000
"""How many friends of a sharer a test may ask for."""


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"
    MOMENT = "moment"
    LIST = "list"
    ANY = "any"
    """A field of the shop's own: the value in the rule says what it is compared as."""


class Operator(StrEnum):
    """How a field is compared."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    LESS = "less"
    AT_MOST = "at_most"
    MORE = "more"
    AT_LEAST = "at_least"
    EVERY = "every"
    BEFORE = "before"
    AFTER = "after"
    HAS = "has"
    HAS_NOT = "has_not"
    IS_SET = "is_set"
    NOT_SET = "not_set"


SETS = (Operator.IS_SET, Operator.NOT_SET)
ORDERS = (Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST)
_EQUAL = (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN)
TIMES = (Operator.BEFORE, Operator.AFTER)
_TEXTS = (Operator.CONTAINS, Operator.STARTS_WITH)
OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: (*_EQUAL, *_TEXTS, *SETS),
    Kind.NUMBER: (Operator.IS, Operator.IS_NOT, *ORDERS, *SETS),
    Kind.COUNT: (Operator.IS, *ORDERS, Operator.EVERY),
    Kind.FLAG: (Operator.IS, *SETS),
    Kind.MOMENT: (*TIMES, *SETS),
    Kind.LIST: (Operator.HAS, Operator.HAS_NOT, *SETS),
    Kind.ANY: (*_EQUAL, *_TEXTS, *ORDERS, *TIMES, *SETS),
}
WITHOUT_VALUE = frozenset(SETS)
WITH_LIST = frozenset({Operator.IN, Operator.NOT_IN})
FRIENDS_OPERATORS = (Operator.IS, *ORDERS)

Plain = str | Decimal | bool | datetime
Wanted = Plain | tuple[Plain, ...] | None


class Problem(StrEnum):
    """Why a condition cannot work."""

    NO_TREE = "no_tree"
    NO_JSON = "no_json"
    """`about` is the line and column from which it is none."""
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    EMPTY = "empty"
    UNKNOWN_FIELD = "unknown_field"
    NOT_HERE = "not_here"
    """The field is known, but not where the condition stands: its trigger does not bring it."""
    OPERATOR = "operator"
    VALUE_MISSING = "value_missing"
    VALUE_UNWANTED = "value_unwanted"
    VALUE_TEXT = "value_text"
    VALUE_NUMBER = "value_number"
    VALUE_WHOLE = "value_whole"
    VALUE_FLAG = "value_flag"
    VALUE_MOMENT = "value_moment"
    VALUE_LIST = "value_list"
    TOO_LONG = "too_long"
    SPAN = "span"
    WITHOUT_HISTORY = "without_history"
    """A test over a span of time may only ask for what is kept with its time."""
    UNKNOWN_KEY = "unknown_key"
    MISSING = "missing"
    CHOICE = "choice"
    """Not one of the words that are possible there; `about` names those."""
    PLACEHOLDER = "placeholder"
    VALUE_STEP = "value_step"
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    UNKNOWN_TEMPLATE = "unknown_template"
    ONE_OF = "one_of"
    """Exactly one of what `about` names is needed."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A mistake with its place, such as `all[1].value`; `about` is what stands there."""

    path: str
    problem: Problem
    about: str = ""


class Faulty(ValueError):
    """A condition or rule that cannot work; `faults` has every mistake with its place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.path or '.'}: {f.problem} {f.about}".rstrip() for f in faults))


@dataclass(frozen=True, kw_only=True)
class Test:
    """A field compared with a value."""

    __test__ = False

    path: str
    field: str
    kind: Kind
    operator: Operator
    value: Wanted = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """All of its parts, or any of them."""

    path: str
    needs_all: bool
    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Not:
    """The opposite of its part."""

    path: str
    part: Node


@dataclass(frozen=True, kw_only=True)
class Friends:
    """How many friends of the sharer meet a condition now and have met it so many days without a break."""

    path: str
    where: Node
    days: int
    operator: Operator
    value: Decimal


Node = Test | Group | Not | Friends


def tests(node: Node) -> Iterator[Test | Friends]:
    """Give the tests of a tree in their order; those over friends without what stands inside them."""
    if isinstance(node, Test | Friends):
        yield node
    elif isinstance(node, Not):
        yield from tests(node.part)
    else:
        for part in node.parts:
            yield from tests(part)
