"""Keys of the API: made, shown once, found again by their digest, counted, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.sql.dml import ReturningInsert

from ..models import ApiKey, Attempt
from ..models.base import dialect_insert, insert_for_id
from . import audit
from .context import Context
from .mistakes import Mistake, NameTaken, NotThere

_KEY = ApiKey.__table__
_ATTEMPT = Attempt.__table__

SCOPES = (
    "coupons:read", "coupons:write", "codes:read", "codes:write", "redemptions:read", "quote", "orders:read",
    "orders:write", "invoices:read", "invoices:write", "events:write", "contacts:read", "contacts:write",
    "contacts:erase", "contacts:export", "touches:read", "touches:write", "partners:read", "partners:write",
    "commissions:read", "commissions:write", "payouts:read", "payouts:write",
    "payouts:release", "campaigns:read", "suspicions:read", "reports:read",
)  # fmt: skip
"""What a key may be allowed; a scope that writes does not include the one that reads."""
PER_MINUTE = 600
"""Requests of one key in a minute: ten a second, far above a shop's own needs, far below what hurts."""

_BEGINNING = "flk_"
_RANDOM_BYTES = 32
_HINT = 8
_LONGEST_NAME = 100
_MINUTE = 60
COUNTED_AS = "api:"
_NOTED_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that was just made. `secret` is shown once and stored nowhere."""

    id: int
    name: str
    secret: str
    hint: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How many requests are left to a key: `used` of `limit`, counted anew after `seconds`."""

    limit: int
    used: int
    seconds: int

    @property
    def left(self) -> int:
        """Requests that may still be made in this minute."""
        return max(self.limit - self.used, 0)

    @property
    def spent(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit


def create_key(conn: Connection, name: str, scopes: Collection[str], *, who: str, now: datetime) -> NewKey:
    """Make a key and give it with its secret. Raises Mistake or NameTaken."""
    wanted = checked_scopes(scopes)
    called = _checked_name(name)
    secret = _BEGINNING + secrets.token_urlsafe(_RANDOM_BYTES)
    row = {
        "name": called,
        "digest": _digest(secret),
        "hint": secret[:_HINT],
        "scopes": list(wanted),
        "made_by": who[:_LONGEST_NAME],
        "created_at": now,
    }
    key_id = conn.execute(insert_for_id(_KEY, conn.dialect.name), row).scalar()
    if key_id is None:
        raise NameTaken(f"There is a key called {called!r} already, in use or revoked; give another name.")
    audit.record(
        conn, who=who, act="create", noun="api key", subject=called, after={"scopes": list(wanted)}, now=now
    )
    return NewKey(id=int(key_id), name=called, secret=secret, hint=secret[:_HINT], scopes=wanted)


def checked_scopes(scopes: Collection[str]) -> tuple[str, ...]:
    """Give scopes in their order, or raise Mistake."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Mistake(f"{', '.join(unknown)}: no scope; possible are {', '.join(SCOPES)}")
    if not scopes:
        raise Mistake(f"A key needs at least one scope: {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in scopes)


def _checked_name(name: str) -> str:
    called = name.strip()
    if not called or len(called) > _LONGEST_NAME or not called.isprintable():
        raise Mistake(f"The name of a key has 1 to {_LONGEST_NAME} characters, none of them a control one.")
    return called


def revoke_key(conn: Connection, key_id: int, *, who: str, now: datetime) -> bool:
    """Let a key open nothing any more; False where it was revoked already. Raises NotThere."""
    row = conn.execute(select(_KEY).where(_KEY.c.id == key_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no key with the id {key_id}.")
    revoked = update(_KEY).where(_KEY.c.id == key_id, _KEY.c.revoked_at.is_(None)).values(revoked_at=now)
    if conn.execute(revoked).rowcount != 1:
        return False
    audit.record(conn, who=who, act="revoke", noun="api key", subject=row.name, now=now)
    return True


def get_key_by_name(conn: Connection, name: str) -> Row[Any]:
    """Give the key of that name or raise NotThere."""
    row = conn.execute(select(_KEY).where(_KEY.c.name == name.strip())).one_or_none()
    if row is None:
        raise NotThere(f"There is no key called {name!r}.")
    return row


def every_key(conn: Connection) -> list[Row[Any]]:
    """Give all keys, revoked ones too, in the order in which they were made."""
    return list(conn.execute(select(_KEY).order_by(_KEY.c.id)))


def find_live_key(conn: Connection, secret: str) -> Row[Any] | None:
    """Give the key with this secret, unless there is none or it is revoked."""
    query = select(_KEY).where(_KEY.c.digest == _digest(secret), _KEY.c.revoked_at.is_(None))
    return conn.execute(query).one_or_none()


def _digest(secret: str) -> str:
    # No salt and no slow hash: nobody can guess 32 random bytes.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def window_of(ctx: Context) -> int:
    """Give the number of the minute in which requests are counted now."""
    return int(ctx.now.timestamp()) // _MINUTE


def count_request(ctx: Context, key: Row[Any], *, limit: int = PER_MINUTE) -> Allowance:
    """Count a request of a key in this minute and note that it is in use."""
    seconds = int(ctx.now.timestamp())
    row = {"key": f"{COUNTED_AS}{key.id}", "window": window_of(ctx), "tries": 1}
    used = ctx.conn.execute(_counting(ctx.conn.dialect.name), row).scalar_one()
    if key.used_at is None or ctx.now - key.used_at >= _NOTED_AGAIN_AFTER:
        ctx.conn.execute(update(_KEY).where(_KEY.c.id == key.id).values(used_at=ctx.now))
    return Allowance(limit=limit, used=used, seconds=_MINUTE - seconds % _MINUTE)


@cache
def _counting(dialect: str) -> ReturningInsert[Any]:
    statement = dialect_insert(_ATTEMPT, dialect)
    return statement.on_conflict_do_update(
        index_elements=[_ATTEMPT.c.key, _ATTEMPT.c.window], set_={"tries": _ATTEMPT.c.tries + 1}
    ).returning(_ATTEMPT.c.tries)
