"""Decide suspicions: release them, confirm them; say of two people that they belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, func, or_, select, update

from ..domain.suspicion import About, Action, Suspected, SuspicionState
from ..models import AllowedPair, Contact, Suspicion
from ..models.base import insert_once
from . import audit, kickbacks, payout_settings, suspicion_work
from .code_acts import Tally
from .context import Context
from .mistakes import Mistake, NotThere
from .suspicions import Pair, pair_of

_SUSPICION = Suspicion.__table__
_PAIR = AllowedPair.__table__
_CONTACT = Contact.__table__
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Open:
    """How many suspicions are to be decided, and how many of them hold or have reversed something."""

    all: int
    held: int


def count_open(conn: Connection) -> Open:
    """Count what is to be decided."""
    held = case((_SUSPICION.c.action != Action.FLAG.value, 1), else_=0)
    query = select(func.count(), func.coalesce(func.sum(held), 0))
    row = conn.execute(query.where(_SUSPICION.c.state == SuspicionState.OPEN.value)).one()
    return Open(all=int(row[0]), held=int(row[1]))


def release(ctx: Context, numbers: Sequence[int], *, why: str, who: str, allow: bool = False) -> Tally:
    """Let go what suspicions hold or have rejected; `allow` says that the two belong together from now on.

    One that was confirmed can be released, too. Raises Mistake, NotThere.
    """
    return _decide(ctx, numbers, SuspicionState.RELEASED, why, who, allow=allow)


def confirm(ctx: Context, numbers: Sequence[int], *, why: str, who: str) -> Tally:
    """Reject what is earned by the orders; pay nothing out where it is about partners as such.

    Raises Mistake, NotThere.
    """
    return _decide(ctx, numbers, SuspicionState.CONFIRMED, why, who)


def _decide(
    ctx: Context, numbers: Sequence[int], state: SuspicionState, why: str, who: str, *, allow: bool = False
) -> Tally:
    said = _said(why)
    payout_settings.lock(ctx.conn, ctx.now)
    query = select(_SUSPICION.c.id).where(_SUSPICION.c.id.in_(sorted(set(numbers)))).order_by(_SUSPICION.c.id)
    found = list(ctx.conn.execute(query).scalars())
    if len(found) < len(set(numbers)):
        raise NotThere(f"There is no suspicion {min(set(numbers) - set(found))}.")
    changed = sum(_decide_one(ctx, number, state, said, who, allow=allow) for number in found)
    return Tally(changed=changed)


def _said(why: str) -> str:
    said = why.strip()
    if not said:
        raise Mistake("Say why.")
    if len(said) > _LONGEST:
        raise Mistake(f"The reason has at most {_LONGEST} characters.")
    return said


def _decide_one(ctx: Context, number: int, state: SuspicionState, why: str, who: str, *, allow: bool) -> bool:
    row = suspicion_work.get(ctx, number)
    if row.state == state.value:
        return False
    values = {"state": state.value, "why": why, "closed_by": who[:100], "closed_at": ctx.now}
    ctx.conn.execute(update(_SUSPICION).where(_SUSPICION.c.id == number).values(**values))
    released = state is SuspicionState.RELEASED
    if row.about == About.KICKBACK.value:
        kickbacks.follow_suspicion(ctx, row)
    elif row.document_id is not None:
        suspicion_work.suspect(ctx, row, None if released else Suspected.REJECTED)
    elif released:
        suspicion_work.unblock(ctx, row, why, who)
    else:
        suspicion_work.block(ctx, row, who)
    if allow and row.other_id is not None:
        allow_pair(ctx, pair_of(row.partner_id, row.other_id), why=why, who=who)
    suspicion_work.log(ctx, row, "release" if released else "confirm", who, why)
    return True


def allow_pair(ctx: Context, pair: Pair, *, why: str, who: str) -> bool:
    """Say that two contacts belong together and are suspected of nothing; False where it is said already.

    What is open about them stays to be decided. Raises Mistake, NotThere.
    """
    said = _said(why)
    if pair[0] == pair[1]:
        raise Mistake("Name two different contacts.")
    there = select(_CONTACT.c.id).where(_CONTACT.c.id.in_(pair), _CONTACT.c.erased_at.is_(None))
    if len(ctx.conn.execute(there).all()) < len(pair):
        raise NotThere("One of the two contacts does not exist.")
    names = {"low_id": pair[0], "high_id": pair[1]}
    row = {**names, "why": said, "made_by": who[:100], "created_at": ctx.now}
    if not ctx.conn.execute(insert_once(_PAIR, ctx.conn.dialect.name), row).rowcount:
        return False
    _log_pair(ctx, "allow pair", pair, who, said)
    return True


def forbid_pairs(ctx: Context, pairs: Sequence[Pair], *, who: str) -> int:
    """Take back that pairs belong together; give how many were taken back."""
    gone = 0
    for pair in sorted(set(pairs)):
        mine = (_PAIR.c.low_id == pair[0], _PAIR.c.high_id == pair[1])
        if ctx.conn.execute(delete(_PAIR).where(*mine)).rowcount:
            _log_pair(ctx, "forbid pair", pair, who, "")
            gone += 1
    return gone


def _log_pair(ctx: Context, act: str, pair: Pair, who: str, why: str) -> None:
    subject, after = f"#{pair[0]} #{pair[1]}", {"why": why} if why else {}
    audit.record(ctx.conn, who=who, act=act, noun="suspicion", subject=subject, after=after, now=ctx.now)


def forget(ctx: Context, contact_id: int) -> None:
    """Delete what pairs say of somebody who is erased; suspicions stay, they name nobody."""
    ctx.conn.execute(delete(_PAIR).where(or_(_PAIR.c.low_id == contact_id, _PAIR.c.high_id == contact_id)))
