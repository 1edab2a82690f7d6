"""What merging doubles does to codes that are passed on, referrals and rewards: they go on too."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, exists, or_, select, update

from ..models import Promoter, Referral, Reward

_PROMOTER = Promoter.__table__
_REFERRAL = Referral.__table__
_REWARD = Reward.__table__
_MERGED = "merged"


def move(conn: Connection, loser_id: int, winner_id: int, *, now: datetime) -> None:
    """Let the one that goes on have them; of two open referrals in one program its own stays."""
    other = _PROMOTER.alias()
    same = exists().where(other.c.contact_id == winner_id, other.c.campaign_id == _PROMOTER.c.campaign_id)
    mine = and_(_PROMOTER.c.contact_id == loser_id, ~same)
    conn.execute(update(_PROMOTER).where(mine).values(contact_id=winner_id))
    for column in (_REWARD.c.contact_id, _REWARD.c.friend_id):
        conn.execute(update(_REWARD).where(column == loser_id).values({column: winner_id}))
    _end_doubles(conn, loser_id, winner_id, now)
    _move_referrals(conn, loser_id, winner_id)


def _end_doubles(conn: Connection, loser_id: int, winner_id: int, now: datetime) -> None:
    """Close what would be a referral of oneself, or a second open one of the same friend."""
    other = _REFERRAL.alias()
    second = exists().where(
        other.c.friend_id == winner_id, other.c.program == _REFERRAL.c.program, other.c.ended_at.is_(None)
    )
    both = (loser_id, winner_id)
    own = and_(_REFERRAL.c.sharer_id.in_(both), _REFERRAL.c.friend_id.in_(both))
    gone = or_(own, and_(_REFERRAL.c.friend_id == loser_id, second))
    ended = update(_REFERRAL).where(gone, _REFERRAL.c.ended_at.is_(None))
    conn.execute(ended.values(ended_at=now, why_ended=_MERGED))


def _move_referrals(conn: Connection, loser_id: int, winner_id: int) -> None:
    both = (loser_id, winner_id)
    own = and_(_REFERRAL.c.sharer_id.in_(both), _REFERRAL.c.friend_id.in_(both))
    stays = select(_REFERRAL.c.id).where(own)
    for column in (_REFERRAL.c.sharer_id, _REFERRAL.c.friend_id):
        mine = and_(column == loser_id, _REFERRAL.c.id.not_in(stays))
        conn.execute(update(_REFERRAL).where(mine).values({column: winner_id}))
