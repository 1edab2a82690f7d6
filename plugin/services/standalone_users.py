"""Who runs the standalone app: made, given roles, switched off; passwords come hashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..domain.mail import mailbox
from ..domain.person import email_key
from ..domain.roles import Role
from ..models import StandaloneUser
from ..models.base import insert_for_id
from . import attempts, audit, mails, tickets
from .context import Context, Keyring, Moment
from .mistakes import BadUser, NotThere, TooManyTries
from .tickets import LIFE, Purpose, Ticket

ROLES = tuple(role.value for role in Role)
OWNER = Role.OWNER.value
LONGEST_NAME = 100
_MAILS_AT_ONCE = 3
_KIND = "admin log-in"
_USER = StandaloneUser.__table__


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Somebody who is to have a log-in."""

    email: str
    name: str
    role: str


def add(ctx: Moment, wanted: Wanted, *, password: str | None = None, who: str) -> int:
    """Make a log-in, with a password or without; give its id. Raises BadUser."""
    values = _checked(wanted)
    row = {**values, "password": password, "generation": 1, "serial": 1, "created_at": ctx.now}
    made = ctx.conn.execute(insert_for_id(_USER, ctx.conn.dialect.name), row).scalar()
    if made is None:
        raise BadUser("taken", f"There is a log-in of {values['email']} already.")
    after = {"name": values["name"], "role": values["role"]}
    _log(ctx, "create", str(values["email"]), None, after, who)
    return int(made)


def _checked(wanted: Wanted) -> dict[str, object]:
    name = " ".join(wanted.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadUser("name", f"A name has 1 to {LONGEST_NAME} characters.")
    if wanted.role not in ROLES:
        raise BadUser("role", f"A role is one of {', '.join(ROLES)}.")
    try:
        email = mailbox(wanted.email).address
    except ValueError as error:
        raise BadUser("email", f"This is no e-mail address: {error}.") from error
    return {"email": email, "email_key": email_key(email), "name": name, "role": wanted.role}


def every(conn: Connection) -> list[Row[Any]]:
    """Give all log-ins by their names."""
    return list(conn.execute(select(_USER).order_by(_USER.c.name, _USER.c.id)))


def any_there(conn: Connection) -> bool:
    """Say whether anybody has a log-in."""
    return conn.execute(select(_USER.c.id).limit(1)).first() is not None


def get(conn: Connection, user_id: int) -> Row[Any]:
    """Give a log-in, or raise NotThere."""
    row = conn.execute(select(_USER).where(_USER.c.id == user_id)).first()
    if row is None:
        raise NotThere("There is no such log-in.")
    return row


def by_email(conn: Connection, email: str) -> Row[Any]:
    """Give the log-in of an address, or raise NotThere."""
    row = conn.execute(select(_USER).where(_USER.c.email_key == email_key(email))).first()
    if row is None:
        raise NotThere(f"There is no log-in of {email!r}.")
    return row


def active(conn: Connection, email: str) -> Row[Any] | None:
    """Give the log-in of an address that may sign in, None where there is none."""
    mine = (_USER.c.email_key == email_key(email), _USER.c.disabled_at.is_(None))
    return conn.execute(select(_USER).where(*mine)).first()


def of_session(conn: Connection, user_id: int, generation: int) -> Row[Any] | None:
    """Give who is signed in, None where the session has ended."""
    mine = (_USER.c.id == user_id, _USER.c.generation == generation, _USER.c.disabled_at.is_(None))
    return conn.execute(select(_USER).where(*mine)).first()


def check_tries(ctx: Context, email: str, client: str | None) -> list[str]:
    """Give the keys under which a failed try is counted; raises TooManyTries for too many.

    Counted by the address on the network and by the name, whether there is such a log-in or not.
    """
    keys = [attempts.of_address(_KIND, client), attempts.of_account(_KIND, email_key(email))]
    if attempts.most(ctx, keys) >= attempts.MOST:
        raise TooManyTries("Too many tries; wait ten minutes.")
    return keys


def signed_in(ctx: Moment, user_id: int) -> None:
    """Note when somebody signed in last."""
    ctx.conn.execute(update(_USER).where(_USER.c.id == user_id).values(last_at=ctx.now))


def set_password(ctx: Moment, user_id: int, hashed: str, *, who: str) -> int:
    """Set a password; all sessions and links end. Gives the generation of new sessions."""
    return _set(ctx, user_id, {"password": hashed, "serial": _USER.c.serial + 1}, "set password", who)


def end_sessions(ctx: Moment, user_id: int) -> None:
    """End all sessions of somebody."""
    ended = update(_USER).where(_USER.c.id == user_id)
    ctx.conn.execute(ended.values(generation=_USER.c.generation + 1))


def set_role(ctx: Moment, user_id: int, role: str, *, who: str) -> None:
    """Give somebody another role. Raises BadUser for the last owner."""
    if role not in ROLES:
        raise BadUser("role", f"A role is one of {', '.join(ROLES)}.")
    _keep_an_owner(ctx, user_id, stays=role == OWNER)
    old = get(ctx.conn, user_id)
    if old.role != role:
        ctx.conn.execute(update(_USER).where(_USER.c.id == user_id).values(role=role))
        _log(ctx, "change", old.email, {"role": old.role}, {"role": role}, who)


def disable(ctx: Moment, user_id: int, *, who: str) -> None:
    """Switch a log-in off, which ends its sessions and links. Raises BadUser for the last owner."""
    _keep_an_owner(ctx, user_id, stays=False)
    if get(ctx.conn, user_id).disabled_at is None:
        _set(ctx, user_id, {"disabled_at": ctx.now, "serial": _USER.c.serial + 1}, "switch off", who)


def enable(ctx: Moment, user_id: int, *, who: str) -> None:
    """Switch a log-in on again."""
    if get(ctx.conn, user_id).disabled_at is not None:
        _set(ctx, user_id, {"disabled_at": None}, "switch on", who)


def _keep_an_owner(ctx: Moment, user_id: int, *, stays: bool) -> None:
    """Refuse an act that would leave nobody in charge; the rows of all owners wait for each other."""
    owners = select(_USER.c.id).where(_USER.c.role == OWNER, _USER.c.disabled_at.is_(None))
    found = list(ctx.conn.execute(owners.order_by(_USER.c.id).with_for_update()).scalars())
    if not stays and found == [user_id]:
        raise BadUser("last owner", "This is the only owner who can sign in: make another one first.")


def send_link(ctx: Context, email: str, link: str, client: str | None) -> None:
    """Send a mail with a link that sets the password; nothing tells whether there was somebody."""
    asked = attempts.of_address("admin mailed link", client)
    mailed = attempts.of_account("admin mailed link", email_key(email))
    if attempts.most(ctx, [asked]) >= attempts.MOST:
        raise TooManyTries("Too many tries; wait ten minutes.")
    enough = attempts.most(ctx, [mailed]) >= _MAILS_AT_ONCE
    attempts.count(ctx, [asked, mailed])
    found = active(ctx.conn, email)
    if found is not None and not enough:
        mails.put_to_user(ctx.conn, found.id, {"link": link}, now=ctx.now)


def ticket_for(ctx: Moment, keys: Keyring, user_id: int) -> str:
    """Give the ticket of a link by which somebody sets the password, once, within a day."""
    serial, until = get(ctx.conn, user_id).serial, ctx.now + LIFE[Purpose.USER]
    return tickets.sign(keys, Ticket(purpose=Purpose.USER, row_id=user_id, serial=serial, until=until))


def of_ticket(ctx: Context, text: str) -> Row[Any] | None:
    """Give whose password a ticket sets; None for one that was used, is over, or is none."""
    found = tickets.read(ctx.keys, text, Purpose.USER, ctx.now)
    if found is None:
        return None
    mine = (_USER.c.id == found.row_id, _USER.c.serial == found.serial, _USER.c.disabled_at.is_(None))
    return ctx.conn.execute(select(_USER).where(*mine).with_for_update()).first()


def _set(ctx: Moment, user_id: int, values: dict[str, object], act: str, who: str) -> int:
    """Change what a log-in is let in by; its sessions end. Gives the generation of new ones."""
    changed = update(_USER).where(_USER.c.id == user_id)
    changed = changed.values(**values, generation=_USER.c.generation + 1)
    row = ctx.conn.execute(changed.returning(_USER.c.generation, _USER.c.email)).first()
    if row is None:
        raise NotThere("There is no such log-in.")
    _log(ctx, act, row.email, None, None, who)
    return int(row.generation)


def _log(
    ctx: Moment,
    act: str,
    email: str,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
    who: str,
) -> None:
    audit.record(
        ctx.conn, who=who, act=act, noun="user", subject=email, before=before, after=after, now=ctx.now
    )
