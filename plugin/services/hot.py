"""Partners whose balances are spread over shards: marking them, and finding those who need it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, Select, cast, delete, distinct, extract, func, select, update

from ..models import Balance, Contact, Posting
from . import audit
from .address_book import get_contact
from .ledger import Account, add_to_accounts
from .mistakes import NoPartner

BUSY = 1_000
"""Calls a minute that post to one partner, from which on they often wait for each other."""
_A_DAY = timedelta(days=1)
_BALANCE = Balance.__table__
_CONTACT = Contact.__table__
_POSTING = Posting.__table__


@dataclass(frozen=True, kw_only=True)
class Busy:
    """A partner in one row, and how many calls have posted in the busiest minute."""

    partner_id: int
    ref: str | None
    most: int


def heat(conn: Connection, partner_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Let balances of a partner be spread from now on; False where they are. Raises NoPartner."""
    row = get_contact(conn, partner_id, lock=True)
    if row.partner_since is None:
        raise NoPartner("Only balances of somebody who is or was a partner can be spread.")
    if row.hot:
        return False
    _mark(conn, partner_id, True, why=why, who=who, now=now)
    return True


def cool(conn: Connection, partner_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Bring the balances of a partner together again; False where they are.

    The lock on the contact waits for whoever is posting to it: all of them refer to its row. Whoever posts
    later finds it cool.
    """
    if not get_contact(conn, partner_id, lock=True).hot:
        return False
    _mark(conn, partner_id, False, why=why, who=who, now=now)
    _fold(conn, partner_id)
    return True


def _mark(conn: Connection, partner_id: int, hot: bool, *, why: str, who: str, now: datetime) -> None:
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == partner_id).values(hot=hot))
    act = "spread balances" if hot else "fold balances"
    said = {"why": why.strip()[:200]}
    audit.record(conn, who=who, act=act, noun="contact", subject=str(partner_id), after=said, now=now)


def _fold(conn: Connection, partner_id: int) -> None:
    mine = _BALANCE.c.partner_id == partner_id
    order = (_BALANCE.c.kind, _BALANCE.c.currency, _BALANCE.c.shard)
    more: dict[Account, int] = defaultdict(int)
    for row in conn.execute(select(_BALANCE).where(mine).order_by(*order).with_for_update()):
        if row.shard > 0:
            more[partner_id, row.kind, row.currency] += row.amount
    if not more:
        return
    conn.execute(delete(_BALANCE).where(mine, _BALANCE.c.shard > 0))
    add_to_accounts(conn, more)


def busiest_minute(conn: Connection, partner_id: int, *, now: datetime) -> int:
    """Give how many calls have posted to a partner in the busiest minute of the last day."""
    per_minute = _per_minute(now).where(_POSTING.c.partner_id == partner_id).subquery()
    return conn.execute(select(func.max(per_minute.c.calls))).scalar() or 0


def busy(conn: Connection, *, now: datetime) -> list[Busy]:
    """Give the partners in one row who were posted to very often, the busiest first."""
    per_minute = _per_minute(now).having(_CALLS >= BUSY).subquery()
    most = func.max(per_minute.c.calls)
    query = (
        select(_CONTACT.c.id, _CONTACT.c.ref, most.label("most"))
        .join(per_minute, per_minute.c.partner_id == _CONTACT.c.id)
        .where(_CONTACT.c.hot.is_(False))
        .group_by(_CONTACT.c.id, _CONTACT.c.ref)
        .order_by(most.desc(), _CONTACT.c.id)
    )
    return [Busy(partner_id=row.id, ref=row.ref, most=row.most) for row in conn.execute(query)]


_CALLS = func.count(distinct(_POSTING.c.call_id))


def _per_minute(now: datetime) -> Select[tuple[int, int]]:
    minute = cast(extract("epoch", _POSTING.c.at), BigInteger) // 60
    return (
        select(_POSTING.c.partner_id, _CALLS.label("calls"))
        .where(_POSTING.c.at > now - _A_DAY)
        .group_by(_POSTING.c.partner_id, minute)
    )
