"""Referrals of campaigns: a friend's begins with the code of a promoter, before any rule is judged by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, exists, func, select

from ..models import Document, Promoter, Redemption, Referral
from . import contacts, referrals, relations
from .context import Context
from .counting import LIVE
from .kickback_rows import PROMOTERS

_DOCUMENT = Document.__table__
_PROMOTER = Promoter.__table__
_REDEMPTION = Redemption.__table__
_REFERRAL = Referral.__table__
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
    """Give the promoters by whose codes these documents' orders came, where no referral is open yet."""
    order_id = func.coalesce(_DOCUMENT.c.order_id, _DOCUMENT.c.id)
    orders = select(order_id).where(_DOCUMENT.c.id.in_(document_ids))
    uses = and_(_REDEMPTION.c.source == _DOCUMENT.c.source, _REDEMPTION.c.order_ref == _DOCUMENT.c.ref, LIVE)
    friend_id = contacts.id_that_goes_on(_DOCUMENT.c.contact_id)
    started = and_(
        _REFERRAL.c.campaign_id == _PROMOTER.c.campaign_id,
        _REFERRAL.c.friend_id == friend_id,
        _REFERRAL.c.ended_at.is_(None),
    )
    query = (
        PROMOTERS.add_columns(friend_id.label("friend_id"), _DOCUMENT.c.ref.label("order_ref"))
        .join(_REDEMPTION, _REDEMPTION.c.code_id == _PROMOTER.c.code_id)
        .join(_DOCUMENT, uses)
        .where(_DOCUMENT.c.id.in_(orders), _DOCUMENT.c.contact_id.is_not(None), ~exists().where(started))
    )
    return ctx.conn.execute(query.order_by(_DOCUMENT.c.id, _PROMOTER.c.id)).all()
