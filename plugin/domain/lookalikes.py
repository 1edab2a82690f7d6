"""Characters that people take for one another, across scripts."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

# Across all typefaces: the zero and the letter O, the one and the letters I and L.
_ALIKE: Final = {"0": "o", "1": "l", "i": "l", "|": "l"}
_SMALL_CAPITAL: Final = "LATIN LETTER SMALL CAPITAL "
# Strokes and dots that make no character with their letter: a crossed-out o, the dot of a Turkish capital I.
_MARKS: Final = (range(0x300, 0x370), range(0x1AB0, 0x1B00), range(0x1DC0, 0x1E00), range(0x20D0, 0x2100))


class _Looks(dict[int, str]):
    """What each character of a key looks like; filled as characters are met."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        marks = any(point in some for some in _MARKS)
        plain = char if char.isascii() else "" if marks else _latin(char)
        self[point] = _ALIKE.get(plain, plain)
        return self[point]


LOOKS: Final = _Looks()


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """Give the script a letter belongs to, such as LATIN."""
    # The tables take a moment to load and plain codes never need them.
    from confusable_homoglyphs import categories

    return str(categories.alias(char))


def _latin(char: str) -> str:
    """Give the Latin letter or digit that a character looks like in upper or lower case, else itself."""
    from confusable_homoglyphs import confusables

    name = unicodedata.name(char, "")
    if name.startswith(_SMALL_CAPITAL) and len(name) == len(_SMALL_CAPITAL) + 1:
        return name[-1].lower()
    for shown in (char.upper(), char):
        alike = [entry["c"] for entry in confusables.confusables_data.get(shown, ())]
        found = sorted(sign for sign in alike if len(sign) == 1 and sign.isascii() and sign.isalnum())
        if found:
            return str(found[0]).lower()
    return char
