"""Passwords of our own log-in: hashed and compared by Werkzeug, which Flask brings along."""

from __future__ import annotations

from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

SHORTEST = 10
LONGEST = 256
"""A longer one is refused: hashing it would only cost time."""


def hashed(password: str) -> str:
    """Give what is kept of a password."""
    return generate_password_hash(password)


def holds(kept: str | None, password: str) -> bool:
    """Say whether it is the password; it takes as long where there is none to compare with."""
    good = check_password_hash(kept or _nobodys(), password[:LONGEST])
    return good and kept is not None


@cache
def _nobodys() -> str:
    return generate_password_hash("nobody's")
