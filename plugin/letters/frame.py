"""What stands around every mail to people: the greeting, and the lines at its end, in the shop's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..domain.places import filled
from .own import tongue
from .wording import Told, Wording


def framed(said: Wording, told: Told, frames: Mapping[str, Any]) -> Wording:
    """Give a mail the shop's greeting and closing lines, where `frames` has some in the language spoken.

    Who has no name is greeted as usual. Why it comes and how to get no more of it stays below.
    """
    own = frames.get(tongue())
    if own is None:
        return said
    words = {"name": told.receiver.name, "shop": told.shop}
    greets = own.subject and (told.receiver.name or "{name}" not in own.subject)
    return replace(
        said,
        heading=filled(own.subject, words) if greets else said.heading,
        closing=tuple(filled(line, words) for line in own.text.splitlines() if line.strip()),
    )
