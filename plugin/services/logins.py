"""Log-ins of our own, for partners without an account in the shop; passwords come hashed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..domain.eligibility import was_partner
from ..domain.person import email_key
from ..models import Contact, Login
from ..models.base import insert_once
from . import attempts, audit, mails
from .context import Context
from .eligibility import bar_of, columns
from .mails import Letter
from .mistakes import NoLogin, TooManyTries
from .tickets import Ticket

_LOGIN = Login.__table__
_CONTACT = Contact.__table__
_MAILS_AT_ONCE = 3
_KIND = "log-in"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A log-in as found by its e-mail address or id. `password` is hashed, None where none is set."""

    contact_id: int
    password: str | None
    generation: int


def open_for(conn: Connection, contact_id: int, *, now: datetime) -> bool:
    """Give a partner without an account in the shop a log-in by e-mail address; repeating changes nothing.

    False where the shop knows the partner, or the address has a log-in already.
    """
    row = conn.execute(select(_CONTACT.c.ref, _CONTACT.c.email_key).where(_CONTACT.c.id == contact_id)).one()
    if row.ref is None and row.email_key is not None:
        values = {"contact_id": contact_id, "email_key": row.email_key, "generation": 1, "serial": 1,
                  "created_at": now}  # fmt: skip
        conn.execute(insert_once(_LOGIN, conn.dialect.name), values)
    return has_one(conn, contact_id)


def has_one(conn: Connection, contact_id: int) -> bool:
    """Say whether a contact has a log-in of our own."""
    return (
        conn.execute(select(_LOGIN.c.contact_id).where(_LOGIN.c.contact_id == contact_id)).first() is not None
    )


def any_there(conn: Connection) -> bool:
    """Say whether anybody has a log-in of our own."""
    return conn.execute(select(_LOGIN.c.contact_id).limit(1)).first() is not None


def _query() -> Any:  # noqa: ANN401 - SQL
    return (
        select(_LOGIN.c.contact_id, _LOGIN.c.password, _LOGIN.c.generation, _LOGIN.c.serial, *columns())
        .join(_CONTACT, _CONTACT.c.id == _LOGIN.c.contact_id)
        .where(_CONTACT.c.erased_at.is_(None))
    )


def by_email(ctx: Context, email: str) -> Account | None:
    """Give the log-in of who is or was a partner, by the e-mail address."""
    return _account(ctx, ctx.conn.execute(_query().where(_LOGIN.c.email_key == email_key(email))).first())


def by_id(ctx: Context, contact_id: int) -> Account | None:
    """Give the log-in of who is or was a partner."""
    return _account(ctx, ctx.conn.execute(_query().where(_LOGIN.c.contact_id == contact_id)).first())


def _account(ctx: Context, row: Row[Any] | None) -> Account | None:
    if row is None or not was_partner(bar_of(row, ctx.now)):
        return None
    return Account(contact_id=row.contact_id, password=row.password, generation=row.generation)


def check_tries(ctx: Context, email: str, client: str | None) -> list[str]:
    """Give the keys under which a failed try is counted; raises TooManyTries for too many.

    Counted by the address on the network and by the account, whether there is such an account or not.
    """
    keys = [attempts.of_address(_KIND, client), attempts.of_account(_KIND, email_key(email))]
    if attempts.most(ctx, keys) >= attempts.MOST:
        raise TooManyTries("Too many tries; wait ten minutes.")
    return keys


def send_link(
    ctx: Context, email: str, letter: Letter, values: Mapping[str, str], client: str | None
) -> None:
    """Send a mail with a link to whom the address belongs; nothing tells whether there was somebody."""
    asked = attempts.of_address("mailed link", client)
    mailed = attempts.of_account("mailed link", email_key(email))
    if attempts.most(ctx, [asked]) >= attempts.MOST:
        raise TooManyTries("Too many tries; wait ten minutes.")
    enough = attempts.most(ctx, [mailed]) >= _MAILS_AT_ONCE
    attempts.count(ctx, [asked, mailed])
    found = by_email(ctx, email)
    if found is not None and not enough:
        mails.put(ctx.conn, letter, found.contact_id, values, now=ctx.now)


def redeem(ctx: Context, ticket: Ticket) -> Account | None:
    """Use a mailed link up, with all others that were sent before; None where it was used already."""
    same = (_LOGIN.c.contact_id == ticket.row_id, _LOGIN.c.serial == ticket.serial)
    used = update(_LOGIN).where(*same).values(serial=_LOGIN.c.serial + 1)
    if ctx.conn.execute(used).rowcount != 1:
        return None
    return by_id(ctx, ticket.row_id)


def is_fresh(ctx: Context, ticket: Ticket) -> bool:
    """Say whether a mailed link was not used yet."""
    same = (_LOGIN.c.contact_id == ticket.row_id, _LOGIN.c.serial == ticket.serial)
    return ctx.conn.execute(select(_LOGIN.c.contact_id).where(*same)).first() is not None


def signed_in(ctx: Context, contact_id: int) -> None:
    """Note when a partner signed in last."""
    ctx.conn.execute(update(_LOGIN).where(_LOGIN.c.contact_id == contact_id).values(last_at=ctx.now))


def set_password(ctx: Context, contact_id: int, hashed: str, *, who: str) -> int:
    """Set a password; all sessions and mailed links end. Gives the generation of new sessions."""
    values = {"password": hashed, "changed_at": ctx.now, "serial": _LOGIN.c.serial + 1}
    generation = _next_generation(ctx.conn, contact_id, values)
    audit.record(ctx.conn, who=who, act="set password", noun="partner", subject=f"#{contact_id}", now=ctx.now)
    return generation


def end_sessions(ctx: Context, contact_id: int) -> int:
    """End all sessions of a partner; gives the generation of new ones."""
    return _next_generation(ctx.conn, contact_id, {})


def _next_generation(conn: Connection, contact_id: int, values: Mapping[str, Any]) -> int:
    changed = (
        update(_LOGIN)
        .where(_LOGIN.c.contact_id == contact_id)
        .values(**values, generation=_LOGIN.c.generation + 1)
        .returning(_LOGIN.c.generation)
    )
    generation = conn.execute(changed).scalar()
    if generation is None:
        raise NoLogin("There is no log-in of ours for this partner.")
    return int(generation)


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the log-in of a person who is erased."""
    conn.execute(delete(_LOGIN).where(_LOGIN.c.contact_id == contact_id))
