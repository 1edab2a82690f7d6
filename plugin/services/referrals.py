"""Referrals: who came through whom inside one program; started once, reset with their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, literal, select, update

from ..models import Referral, Reward, RewardState
from ..models.base import insert_for_id
from . import outbox, rewards
from .contacts import lock_all
from .context import Context

STARTED = "referral_started"
"""The topic that tells of a new one in the outbox."""
RESET = "referral_reset"
_REFERRAL = Referral.__table__
_REWARD = Reward.__table__
_LONGEST_WHY = 200
_DEEPEST = 50


class Refused(StrEnum):
    """Why nobody was referred."""

    SELF = "self"
    RING = "ring"
    """The sharer came, however far, through the friend."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """The open referral of a friend, new or found; `refused` says why there is none."""

    id: int | None
    sharer_id: int | None = None
    new: bool = False
    refused: Refused | None = None


def campaign_program(campaign_id: int) -> str:
    """Name a campaign as a program."""
    return f"campaign:{campaign_id}"


def start(
    ctx: Context,
    *,
    program: str,
    sharer_id: int,
    friend_id: int,
    how: str,
    campaign_id: int | None = None,
    code_id: int | None = None,
    order_ref: str | None = None,
    flags: Sequence[str] = (),
) -> Started:
    """Start the referral of a friend; one that is open in the program stays, whoever its sharer is."""
    if sharer_id == friend_id:
        return Started(id=None, refused=Refused.SELF)
    lock_all(ctx, [sharer_id, friend_id])
    if friend_id in sharers_above(ctx.conn, program, sharer_id):
        return Started(id=None, refused=Refused.RING)
    values = {
        "program": program, "campaign_id": campaign_id, "sharer_id": sharer_id, "friend_id": friend_id,
        "how": how, "code_id": code_id, "order_ref": order_ref, "flags": list(flags),
        "started_at": ctx.now, "why_ended": "",
    }  # fmt: skip
    made = ctx.conn.execute(insert_for_id(_REFERRAL, ctx.conn.dialect.name), values).scalar()
    if made is None:
        return _found(ctx.conn, friend_id, program)
    told = {"referral_id": made, "program": program, "sharer_id": sharer_id, "friend_id": friend_id}
    outbox.put(ctx.conn, STARTED, told, now=ctx.now)
    return Started(id=made, sharer_id=sharer_id, new=True)


def _found(conn: Connection, friend_id: int, program: str) -> Started:
    row = open_of(conn, friend_id, program)
    if row is None:
        raise LookupError(f"the open referral of contact {friend_id} in {program} vanished")
    return Started(id=row.id, sharer_id=row.sharer_id)


def sharers_above(conn: Connection, program: str, contact_id: int) -> set[int]:
    """Give all through whom somebody came, nearest first however far, also by referrals that were reset."""
    mine = _REFERRAL.c.program == bindparam("of_program")
    first = select(_REFERRAL.c.sharer_id, literal(1).label("height")).where(
        mine, _REFERRAL.c.friend_id == bindparam("of_friend")
    )
    above = first.cte("above", recursive=True)
    higher = select(_REFERRAL.c.sharer_id, above.c.height + 1).where(
        mine, _REFERRAL.c.friend_id == above.c.sharer_id, above.c.height < _DEEPEST
    )
    found = above.union(higher)
    values = {"of_program": program, "of_friend": contact_id}
    return set(conn.execute(select(found.c.sharer_id), values).scalars())


def open_of(conn: Connection, friend_id: int, program: str) -> Row[Any] | None:
    """Give the open referral of a friend in a program, or None."""
    mine = (_REFERRAL.c.friend_id == friend_id, _REFERRAL.c.program == program)
    query = select(_REFERRAL).where(*mine, _REFERRAL.c.ended_at.is_(None))
    return conn.execute(query).one_or_none()


def open_ones(conn: Connection, friend_id: int) -> list[Row[Any]]:
    """Give the open referrals of a friend in all programs, oldest first."""
    query = select(_REFERRAL).where(_REFERRAL.c.friend_id == friend_id, _REFERRAL.c.ended_at.is_(None))
    return list(conn.execute(query.order_by(_REFERRAL.c.id)))


def reset(ctx: Context, referral_id: int, *, why: str, cancel_unused: bool = False) -> bool:
    """Close a referral with its counts, so that a new one may start; False where it is closed already.

    With `cancel_unused` its rewards that were not used are withdrawn. Nobody's sponsor changes.
    """
    if cancel_unused:
        _cancel_unused(ctx, referral_id, why)
    closed = (
        update(_REFERRAL)
        .where(_REFERRAL.c.id == referral_id, _REFERRAL.c.ended_at.is_(None))
        .values(ended_at=ctx.now, why_ended=why[:_LONGEST_WHY], counts=dict(counts(ctx.conn, referral_id)))
    )
    if ctx.conn.execute(closed).rowcount != 1:
        return False
    outbox.put(ctx.conn, RESET, {"referral_id": referral_id}, now=ctx.now)
    return True


def _cancel_unused(ctx: Context, referral_id: int, why: str) -> None:
    unused = (RewardState.PENDING.value, RewardState.ACTIVE.value)
    query = select(_REWARD.c.id).where(_REWARD.c.referral_id == referral_id, _REWARD.c.state.in_(unused))
    for reward_id in ctx.conn.execute(query.order_by(_REWARD.c.id)).scalars().all():
        rewards.cancel(ctx, reward_id, why=why)


def counts(conn: Connection, referral_id: int) -> Mapping[str, int]:
    """Give how many rewards of a referral stand at which state."""
    query = select(_REWARD.c.state, func.count()).where(_REWARD.c.referral_id == referral_id)
    return {row[0]: row[1] for row in conn.execute(query.group_by(_REWARD.c.state))}
