"""What the doctor says of one thing: what is wrong, how bad it is, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is. Only errors fail the command."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One finding."""

    level: Level
    about: str
    text: str
    mend: str


Findings = Iterator[Diagnosis]


def error(about: str, text: str, mend: str) -> Diagnosis:
    """Give a finding that keeps the program from working, or that loses something."""
    return Diagnosis(level=Level.ERROR, about=about, text=text, mend=mend)


def warning(about: str, text: str, mend: str) -> Diagnosis:
    """Give a finding that somebody should look at."""
    return Diagnosis(level=Level.WARNING, about=about, text=text, mend=mend)


def note(about: str, text: str, mend: str) -> Diagnosis:
    """Give a finding that is good to know."""
    return Diagnosis(level=Level.NOTE, about=about, text=text, mend=mend)
