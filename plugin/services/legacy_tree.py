"""The lines of a file as a tree: who stands above whom, which lines fall with others, and circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ..domain.person import email_key
from ..domain.tree import upline
from .cells import LegacyProblem, WrongCell
from .legacy_lines import Person
from .legacy_people import There, by_ids, there
from .sponsors import upline_ids

_AT_ONCE = 1000
Node = int
"""Somebody: a known contact by its id, a new one by the number of its line, below 0."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A good line: whom it is about, who stands above by the file, and who does here already."""

    node: Node
    above: str | None
    sponsor_id: int | None


@dataclass(kw_only=True)
class Tree:
    """What is known of all lines of a file; it fills while they are read."""

    placed: dict[int, Placed] = field(default_factory=dict)
    olds: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    emails: dict[str, int] = field(default_factory=dict)
    with_number: set[int] = field(default_factory=set)
    """Lines that name a customer number."""
    nodes: dict[Node, int] = field(default_factory=dict)
    fallen: dict[str, int] = field(default_factory=dict)
    """Bad lines by the texts that may name them."""

    def repeats(self, person: Person) -> int | None:
        """Give the line that is about the same, by old number, customer number or address; else keep this.

        One address may be that of two customers of the shop, who have a number each.
        """
        key = None if person.email is None else email_key(person.email)
        same = self.emails.get(key) if key else None
        both = same is not None and person.number is not None and same in self.with_number
        found = [self.olds.get(person.old or ""), self.numbers.get(person.number or "")]
        found += [None if both else same]
        line = next((one for one in found if one is not None), None)
        if line is not None:
            return line
        for text, lines in ((person.old, self.olds), (person.number, self.numbers), (key, self.emails)):
            if text:
                lines.setdefault(text, person.line)
        if person.number:
            self.with_number.add(person.line)
        return None

    def place(self, person: Person, contact_id: int | None, sponsor_id: int | None) -> int | None:
        """Keep a good line; the line that is about the same contact where there is one."""
        node = -person.line if contact_id is None else contact_id
        before = self.nodes.setdefault(node, person.line)
        if before != person.line:
            return before
        self.placed[person.line] = Placed(node=node, above=person.above, sponsor_id=sponsor_id)
        return None

    def drop(self, line: int, texts: Iterable[str]) -> None:
        """Keep that a line is bad, by all that may name it."""
        for text in texts:
            if text:
                self.fallen.setdefault(text, line)


Complain = Callable[[int, WrongCell], None]


class Above:
    """Who stands above each line, once all lines are read; bad lines are told by `complain`."""

    def __init__(self, conn: Connection, origin: str, tree: Tree, complain: Complain) -> None:
        self.edges: dict[Node, Node] = {}
        """Who is placed below whom by this file."""
        self.stays: dict[int, int] = {}
        """Lines whose contact has another sponsor already, with that one."""
        self._conn = conn
        self._tree = tree
        self._complain = complain
        self._bad: set[int] = set()
        self._wanted = self._resolved(self._there(origin))
        self._place()
        self._refuse_circles()
        self._fall()

    def _there(self, origin: str) -> There:
        """Find all who are named and stand in no line."""
        tree, found = self._tree, There()
        texts = sorted({one.above for one in tree.placed.values() if one.above})
        missing = [text for text in texts if "@" in text or text not in tree.olds]
        for begin in range(0, len(missing), _AT_ONCE):
            more = there(self._conn, origin, missing[begin : begin + _AT_ONCE])
            for name in ("by_id", "by_old", "by_number", "by_email"):
                getattr(found, name).update(getattr(more, name))
        return found

    def _resolved(self, found: There) -> dict[int, Node]:
        wanted = {}
        for line, one in list(self._tree.placed.items()):
            if one.above is None:
                continue
            try:
                node = self._node(one.above, found)
            except WrongCell as wrong:
                self._refuse(line, wrong)
                continue
            if node is None:
                fallen = self._tree.fallen.get(one.above)
                problem = LegacyProblem.NOBODY if fallen is None else LegacyProblem.ABOVE_BAD
                self._refuse(line, WrongCell(problem, fallen or ""))
            else:
                wanted[line] = node
        return wanted

    def _node(self, text: str, found: There) -> Node | None:
        tree, row = self._tree, found.named(text)
        line = tree.emails.get(email_key(text)) if "@" in text else tree.olds.get(text)
        if line is None and text not in found.by_old and "@" not in text:
            line = tree.numbers.get(text)
        if line is None or line not in tree.placed:
            return None if row is None else row.id
        node = tree.placed[line].node
        if "@" in text and row is not None and row.id != node:
            raise WrongCell(LegacyProblem.TWO_PEOPLE)
        return node

    def _place(self) -> None:
        for line, node in self._wanted.items():
            one = self._tree.placed[line]
            if one.sponsor_id is not None:
                if one.sponsor_id != node:
                    self.stays[line] = one.sponsor_id
            elif one.node == node:
                self._refuse(line, WrongCell(LegacyProblem.CIRCLE))
            else:
                self.edges[one.node] = node

    def _refuse_circles(self) -> None:
        above = {**self._sponsors(), **self.edges}
        for node in _in_circles(above):
            if node in self.edges:
                del self.edges[node]
                self._refuse(self._tree.nodes[node], WrongCell(LegacyProblem.CIRCLE))

    def _sponsors(self) -> dict[Node, Node]:
        """Give who stands above whom here already, for all whom the file names as standing above."""
        ids = sorted({node for node in self.edges.values() if node > 0})
        found: dict[Node, Node] = {}
        for begin in range(0, len(ids), _AT_ONCE):
            for row in by_ids(self._conn, ids[begin : begin + _AT_ONCE]).values():
                line = upline_ids(self._conn, row.id) if row.path is None else [row.id, *upline(row.path)]
                found.update(zip(line, line[1:], strict=False))
        return found

    def _fall(self) -> None:
        """Refuse who would stand below a line that is bad itself, all the way down."""
        below: dict[Node, list[int]] = defaultdict(list)
        for line, node in self._wanted.items():
            if self._tree.placed[line].node in self.edges:
                below[node].append(line)
        new = [self._tree.placed[line].node for line in self._bad]
        while new:
            node = new.pop()
            # Who is there already stays there, whatever is wrong with the line.
            for line in below[node] if node < 0 else ():
                if line not in self._bad:
                    self._refuse(line, WrongCell(LegacyProblem.ABOVE_BAD, self._tree.nodes[node]))
                    new.append(self._tree.placed[line].node)

    def _refuse(self, line: int, wrong: WrongCell) -> None:
        if line not in self._bad:
            self._bad.add(line)
            self._complain(line, wrong)

    @property
    def bad(self) -> frozenset[int]:
        """The lines that were told of."""
        return frozenset(self._bad)


def _in_circles(above: Mapping[Node, Node]) -> set[Node]:
    """Give all who would stand above themselves."""
    circles: set[Node] = set()
    seen: dict[Node, Node] = {}
    for start in above:
        walk, node = [], start
        while node in above and node not in seen:
            seen[node] = start
            walk.append(node)
            node = above[node]
        if seen.get(node) == start and node in walk:
            circles.update(walk[walk.index(node) :])
    return circles
