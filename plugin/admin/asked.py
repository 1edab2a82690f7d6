"""What is asked of a list: filters, search, order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..services.listing import Query
from .edge import now
from .nouns import Noun

_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks of a list."""

    search: str
    filters: Mapping[str, str]
    scopes: Mapping[str, int]
    sort: str

    def query(self, noun: Noun, **more: object) -> dict[str, object]:
        """Give it as it stands in an address, with some changes."""
        said: dict[str, object] = {"q": self.search or None}
        firsts = {item.name: item.first for item in noun.filters}
        said |= {name: value for name, value in self.filters.items() if value != firsts[name]}
        said |= self.scopes
        said["sort"] = None if self.sort == noun.sort else self.sort
        return {name: value for name, value in (said | more).items() if value is not None}

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out of the list."""
        return bool(self.search or self.scopes or any(self.filters.values()))


def asked_of(noun: Noun, given: Mapping[str, str]) -> Asked:
    """Read what an address or a form asks of a list; what it cannot ask is left out."""
    filters = {}
    for item in noun.filters:
        value = given.get(item.name, item.first).strip()[:_LONGEST].replace("\0", "")
        filters[item.name] = value if value and item.accepts(value) else ""
    scopes = {item.name: int(given[item.name]) for item in noun.scopes if _is_id(given.get(item.name, ""))}
    return Asked(
        search=given.get("q", "").strip()[:_LONGEST].replace("\0", ""),
        filters=filters,
        scopes=scopes,
        sort=noun.sorting(given.get("sort"))[0],
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


def statement_of(noun: Noun, asked: Asked) -> Query:
    """Give the statement of a noun, narrowed to what is asked."""
    query = noun.statement()
    if asked.search and noun.search is not None:
        query = query.where(noun.search(asked.search))
    for item in noun.filters:
        if asked.filters[item.name]:
            query = query.where(item.where(asked.filters[item.name], now()))
    for scope in noun.scopes:
        if scope.name in asked.scopes:
            query = query.where(scope.where(asked.scopes[scope.name]))
    return query
