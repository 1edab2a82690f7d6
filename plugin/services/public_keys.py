"""Public keys of shops that sign by them: kept as the shop publishes them, asked for when one is new."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, update

from ..domain.endpoint import read_url
from ..models import Source
from .asking import HTTPException, ask
from .context import Moment

_SOURCE = Source.__table__
_PLACE = "/.well-known/jwks.json"
_NOT_BEFORE = timedelta(minutes=1)
"""So long after asking nobody asks again: unknown keys cost anybody who sends them nothing."""
_SECONDS = 3.0
_MOST_BYTES = 100_000
_MOST_KEYS = 20


def is_due(ctx: Moment, source: Row[Any], jws: str) -> bool:
    """Say whether a body is signed by a key that is not known, and the shop may be asked for it."""
    asked = source.public_keys_at
    if asked is not None and ctx.now < asked + _NOT_BEFORE:
        return False
    return not knows(source, jws)


def knows(source: Row[Any], jws: str) -> bool:
    """Say whether a shop publishes the key that a JWS names, as far as we know."""
    return _key(source, jws) is not None


def claim(ctx: Moment, source_id: int) -> bool:
    """Take the question on, so that of many at once one asks."""
    free = _SOURCE.c.public_keys_at.is_(None) | (_SOURCE.c.public_keys_at <= ctx.now - _NOT_BEFORE)
    mine = update(_SOURCE).where(_SOURCE.c.id == source_id, free)
    return ctx.conn.execute(mine.values(public_keys_at=ctx.now)).rowcount == 1


def fetch(url: str, private_hosts: Collection[str]) -> list[dict[str, Any]] | None:
    """Ask a shop for its keys, outside of any transaction; None where it does not answer well."""
    try:
        target = read_url(f"{url}{_PLACE}", private_hosts)
        headers = {"Accept": "application/json", "User-Agent": "Flask-Firstline"}
        answer = ask("GET", target, b"", headers, private_hosts, most=_MOST_BYTES, seconds=_SECONDS)
        keys = json.loads(answer.text)["keys"] if answer.status == 200 else None
    except (ValueError, KeyError, TypeError, OSError, HTTPException, RecursionError):
        return None
    if not isinstance(keys, list):
        return None
    return [key for key in keys[:_MOST_KEYS] if isinstance(key, dict) and key.get("kty") == "RSA"]


def keep(ctx: Moment, source_id: int, keys: list[dict[str, Any]]) -> None:
    """Keep the keys that a shop publishes."""
    ctx.conn.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(public_keys=keys))


def is_signed(source: Row[Any], body: bytes, jws: str) -> bool:
    """Say whether a detached JWS by RS256 over this very body is by a key of the shop."""
    found = _key(source, jws)
    if found is None:
        return False
    from jwt import PyJWK, PyJWS, PyJWTError

    try:
        PyJWS().decode(jws, PyJWK(found, algorithm="RS256").key, algorithms=["RS256"], detached_payload=body)
    except PyJWTError:
        return False
    return True


def _key(source: Row[Any], jws: str) -> dict[str, Any] | None:
    """Give the key that a JWS names; None where it is not known, or nothing is installed that reads it."""
    try:
        from jwt import PyJWTError, get_unverified_header
    except ImportError:
        return None
    try:
        wanted = get_unverified_header(jws).get("kid")
    except PyJWTError:
        return None
    keys: list[dict[str, Any]] = source.public_keys or []
    return next((key for key in keys if wanted is not None and key.get("kid") == wanted), None)
