"""A condition as it stands in the form: groups, tests and friends, to be added, moved and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from ..domain.condition import MOST_DEPTH, MOST_TESTS, WITH_LIST, WITHOUT_VALUE, Kind, Operator
from ..domain.condition_reading import as_number
from ..domain.rule_fields import FIELDS

Json = dict[str, Any]
YES, NO = "yes", "no"
GROUP, TEST, FRIENDS = "group", "test", "friends"
_FIELDS: Mapping[str, tuple[str, ...]] = {
    GROUP: ("glue",),
    TEST: ("field", "operator", "value", "as"),
    FRIENDS: ("days", "operator", "value", "as"),
}
_NUMBER, _FLAG = "number", "flag"
_EMPTY = {"field": "", "operator": Operator.IS.value, "value": "", "as": ""}
_MOST_TWIGS = 2 * MOST_TESTS


@dataclass
class Twig:
    """A part of a condition. Friends have one part, the group that each of them meets.

    `bare`: written without the group around it as long as it has one part. `turned`: must not be met.
    `address` is its place in the form, `path` its place in what is written, `depth` how deep that is.
    """

    kind: str
    filled: dict[str, str] = field(default_factory=dict)
    parts: list[Twig] = field(default_factory=list)
    turned: bool = False
    bare: bool = False
    address: str = ""
    path: str = ""
    depth: int = 1
    of_friends: bool = False
    """It stands inside of friends, where no others can be asked for."""
    leads_out: bool = False
    """What stands in it can be taken out of it: it is a group in a group."""

    @property
    def number(self) -> str:
        """Name its place, such as 2.1."""
        return ".".join(str(int(step) + 1) for step in self.address.split(".")[1:])

    @property
    def nests(self) -> bool:
        """Say whether a group or friends can stand in this group: then there is room for tests in them."""
        return self.depth + self.turned + 2 <= MOST_DEPTH

    @property
    def _is_bare(self) -> bool:
        return self.bare and not self.turned and len(self.parts) == 1 and self.filled["glue"] == "all"

    @property
    def _inner_depth(self) -> int:
        return self.depth + self.turned - self._is_bare

    def place(self, address: str, path: str, depth: int = 1, *, of_friends: bool = False) -> None:
        """Tell it, and what stands in it, where they are."""
        self.address, self.depth, self.of_friends = address, depth, of_friends
        self.path = f"{path}.not" if self.turned else path
        for number, part in enumerate(self.parts):
            inner = f"{self.path}.{FRIENDS}" if self.kind == FRIENDS else self._path_of(number)
            of_them = of_friends or self.kind == FRIENDS
            part.leads_out = self.kind == GROUP
            part.place(f"{address}.{number}", inner, self._inner_depth + 1, of_friends=of_them)

    def all(self) -> Iterator[Twig]:
        """Give it and all that stands in it."""
        yield self
        for part in self.parts:
            yield from part.all()

    def _path_of(self, number: int) -> str:
        return self.path if self._is_bare else f"{self.path}.{self.filled['glue']}[{number}]"

    def written(self) -> Json:
        """Give it as it is written."""
        found = self._written()
        return {"not": found} if self.turned else found

    def _written(self) -> Json:
        if self.kind == TEST:
            return test_written(self.filled)
        if self.kind == FRIENDS:
            return self._friends_written()
        if self._is_bare:
            return self.parts[0].written()
        return {self.filled["glue"]: [part.written() for part in self.parts]}

    def _friends_written(self) -> Json:
        days = self.filled["days"].strip()
        number = int(days[:9]) if days.isascii() and days.isdecimal() else days
        return {
            "friends": self.parts[0].written(),
            **({"days": number} if days else {}),
            "operator": self.filled["operator"],
            "value": typed(self.filled["value"].strip(), self.filled["as"]),
        }


def group(*parts: Twig, glue: str = "all", bare: bool = False) -> Twig:
    """Give a group of parts."""
    return Twig(GROUP, {"glue": glue}, list(parts), bare=bare)


def is_too_deep(root: Twig) -> bool:
    """Say whether a condition goes deeper than one may."""
    root.place("", "")
    return max(twig.depth + twig.turned for twig in root.all()) > MOST_DEPTH


def of_form(given: MultiDict[str, str], address: str) -> Twig:
    """Read the condition at an address of the form; an empty group where there is none."""
    found = _sent(given, address, iter(range(_MOST_TWIGS)), MOST_DEPTH + 2)
    return found if found is not None and found.kind == GROUP else group(bare=True)


def _sent(given: MultiDict[str, str], address: str, left: Iterator[int], depth: int) -> Twig | None:
    kind = given.get(f"{address}-kind", "")
    if kind not in _FIELDS or depth == 0 or next(left, None) is None:
        return None
    filled = {name: given.get(f"{address}-{name}", "")[:10_000] for name in _FIELDS[kind]}
    if kind == GROUP:
        filled["glue"] = "any" if filled["glue"] == "any" else "all"
    twig = Twig(kind, filled, turned=f"{address}-not" in given, bare=f"{address}-bare" in given)
    while kind != TEST:
        part = _sent(given, f"{address}.{len(twig.parts)}", left, depth - 1)
        if part is None:
            break
        twig.parts.append(part)
    if kind == FRIENDS:
        twig.parts = [part for part in twig.parts if part.kind == GROUP][:1] or [group(bare=True)]
    return twig


def of_written(written: Any) -> Twig:  # noqa: ANN401 - JSON that may be anything
    """Put a condition into the form. Raises ValueError or TypeError where it does not fit."""
    found = group(bare=True) if written is None else _read(written)
    return found if found.kind == GROUP else group(found, bare=True)


def _read(written: Json) -> Twig:
    shape = set(written)
    if shape == {"not"}:
        inner = _read(written["not"])
        if inner.turned:
            raise ValueError("it is turned twice")
        inner.turned = True
        return inner
    if shape in ({"all"}, {"any"}):
        ((glue, parts),) = written.items()
        return group(*(_read(part) for part in parts), glue=glue)
    if FRIENDS in shape:
        return Twig(FRIENDS, _filled(written, FRIENDS), [of_written(written[FRIENDS])])
    if "field" not in shape or not shape <= {"field", "operator", "value"}:
        raise ValueError("it is no test")
    return Twig(TEST, _filled(written, TEST))


def _filled(written: Json, kind: str) -> dict[str, str]:
    value = written.get("value")
    of_type = _FLAG if isinstance(value, bool) else _NUMBER if isinstance(value, int | Decimal) else ""
    return {name: shown(written.get(name, "")) for name in _FIELDS[kind]} | {"as": of_type}


def typed(value: str, of_type: str) -> str | bool | int | Decimal:
    """Give a value as what it was before it stood in the form, where it can still be that."""
    if of_type == _FLAG and value.casefold() in (YES, NO):
        return value.casefold() == YES
    number = as_number(value) if of_type == _NUMBER else None
    if number is None:
        return value
    return int(number) if number == int(number) else number


def shown(value: object) -> str:
    """Give a value as it stands in the form."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    return str(value)


def test_written(row: Mapping[str, str]) -> Json:
    """Give a test as it is written."""
    name, operator, value = row["field"].strip(), row["operator"], row["value"].strip()
    test: Json = {"field": name, "operator": operator}
    if operator in WITHOUT_VALUE and not value:
        return test
    if operator in WITH_LIST:
        return {**test, "value": [one.strip() for one in value.split(",") if one.strip()]}
    known = FIELDS.get(name)
    of_type = _FLAG if known is not None and known.kind is Kind.FLAG else row["as"]
    return {**test, "value": typed(value, of_type)} if value else test


def press(root: Twig, what: str, steps: list[int]) -> list[int] | None:
    """Change a condition at a place; give the place to go on at, or None where nothing is to be done."""
    way = _way(root, steps)
    if way is None:
        return None
    if what in _ADDED and way[-1].kind == GROUP:
        way[-1].parts.append(_ADDED[what](way[-1]))
        return [*steps, len(way[-1].parts) - 1]
    if what in _MOVES and len(way) > 1 and way[-2].kind == GROUP:
        return _MOVES[what](way, steps)
    return None


def _way(root: Twig, steps: list[int]) -> list[Twig] | None:
    """Give the parts from the root to a place."""
    way = [root]
    for step in steps:
        if step >= len(way[-1].parts):
            return None
        way.append(way[-1].parts[step])
    return way


def _new_test(_inside: Twig) -> Twig:
    return Twig(TEST, dict(_EMPTY))


def _other(glue: str) -> str:
    return "any" if glue == "all" else "all"


_ADDED: Mapping[str, Callable[[Twig], Twig]] = {
    TEST: _new_test,
    GROUP: lambda inside: group(_new_test(inside), glue=_other(inside.filled["glue"])),
    FRIENDS: lambda inside: Twig(
        FRIENDS,
        {"days": "", "operator": Operator.AT_LEAST.value, "value": "", "as": ""},
        [group(_new_test(inside), bare=True)],
    ),
}


def _drop(way: list[Twig], steps: list[int]) -> list[int]:
    del way[-2].parts[steps[-1]]
    return steps[:-1]


def _swap(way: list[Twig], steps: list[int], by: int) -> list[int]:
    parts, here = way[-2].parts, steps[-1]
    there = min(max(here + by, 0), len(parts) - 1)
    parts[here], parts[there] = parts[there], parts[here]
    return [*steps[:-1], there]


def _wrap(way: list[Twig], steps: list[int]) -> list[int]:
    """Put a part into a group of its own, where there is room for one."""
    way[-2].parts[steps[-1]] = group(way[-1], glue=_other(way[-2].filled["glue"]))
    if not is_too_deep(way[0]):
        return [*steps, 0]
    way[-2].parts[steps[-1]] = way[-1]
    return steps


def _out(way: list[Twig], steps: list[int]) -> list[int]:
    """Move a part behind the group that it stands in; a group that is empty then goes."""
    if len(way) < 3 or way[-3].kind != GROUP:
        return steps
    del way[-2].parts[steps[-1]]
    gone = not way[-2].parts
    place = steps[-2] + (0 if gone else 1)
    way[-3].parts[steps[-2] : steps[-2] + 1] = [way[-1]] if gone else [way[-2], way[-1]]
    return [*steps[:-2], place]


_MOVES: Mapping[str, Callable[[list[Twig], list[int]], list[int]]] = {
    "drop": _drop,
    "up": lambda way, steps: _swap(way, steps, -1),
    "down": lambda way, steps: _swap(way, steps, 1),
    "wrap": _wrap,
    "out": _out,
}
