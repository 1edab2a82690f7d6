"""Tries, counted in the database so that the limit holds over many processes: of codes, and of log-ins."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from functools import cache

from sqlalchemy import func, select

from ..models import Attempt
from ..models.base import Insert, dialect_insert
from ..shop import plain_text
from .carts import Holders
from .context import Context

WINDOW_SECONDS = 600
MOST = 10
"""Failed tries in one window by one cart, account or address."""

_ATTEMPT = Attempt.__table__
# Some proxies write the port behind the address, another one for each connection.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::[0-9]+)?|(?P<four>[0-9.]+):[0-9]+")


def places(holders: Holders, client: str | None) -> list[str]:
    """Give the keys under which tries are counted: cart or visitor, account, network address."""
    found = [name for name in holders.names if name]
    return [*found, *([f"address:{_network(client)}"] if client else [])]


def _network(client: str) -> str:
    """Cut an address to what one person usually has: a single IPv4 address, a /64 of IPv6; no port."""
    text = plain_text(client).strip()
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address(found["six"] or found["four"] if found else text)
    except ValueError:
        return text[:64]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        # A server that listens on both writes IPv4 so; all of them lie in one /64.
        address = address.ipv4_mapped
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def window_of(ctx: Context) -> int:
    """Give the number of the window of time that is open now."""
    return int(ctx.now.timestamp()) // WINDOW_SECONDS


@cache
def _counting(dialect: str) -> Insert:
    statement = dialect_insert(_ATTEMPT, dialect)
    return statement.on_conflict_do_update(
        index_elements=[_ATTEMPT.c.key, _ATTEMPT.c.window], set_={"tries": _ATTEMPT.c.tries + 1}
    )


def count(ctx: Context, keys: Sequence[str]) -> None:
    """Count one failed try under every key."""
    rows = [{"key": key, "window": window_of(ctx), "tries": 1} for key in sorted(keys)]
    if rows:
        ctx.conn.execute(_counting(ctx.conn.dialect.name), rows)


def of_address(what: str, client: str | None) -> str:
    """Give the key under which tries of something are counted for a network address."""
    return f"{what}:address:{_network(client or '')}"


def of_account(what: str, name: str) -> str:
    """Give the key for an account, such as an e-mail address, which cannot be read back from it."""
    return f"{what}:account:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def most(ctx: Context, keys: Sequence[str]) -> int:
    """Give how often was tried in the window that is open: the most of these keys."""
    tried = select(func.max(_ATTEMPT.c.tries)).where(
        _ATTEMPT.c.key.in_(keys), _ATTEMPT.c.window == window_of(ctx)
    )
    return int(ctx.conn.execute(tried).scalar() or 0)
