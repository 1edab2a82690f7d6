"""Look at who shares a code and is rewarded for a friend's order: are the two one, or of one household."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from ..domain.suspicion import OF_ORDERS, About, Action, Suspected, SuspicionState, told
from ..models import Suspicion
from ..models.base import insert_for_id
from . import suspicion_policy, suspicion_work, traits
from .context import Context
from .documents import Paper
from .suspicions import allowed_among, pair_of

SUSPECTED = "the friend may be the sharer"
"""Why a reward was withdrawn."""
_SUSPICION = Suspicion.__table__


def about(order_id: int, code_id: int) -> str:
    """Name what a suspicion about a kickback is about."""
    return f"kickback {order_id} {code_id}"


def standing(ctx: Context, order_id: int, code_id: int) -> Suspected | None:
    """Say what a suspicion does to the kickback for an order by a code."""
    query = select(_SUSPICION.c.state, _SUSPICION.c.action)
    row = ctx.conn.execute(query.where(_SUSPICION.c.once == about(order_id, code_id))).first()
    return None if row is None else follows(row.state, row.action)


def follows(state: str, action: str) -> Suspected | None:
    """Say what a suspicion does by its state and by what was done at once."""
    if state == SuspicionState.OPEN.value:
        return {Action.HOLD.value: Suspected.HELD, Action.REJECT.value: Suspected.REJECTED}.get(action)
    return Suspected.REJECTED if state == SuspicionState.CONFIRMED.value else None


def look(ctx: Context, promoter: Row[Any], order: Paper, friend_id: int) -> None:
    """Compare a sharer with a friend, before the kickback for the friend's order is given; keep what is seen.

    Who is plainly one and the same gets none anyway and is not asked about.
    """
    sharer_id = promoter.sharer_id
    if pair_of(sharer_id, friend_id) in allowed_among(ctx, [sharer_id]):
        return
    known = traits.note(ctx, [sharer_id, friend_id])
    common = {kind for kind, _hash in known[sharer_id] & known[friend_id]}
    campaigns, policies = (order.plan or {}).get("campaigns", ()), suspicion_policy.load(ctx.conn)
    signals = suspicion_policy.counted(
        policies, told(signal for signal in common if signal in OF_ORDERS), campaigns
    )
    if not signals:
        return
    action = suspicion_policy.action_for(policies, signals, campaigns)
    row = {
        "about": About.KICKBACK.value,
        "once": about(order.id, promoter.code_id),
        "partner_id": sharer_id,
        "other_id": friend_id,
        "document_id": order.id,
        "signals": [signal.value for signal in signals],
        "figures": {},
        "action": action.value,
        "state": SuspicionState.OPEN.value,
        "opened_at": ctx.now,
    }
    number = ctx.conn.execute(insert_for_id(_SUSPICION, ctx.conn.dialect.name), row).scalar()
    if number is not None and action is not Action.FLAG:
        suspicion_work.log(ctx, suspicion_work.get(ctx, number), action.value, suspicion_work.WHO, "")
