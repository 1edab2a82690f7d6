"""Endpoints of webhooks: what is called where, about what, and by which secret it is signed."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..domain.endpoint import read_url
from ..models import WebhookDelivery, WebhookEndpoint, WebhookState
from ..models.base import insert_for_id
from . import audit, rule_uses
from .context import Keyring, Moment
from .mistakes import BadEndpoint, NameTaken, NotThere

EVENTS = (
    "coupon_redeemed", "coupon_released", "firstline_joined", "address_type_changed", "commission_posted",
    "commission_reversed", "payout_paid",
)  # fmt: skip
"""What an endpoint can hear of by itself: what others hear by a signal."""
NOUN = "webhook_endpoint"
"""What the audit log calls an endpoint."""
LONGEST_NAME = 100
OVERLAP = timedelta(days=1)
"""So long the secret before a new one signs too."""
_DELIVERY = WebhookDelivery.__table__
_ENDPOINT = WebhookEndpoint.__table__


def add(
    ctx: Moment,
    keys: Keyring,
    name: str,
    url: str,
    events: Collection[str],
    *,
    private_hosts: Collection[str] = (),
    who: str,
) -> tuple[int, str]:
    """Add an endpoint; give its id and its secret, which is shown this once."""
    values = _checked(name, url, events, private_hosts)
    row = {
        **values, **drawn_secret(keys), "active": True, "made_by": who[:100], "created_at": ctx.now,
    }  # fmt: skip
    made = ctx.conn.execute(insert_for_id(_ENDPOINT, ctx.conn.dialect.name), row).scalar()
    if made is None:
        raise NameTaken(f"An endpoint is called {values['name']!r} already.")
    log(ctx, "create", str(values["name"]), None, values, who)
    return int(made), secret_of(keys, str(row["key_id"]), str(row["nonce"]))


def change(
    ctx: Moment,
    endpoint_id: int,
    name: str,
    url: str,
    events: Collection[str],
    active: bool,
    *,
    private_hosts: Collection[str] = (),
    who: str,
) -> None:
    """Change an endpoint; what waits for it goes to the new address."""
    old = endpoint(ctx.conn, endpoint_id)
    values = {**_checked(name, url, events, private_hosts), "active": active}
    taken = select(_ENDPOINT.c.id).where(_ENDPOINT.c.name == values["name"], _ENDPOINT.c.id != endpoint_id)
    if ctx.conn.execute(taken).first() is not None:
        raise NameTaken(f"An endpoint is called {values['name']!r} already.")
    before = {field: getattr(old, field) for field in values}
    if before == values:
        return
    if values["name"] != old.name:
        rule_uses.refuse_used(ctx.conn, "endpoint", old.name)
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**values))
    log(ctx, "change", old.name, before, values, who)


def remove(ctx: Moment, endpoint_id: int, *, who: str) -> None:
    """Delete an endpoint: it is called no more, what waits is given up, its calls stay in the log.

    Raises InUse while rules name it. Its name is free again.
    """
    old = endpoint(ctx.conn, endpoint_id)
    rule_uses.refuse_used(ctx.conn, "endpoint", old.name)
    gone = {"name": f"{old.name[: LONGEST_NAME - 24]} · {old.id}", "active": False, "removed_at": ctx.now}
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**gone))
    give_up_waiting(ctx.conn, endpoint_id)
    log(ctx, "remove", old.name, {"url": old.url, "events": old.events}, {}, who)


def give_up_waiting(conn: Connection, endpoint_id: int) -> None:
    """Let what waits for an endpoint wait no more."""
    waits = (_DELIVERY.c.endpoint_id == endpoint_id, _DELIVERY.c.state == WebhookState.WAITING.value)
    conn.execute(update(_DELIVERY).where(*waits).values(state=WebhookState.DEAD.value))


def renew_secret(
    ctx: Moment, keys: Keyring, endpoint_id: int, *, partner_id: int | None = None, who: str
) -> str:
    """Give an endpoint another secret, shown this once; for `OVERLAP` the one before signs too."""
    old = endpoint(ctx.conn, endpoint_id, partner_id=partner_id)
    values = drawn_secret(keys)
    before = {"old_key_id": old.key_id, "old_nonce": old.nonce, "old_until": ctx.now + OVERLAP}
    ctx.conn.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint_id).values(**values, **before))
    log(ctx, "renew_secret", old.name, None, {}, who)
    return secret_of(keys, **values)


def drawn_secret(keys: Keyring) -> dict[str, str]:
    """Draw what a new secret is derived from."""
    return {"key_id": keys.signing_id, "nonce": secrets.token_urlsafe(24)}


def secrets_of(keys: Keyring, row: Row[Any], now: datetime) -> list[str]:
    """Give the secrets that sign a call: the endpoint's, and the one before while both hold.

    KeyError where the shop's key is gone.
    """
    found = [secret_of(keys, row.key_id, row.nonce)]
    if row.old_until is not None and row.old_until > now and row.old_key_id in keys.secrets:
        found.append(secret_of(keys, row.old_key_id, row.old_nonce))
    return found


def secret_of(keys: Keyring, key_id: str, nonce: str) -> str:
    """Give a secret as the owner of its endpoint keeps it; KeyError where the shop's key is gone."""
    return "whsec_" + base64.b64encode(keys.secret(key_id, f"webhook {nonce}")).decode()


def endpoint(conn: Connection, endpoint_id: int, *, partner_id: int | None = None) -> Row[Any]:
    """Give an endpoint of the shop's, or a postback of a partner; else raise NotThere."""
    there = (_ENDPOINT.c.id == endpoint_id, _ENDPOINT.c.removed_at.is_(None))
    mine = _ENDPOINT.c.partner_id.is_not_distinct_from(partner_id)
    row = conn.execute(select(_ENDPOINT).where(*there, mine)).first()
    if row is None:
        raise NotThere("There is no such endpoint.")
    return row


def _checked(
    name: str, url: str, events: Collection[str], private_hosts: Collection[str]
) -> dict[str, object]:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadEndpoint(f"An endpoint has a name of 1 to {LONGEST_NAME} characters.")
    try:
        read_url(url.strip(), private_hosts)
    except ValueError as error:
        raise BadEndpoint(f"This address cannot be called: {error}.") from error
    return {"name": name, "url": url.strip(), "events": [event for event in EVENTS if event in set(events)]}


def log(
    ctx: Moment,
    act: str,
    subject: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    who: str,
) -> None:
    """Log an act on an endpoint."""
    audit.record(
        ctx.conn, who=who, act=act, noun=NOUN, subject=subject, before=before, after=after,
        now=ctx.now,
    )  # fmt: skip
