"""Referrals of campaigns: a friend's begins with the code of a promoter, before any rule is judged by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select

from ..domain.reward import read
from ..models import Document, Promoter, Redemption, Referral, Reward
from . import contacts, referrals, relations
from .context import Context
from .counting import LIVE
from .documents import Paper
from .kickback_rows import PROMOTERS

_DOCUMENT = Document.__table__
_PROMOTER = Promoter.__table__
_REDEMPTION = Redemption.__table__
_REFERRAL = Referral.__table__
_REWARD = Reward.__table__
OWN = "the friend is the sharer"
RING = "the sharer came through the friend"


def refer(
    ctx: Context, promoter: Row[Any], friend_id: int, *, how: str, order_ref: str | None
) -> tuple[int | None, str | None]:
    """Start the referral of a friend; gives it, where it is this sharer's, and why there can be none."""
    relation = relations.between(ctx, promoter.sharer_id, friend_id)
    if relation is relations.Relation.SAME:
        return None, OWN
    started = referrals.start(
        ctx,
        program=referrals.campaign_program(promoter.campaign_id),
        sharer_id=promoter.sharer_id,
        friend_id=friend_id,
        how=how,
        campaign_id=promoter.campaign_id,
        code_id=promoter.code_id,
        order_ref=order_ref,
        flags=("household",) if relation is relations.Relation.HOUSEHOLD else (),
    )
    if started.refused is not None:
        return None, RING
    return (started.id if started.sharer_id == promoter.sharer_id else None), None


def promised(ctx: Context, paper: Paper) -> int:
    """Give what an order promises to promoters, in minor units; a per cent as if it were of this order."""
    used = [code_id for code_id, _code, _terms in paper.sale["coupons"]]
    of_campaigns = any(terms.get("campaign") for _id, _code, terms in paper.sale["coupons"])
    if paper.contact_id is None or not of_campaigns or _is_rewarded(ctx, used):
        return 0
    found = 0
    for promoter in ctx.conn.execute(PROMOTERS.where(_PROMOTER.c.code_id.in_(used))).all():
        terms = None if promoter.kickback is None else read(promoter.kickback)
        if terms is not None and terms.currency in {None, paper.currency}:
            worth = terms.promised_by(paper.lines, prices_include_vat=paper.sale["include_vat"])
            found += 0 if _is_barred(ctx, promoter, paper.contact_id) else worth
    return found


def _is_rewarded(ctx: Context, code_ids: Sequence[int]) -> bool:
    """Say whether one of the codes of an order is itself a reward: it brings no other one."""
    query = select(_REWARD.c.id).where(_REWARD.c.code_id.in_(code_ids))
    return ctx.conn.execute(query.limit(1)).first() is not None


def _is_barred(ctx: Context, promoter: Row[Any], friend_id: int) -> bool:
    """Say whether a promoter can get nothing by this friend: one and the same, or a ring."""
    if relations.between(ctx, promoter.sharer_id, friend_id) is relations.Relation.SAME:
        return True
    program = referrals.campaign_program(promoter.campaign_id)
    return friend_id in referrals.sharers_above(ctx.conn, program, promoter.sharer_id)


def start_of_facts(ctx: Context, facts: Sequence[Mapping[str, Any]]) -> None:
    """Start what orders by promoters' codes start, of all orders that these facts are about.

    Another worker may have the order in hands, from which they start too: the first one does it.
    """
    documents = {fact["document_id"] for fact in facts if fact.get("document_id") is not None}
    missing = _missing(ctx, documents) if documents else ()
    if missing:
        contacts.lock_all(ctx, {one for row in missing for one in (row.sharer_id, row.friend_id)})
    for row in missing:
        refer(ctx, row, row.friend_id, how="code", order_ref=row.order_ref)


def _missing(ctx: Context, document_ids: set[int]) -> Sequence[Row[Any]]:
    """Give the promoters by whose codes these documents' orders came, where no referral has begun by them.

    One that was reset is not begun again by the order that had begun it.
    """
    order_id = func.coalesce(_DOCUMENT.c.order_id, _DOCUMENT.c.id)
    orders = select(order_id).where(_DOCUMENT.c.id.in_(document_ids))
    uses = and_(_REDEMPTION.c.source == _DOCUMENT.c.source, _REDEMPTION.c.order_ref == _DOCUMENT.c.ref, LIVE)
    friend_id = contacts.id_that_goes_on(_DOCUMENT.c.contact_id)
    started = and_(
        _REFERRAL.c.campaign_id == _PROMOTER.c.campaign_id,
        _REFERRAL.c.friend_id == friend_id,
        or_(_REFERRAL.c.ended_at.is_(None), _REFERRAL.c.order_ref == _DOCUMENT.c.ref),
    )
    query = (
        PROMOTERS.add_columns(friend_id.label("friend_id"), _DOCUMENT.c.ref.label("order_ref"))
        .join(_REDEMPTION, _REDEMPTION.c.code_id == _PROMOTER.c.code_id)
        .join(_DOCUMENT, uses)
        .where(_DOCUMENT.c.id.in_(orders), _DOCUMENT.c.contact_id.is_not(None), ~exists().where(started))
    )
    return ctx.conn.execute(query.order_by(_DOCUMENT.c.id, _PROMOTER.c.id)).all()
