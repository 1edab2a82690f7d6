"""The sponsor tree as text paths: a contact's path names the ids above it, the topmost first ("1/5/")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: Beyond it a contact and all below have no path and are asked by recursion.
LONGEST_PATH: Final = 2000


def child_path(path: str | None, contact_id: int) -> str | None:
    """Give the path of those directly below a contact, or None where paths have ended."""
    return None if path is None else _bounded(f"{path}{contact_id}/")


def upline(path: str) -> list[int]:
    """Give the ids above, the nearest first."""
    return [int(step) for step in reversed(path.split("/")[:-1])]


def range_below(path: str, contact_id: int) -> tuple[str, str]:
    """Give the bounds, lower inclusive and upper exclusive, that hold the paths of all below a contact."""
    # In the C collation the digit 0 comes right behind the slash.
    return f"{path}{contact_id}/", f"{path}{contact_id}0"


def moved(path: str, old_prefix: str, new_prefix: str | None) -> str | None:
    """Give the path of somebody whose upline went from one place to another."""
    if not path.startswith(old_prefix):
        raise ValueError(f"the path {path!r} does not begin with {old_prefix!r}")
    return None if new_prefix is None else _bounded(new_prefix + path[len(old_prefix) :])


def closes_circle(contact_id: int, upline_of_new_sponsor: Iterable[int]) -> bool:
    """Tell whether a contact would come to stand above itself; the upline begins with the new sponsor."""
    return contact_id in upline_of_new_sponsor


def _bounded(path: str) -> str | None:
    return path if len(path) <= LONGEST_PATH else None
