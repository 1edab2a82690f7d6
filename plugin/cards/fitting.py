"""Text that stays in its box: it wraps, it shrinks, and only at the end it is cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LEADING = 1.22
_STEP = 0.5
_ELLIPSIS = "…"
_TIED = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"

Measure = Callable[[str, float], float]
"""Gives the width of a text at a size, in points."""


@dataclass(frozen=True)
class Fitted:
    """Lines of text and the size at which they fit."""

    size: float
    lines: tuple[str, ...]


def clean(text: str) -> str:
    """Give a text as one line of printable signs; blanks that do not break stay."""
    signs = (
        sign if sign in _TIED or not (sign.isspace() or unicodedata.category(sign) in {"Cc", "Cf"}) else " "
        for sign in unicodedata.normalize("NFC", text)
    )
    return " ".join(filter(None, "".join(signs).split(" ")))


def fit(
    text: str,
    measure: Measure,
    *,
    width: float,
    height: float,
    largest: float,
    smallest: float,
    breaks: float = 0,
) -> Fitted:
    """Give the largest size at which a text fits. Words break from `breaks` or the smallest size down.

    What does not even fit at the smallest is cut, with an ellipsis.
    """
    size = largest
    while True:
        may_break = size <= max(breaks, smallest)
        lines = _wrapped(_broken(text, measure, size, width) if may_break else text, measure, size, width)
        if lines is not None and len(lines) <= _room(height, size):
            return Fitted(size, tuple(lines))
        if size <= smallest:
            break
        size = max(smallest, size - _STEP)
    room = max(1, _room(height, size))
    kept = (lines or [""])[:room]
    return Fitted(size, (*kept[:-1], _cut(kept[-1], measure, size, width)))


def evened(fitted: Fitted, measure: Measure, *, width: float) -> Fitted:
    """Give the same text in as many lines that are more alike in length."""
    narrower, lines = width, list(fitted.lines)
    text = " ".join(lines)
    while len(lines) > 1:
        narrower -= fitted.size / 2
        tried = _wrapped(text, measure, fitted.size, narrower)
        if tried is None or len(tried) != len(lines):
            break
        lines = tried
    return Fitted(fitted.size, tuple(lines))


def _room(height: float, size: float) -> int:
    return int(height / (size * LEADING))


def _wrapped(text: str, measure: Measure, size: float, width: float) -> list[str] | None:
    """Fill lines word by word; None where a word is wider than a line."""
    lines: list[str] = []
    for word in text.split(" "):
        if measure(word, size) > width:
            return None
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _broken(text: str, measure: Measure, size: float, width: float) -> str:
    """Break words that are wider than a line; a sign always stands."""
    words: list[str] = []
    for word in text.split(" "):
        part = ""
        for sign in word:
            if part and measure(part + sign, size) > width:
                words.append(part)
                part = ""
            part += sign
        words.append(part)
    return " ".join(words)


def _cut(line: str, measure: Measure, size: float, width: float) -> str:
    while line and measure(line + _ELLIPSIS, size) > width:
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS
