"""Kickbacks: what a promoter gets when friends buy or a way of sharing is proven, as the orders stand now.

Everything is worked out anew from what the documents say, so that facts may come in any order and twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, select, update

from ..domain.reward import RewardTerms, read
from ..domain.suspicion import Suspected
from ..models import (
    Code,
    Document,
    Promoter,
    Redemption,
    Reward,
    RewardState,
    Share,
    ShareAct,
)
from . import contacts, kickback_suspicions, referrals, rewards, standing
from .campaign_referrals import refer
from .context import Context
from .kickback_rows import (
    PROMOTERS,
    codes_used,
    find_order,
    is_used,
    order_of,
    paid_by_reward,
    promoters_of_friends,
)
from .kickback_suspicions import SUSPECTED
from .rewards import Cause
from .standing import Standing

CYCLE = "a reward paid for the referred order"
RETURNED = "returned"
OWN_RETURNED = "own order returned"
_CODE = Code.__table__
_DOCUMENT = Document.__table__
_PROMOTER = Promoter.__table__
_REDEMPTION = Redemption.__table__
_REWARD = Reward.__table__
_SHARE = Share.__table__
_ACT = ShareAct.__table__


def follow_document(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Let referrals and rewards follow an order, as its buyer's friends and sharers see it."""
    order = order_of(ctx, payload["document_id"])
    codes = codes_used(ctx, order)
    rewarded = select(_REWARD.c.code_id).where(_REWARD.c.code_id.in_(codes)).order_by(_REWARD.c.code_id)
    for code_id in ctx.conn.execute(rewarded).scalars().all():
        rewards.follow_code(ctx, code_id)
    for promoter in promoters_of_friends(ctx, order, codes):
        _review_orders(ctx, promoter, [order.id])
    yielded = PROMOTERS.join(_SHARE, _SHARE.c.promoter_id == _PROMOTER.c.id)
    for promoter in ctx.conn.execute(yielded.where(_SHARE.c.document_id == order.id)).all():
        review(ctx, promoter.id)


def follow_sign_up(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Start the referral of somebody who has signed up with a promoter's code."""
    if payload.get("code_id") is None:
        return
    query = PROMOTERS.where(_PROMOTER.c.code_id == payload["code_id"])
    promoter = ctx.conn.execute(query).one_or_none()
    if promoter is not None:
        refer(ctx, promoter, payload["contact_id"], how="sign-up", order_ref=None)


def follow_visit(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Start the referral of somebody known who came by a promoter's link."""
    promoter = ctx.conn.execute(PROMOTERS.where(_PROMOTER.c.id == payload["promoter_id"])).one()
    if (
        referrals.open_of(ctx.conn, payload["contact_id"], referrals.campaign_program(promoter.campaign_id))
        is None
    ):
        refer(ctx, promoter, payload["contact_id"], how="link", order_ref=None)


def follow_proof(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Give a promoter what is promised for a way of sharing that was proven."""
    _review_shares(ctx, ctx.conn.execute(PROMOTERS.where(_PROMOTER.c.id == payload["promoter_id"])).one())


def follow_release(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Let the reward of a code whose use was given back stand where it now stands."""
    rewards.follow_code(ctx, payload["code_id"])


def follow_suspicion(ctx: Context, suspicion: Row[Any]) -> None:
    """Let the kickback for an order stand where the decision about a suspicion lets it."""
    order = order_of(ctx, suspicion.document_id)
    for promoter in promoters_of_friends(ctx, order, codes_used(ctx, order)):
        if suspicion.once == kickback_suspicions.about(order.id, promoter.code_id):
            _review_orders(ctx, promoter, [order.id])


def review(ctx: Context, promoter_id: int) -> None:
    """Work out anew what a promoter gets: for every order of a friend, and for every proven way."""
    promoter = ctx.conn.execute(PROMOTERS.where(_PROMOTER.c.id == promoter_id)).one()
    order = and_(
        _DOCUMENT.c.source == _REDEMPTION.c.source,
        _DOCUMENT.c.kind == "order",
        _DOCUMENT.c.ref == _REDEMPTION.c.order_ref,
    )
    query = select(_DOCUMENT.c.id).join(_REDEMPTION, order).where(_REDEMPTION.c.code_id == promoter.code_id)
    order_ids = sorted(set(ctx.conn.execute(query).scalars()))
    _review_orders(ctx, promoter, order_ids)
    _review_shares(ctx, promoter)


def activate_due(ctx: Context, *, limit: int = 20) -> int:
    """Activate the rewards that are due, after a last look at their orders; gives how many were looked at.

    While its order is disputed a reward waits for another day.
    """
    pending = (_REWARD.c.state == RewardState.PENDING.value, _REWARD.c.due_at <= ctx.now)
    query = select(_REWARD).where(*pending).order_by(_REWARD.c.contact_id, _REWARD.c.id).limit(limit)
    rows = ctx.conn.execute(query).all()
    for row in rows:
        found = None if row.order_ref is None else find_order(ctx, row.source, row.order_ref)
        if found is not None and row.campaign_id is not None:
            follow_document(ctx, {"document_id": found.id})
        if found is not None and found.disputed_at is not None:
            later = update(_REWARD).where(_REWARD.c.id == row.id, _REWARD.c.due_at == row.due_at)
            ctx.conn.execute(later.values(due_at=ctx.now + timedelta(days=1)))
        else:
            rewards.activate(ctx, row.id)
    return len(rows)


def _review_orders(ctx: Context, promoter: Row[Any], order_ids: Sequence[int]) -> None:
    buyers = select(contacts.id_that_goes_on(_DOCUMENT.c.contact_id))
    known = buyers.where(_DOCUMENT.c.id.in_(order_ids), _DOCUMENT.c.contact_id.is_not(None))
    contacts.lock_all(ctx, [promoter.sharer_id, *ctx.conn.execute(known).scalars()])
    backed = _backed_since(ctx, promoter)
    for order_id in order_ids:
        sale = standing.of_order(ctx, order_id)
        if sale.paper.contact_id is not None:
            _review_order(ctx, promoter, sale, backed)


def _review_order(ctx: Context, promoter: Row[Any], sale: Standing, backed: datetime | None) -> None:
    """Give, or take back, the kickback for one order of a friend."""
    order = sale.paper
    friend_id = contacts.going_on(ctx, order.contact_id)
    referral_id, refused = refer(ctx, promoter, friend_id, how="code", order_ref=order.ref)
    if promoter.kickback is None:
        return
    cause = Cause(
        key=f"kickback:{order.id}:{promoter.code_id}", campaign_id=promoter.campaign_id,
        referral_id=referral_id, friend_id=friend_id, source=order.source, order_ref=order.ref,
    )  # fmt: skip
    refused = refused or (CYCLE if paid_by_reward(ctx, order) else None)
    used = is_used(ctx, promoter.code_id, order)
    known = rewards.find(ctx.conn, cause.key)
    if sale.holds and used and backed is not None:
        assert sale.paid_at is not None
        due_at = max(sale.paid_at + timedelta(days=promoter.hold_days), backed)
        if known is None and refused is None:
            kickback_suspicions.look(ctx, promoter, order, friend_id)
        suspected = kickback_suspicions.standing(ctx, order.id, promoter.code_id)
        refused = refused or (SUSPECTED if suspected is Suspected.REJECTED else None)
        held = suspected is Suspected.HELD
        _give(ctx, promoter, cause, None if held else due_at, refused)
    elif known is not None:
        rewards.withdraw(ctx, known.id, why=RETURNED if backed is not None else OWN_RETURNED)


def _give(
    ctx: Context, promoter: Row[Any], cause: Cause, due_at: datetime | None, refused: str | None
) -> None:
    """Give a kickback that is promised, from a moment on (None: it is held), or keep why there is none."""
    terms: RewardTerms = read(promoter.kickback)
    if refused is not None:
        rewards.refuse(ctx, promoter.sharer_id, terms, cause, why=refused)
        return
    issued = rewards.issue(ctx, promoter.sharer_id, terms, cause, due_at=due_at)
    if not issued.new and due_at is not None:
        rewards.let_go(ctx, issued.id, due_at, withdrawn_for=SUSPECTED)


def _review_shares(ctx: Context, promoter: Row[Any]) -> None:
    """Give, or take back, what is promised for proven ways of sharing, step by step."""
    contacts.lock_all(ctx, [promoter.sharer_id])
    backed = _backed_since(ctx, promoter)
    proven = select(func.count()).where(_ACT.c.promoter_id == promoter.id, _ACT.c.proved_at.is_not(None))
    count = ctx.conn.execute(proven).scalar_one()
    for step, packed in enumerate(promoter.share_steps[:count], start=1):
        cause = Cause(key=f"share:{promoter.id}:{step}", campaign_id=promoter.campaign_id)
        known = rewards.find(ctx.conn, cause.key)
        if backed is not None:
            due_at = backed + timedelta(days=promoter.hold_days)
            rewards.issue(ctx, promoter.sharer_id, read(packed), cause, due_at=due_at)
        elif known is not None:
            rewards.withdraw(ctx, known.id, why=OWN_RETURNED)


def _backed_since(ctx: Context, promoter: Row[Any]) -> datetime | None:
    """Give since when an order of the sharer's own backs the code; None: none is paid and kept."""
    query = select(_SHARE.c.document_id).where(_SHARE.c.promoter_id == promoter.id).order_by(_SHARE.c.id)
    sales = [standing.of_order(ctx, order_id) for order_id in ctx.conn.execute(query).scalars().all()]
    return min((sale.paid_at for sale in sales if sale.holds and sale.paid_at is not None), default=None)
