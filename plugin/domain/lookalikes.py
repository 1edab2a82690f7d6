"""Characters that people take for one another, across scripts."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# Across all typefaces: the zero and the letter O, the one and the letters I and L.
_ALIKE: Final = {"0": "o", "1": "l", "i": "l", "|": "l"}


class _Looks(dict[int, str]):
    """What each character of a key looks like; filled as characters are met."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        plain = char if char.isascii() else _latin(char)
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

    for shown in (char.upper(), char):
        alike = [entry["c"] for entry in confusables.confusables_data.get(shown, ())]
        found = sorted(sign for sign in alike if len(sign) == 1 and sign.isascii() and sign.isalnum())
        if found:
            return str(found[0]).lower()
    return char
