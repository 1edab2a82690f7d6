"""Places in a text that words are put into, as `{name}`: read, checked against a closed list, filled."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

_PLACE: Final = re.compile(r"\{([^{}\n]*)\}")
_BRACE: Final = re.compile(r"[{}]")


@dataclass(frozen=True, kw_only=True)
class BadPlace:
    """A brace that is no place, or a place that is not on the list; lines and signs are counted from 1."""

    line: int
    sign: int
    written: str


def places_of(text: str) -> frozenset[str]:
    """Give the names of the places in a text."""
    return frozenset(found.group(1).strip() for found in _PLACE.finditer(text))


def bad_place(text: str, known: Collection[str]) -> BadPlace | None:
    """Give the first thing in a text that cannot be filled, or None."""
    wrong = [
        (found.start(), found.group(0))
        for found in _PLACE.finditer(text)
        if found.group(1).strip() not in known
    ]
    blanked = _PLACE.sub(lambda found: " " * len(found.group(0)), text)
    wrong += [(found.start(), found.group(0)) for found in _BRACE.finditer(blanked)]
    if not wrong:
        return None
    at, written = min(wrong)
    line = text.count("\n", 0, at) + 1
    return BadPlace(line=line, sign=at - text.rfind("\n", 0, at), written=written)


def filled(text: str, words: Mapping[str, str]) -> str:
    """Put words into the places of a text, once: what is put in is never read for places again."""
    return _PLACE.sub(lambda found: words[found.group(1).strip()], text)
