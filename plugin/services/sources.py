"""Shops that are no Flask apps: made known, changed, their secrets renewed; who signs in their name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from ..domain.endpoint import read_url
from ..domain.money import currency_code
from ..domain.platforms import PLATFORMS, Platform
from ..models import Source
from ..models.base import insert_for_id
from . import audit, lockbox, public_keys
from .context import Keyring, Moment
from .mistakes import BadSource, NotThere, SourceTaken

LONGEST_NAME = 20
LONGEST_SECRET = 400
OLD_IS_GOOD = timedelta(hours=1)
"""So long the secret before the newest one is good: bodies are on their way."""
_RESERVED = frozenset({"shop", "admin"})
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_SOURCE = Source.__table__


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A shop as somebody types it in."""

    name: str
    platform: str
    url: str
    currency: str
    zone: str
    active: bool = True


def add(
    ctx: Moment,
    keys: Keyring,
    wanted: Wanted,
    *,
    secret: str = "",
    private_hosts: Collection[str] = (),
    who: str,
) -> tuple[int, str]:
    """Make a shop known; give its id, and its secret where it is ours to show, this once."""
    values = _checked(wanted, private_hosts)
    kept, shown = _secret(keys, platform_of(wanted.platform), secret)
    row = {**values, "secret": kept, "made_by": who[:100], "created_at": ctx.now}
    made = ctx.conn.execute(insert_for_id(_SOURCE, ctx.conn.dialect.name), row).scalar()
    if made is None:
        raise SourceTaken(f"A shop is called {values['name']!r} already.")
    _log(ctx, "create", str(values["name"]), None, values, who)
    return int(made), shown


def change(
    ctx: Moment, source_id: int, wanted: Wanted, *, private_hosts: Collection[str] = (), who: str
) -> None:
    """Change a shop; its name and platform stay, since refs and webhooks are made of them."""
    old = get(ctx.conn, source_id)
    values = _checked(wanted, private_hosts)
    before = {field: getattr(old, field) for field in values}
    if values["name"] != old.name or values["platform"] != old.platform:
        raise BadSource("name", "Name and platform of a shop stay as they are.")
    if before != values:
        ctx.conn.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(**values))
        _log(ctx, "change", old.name, before, values, who)


def renew_secret(ctx: Moment, keys: Keyring, source_id: int, *, secret: str = "", who: str) -> str:
    """Give a shop another secret; the one before is good for an hour. Gives what there is to show, once."""
    old = get(ctx.conn, source_id)
    kept, shown = _secret(keys, platform_of(old.platform), secret)
    values = {"secret": kept, "old_secret": old.secret, "old_until": ctx.now + OLD_IS_GOOD}
    ctx.conn.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(**values))
    _log(ctx, "renew_secret", old.name, None, {}, who)
    return shown


def set_access(ctx: Moment, keys: Keyring, source_id: int, access: str, *, who: str) -> None:
    """Keep what opens the shop's own API, sealed; an empty text takes it away."""
    old = get(ctx.conn, source_id)
    if access and (len(access) > LONGEST_SECRET or not access.isprintable()):
        raise BadSource("access", "This is no key of the shop's API.")
    kept = lockbox.seal(keys, access) if access else None
    ctx.conn.execute(update(_SOURCE).where(_SOURCE.c.id == source_id).values(access=kept))
    _log(ctx, "set_access", old.name, None, {"access": bool(access)}, who)


def access_of(keys: Keyring, source: Row[Any]) -> str:
    """Give what opens the shop's API; NotThere where nothing was given, or its key is gone."""
    check_access(source)
    try:
        return lockbox.unseal(keys, source.access)
    except KeyError as error:
        raise NotThere(f"The key for the API of {source.name!r} cannot be opened: give it again.") from error


def check_access(source: Row[Any]) -> None:
    """Raise NotThere where nothing was given that opens the shop's API."""
    if source.access is None:
        raise NotThere(f"There is no key for the API of {source.name!r} yet.")


def get(conn: Connection, source_id: int) -> Row[Any]:
    """Give a shop, or raise NotThere."""
    row = conn.execute(select(_SOURCE).where(_SOURCE.c.id == source_id)).first()
    if row is None:
        raise NotThere("There is no such shop.")
    return row


def by_name(conn: Connection, name: str) -> Row[Any]:
    """Give the shop of a name, or raise NotThere."""
    row = conn.execute(select(_SOURCE).where(_SOURCE.c.name == name)).first()
    if row is None:
        raise NotThere(f"There is no shop called {name!r}.")
    return row


def every(conn: Connection) -> list[Row[Any]]:
    """Give all shops by their names."""
    return list(conn.execute(select(_SOURCE).order_by(_SOURCE.c.name)))


def platform_of(name: str) -> Platform:
    """Give a platform by its name, or raise BadSource."""
    found = PLATFORMS.get(name)
    if found is None:
        raise BadSource("platform", f"A platform is one of {', '.join(PLATFORMS)}.")
    return found


def is_signed(ctx: Moment, keys: Keyring, source: Row[Any], body: bytes, headers: Mapping[str, str]) -> bool:
    """Say whether a shop has signed a body: by a key of its own, its secret, or the one before while good."""
    jws = platform_of(source.platform).jws_of(headers)
    if jws is not None:
        return public_keys.is_signed(source, body, jws)
    kept = [source.secret]
    if source.old_until is not None and ctx.now < source.old_until:
        kept.append(source.old_secret)
    platform = platform_of(source.platform)
    return any(platform.is_signed(body, headers, secret) for secret in _opened(keys, source, kept))


def _opened(keys: Keyring, source: Row[Any], kept: Collection[Any]) -> list[str]:
    """Give the secrets that can still be told; those whose key is gone sign nothing."""
    found = []
    for one in kept:
        try:
            found.append(lockbox.unseal(keys, one) if "sealed" in one else _derived(keys, one))
        except KeyError:
            continue
    return found


def _secret(keys: Keyring, platform: Platform, given: str) -> tuple[dict[str, str], str]:
    """Give a secret as it is kept, and as it is shown."""
    if platform.makes_secret:
        given = given.strip()
        if not given or len(given) > LONGEST_SECRET or not given.isprintable():
            raise BadSource("secret", f"{platform.title} signs with a secret of its own: give it here.")
        return lockbox.seal(keys, given), ""
    kept = {"key": keys.signing_id, "nonce": secrets.token_urlsafe(24)}
    return kept, _derived(keys, kept)


def _derived(keys: Keyring, kept: Mapping[str, str]) -> str:
    return keys.secret(kept["key"], f"source {kept['nonce']}").hex()


def _checked(wanted: Wanted, private_hosts: Collection[str]) -> dict[str, object]:
    name, url = wanted.name.strip().lower(), wanted.url.strip().rstrip("/")
    if len(name) > LONGEST_NAME or _NAME.fullmatch(name) is None or name in _RESERVED:
        raise BadSource(
            "name", f"A name has 1 to {LONGEST_NAME} of the signs a-z, 0-9 and -; not shop, not admin."
        )
    try:
        read_url(url, private_hosts)
    except ValueError as error:
        raise BadSource("url", f"This address cannot be called: {error}.") from error
    try:
        currency = currency_code(wanted.currency)
    except ValueError as error:
        raise BadSource("currency", "This is no currency: give a code such as EUR.") from error
    try:
        ZoneInfo(wanted.zone)
    except (OSError, ValueError, LookupError) as error:
        raise BadSource("zone", "This is no time zone: give one such as Europe/Berlin.") from error
    return {
        "name": name, "platform": platform_of(wanted.platform).name, "url": url, "currency": currency,
        "zone": wanted.zone, "active": wanted.active,
    }  # fmt: skip


def _log(
    ctx: Moment,
    act: str,
    subject: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    who: str,
) -> None:
    audit.record(
        ctx.conn, who=who, act=act, noun="source", subject=subject, before=before, after=after, now=ctx.now
    )
