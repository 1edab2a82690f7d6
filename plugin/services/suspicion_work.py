"""What suspicions do to money, and take back: commissions held or rejected, payouts stopped."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select

from ..domain.suspicion import Action, Suspected, SuspicionState
from ..models import PayoutBlock, Suspicion
from . import audit, dispute_holds, documents, earnings, inbox, outbox, parts, payout_details
from .context import Context
from .documents import Paper

_SUSPICION = Suspicion.__table__
_BLOCK = PayoutBlock.__table__
WHO = "suspicion"
"""Who signs what is done at once."""


def begin(ctx: Context, number: int, action: Action) -> None:
    """Do at once what the policy says about a new suspicion."""
    row = get(ctx, number)
    if action is Action.FLAG:
        return
    if row.document_id is None:
        block(ctx, row, WHO)
    else:
        suspect(ctx, row, Suspected.HELD if action is Action.HOLD else Suspected.REJECTED)
    log(ctx, row, action.value, WHO, "")


def get(ctx: Context, number: int) -> Row[Any]:
    """Give a suspicion, locked."""
    return ctx.conn.execute(select(_SUSPICION).where(_SUSPICION.c.id == number).with_for_update()).one()


def suspect(ctx: Context, row: Row[Any], how: Suspected | None) -> None:
    """Hold or reject what a partner earns by an order, or (None) let it be; postings follow."""
    papers = parts.around(ctx, documents.get(ctx, row.document_id))
    was = papers[0].suspected(row.partner_id)
    if was is how:
        return
    for paper in papers:
        _mark(paper, row.partner_id, how)
    if Suspected.REJECTED in {was, how}:
        _post(ctx, row, papers)
    for paper in papers:
        paper.save(ctx)
    ids = [paper.id for paper in papers]
    dispute_holds.let_go(ctx, ids)
    if how is Suspected.HELD:
        dispute_holds.hold(ctx, ids, uuid.uuid4().hex, kind="suspicion")


def _mark(paper: Paper, partner_id: int, how: Suspected | None) -> None:
    others = {key: said for key, said in (paper.suspects or {}).items() if key != str(partner_id)}
    marked = others if how is None else {**others, str(partner_id): how.value}
    paper.set(suspects=marked or None)


def _post(ctx: Context, row: Row[Any], papers: Sequence[Paper]) -> None:
    """Post what follows from a rejection, or from one that was taken back."""
    told = replace(ctx, told_by=inbox.ADMIN)
    about = {"suspicion": row.id}
    call = inbox.record(told, "suspicion_posted", uuid.uuid4().hex, about, document_id=papers[0].id)
    parts.divide(papers)
    earnings.earn(ctx, papers, call.id, paid_at=papers[0].paid_at)
    outbox.flush(ctx)


def block(ctx: Context, row: Row[Any], who: str) -> None:
    """Pay nothing out to a partner; a block that is there already stays."""
    payout_details.block(ctx.conn, row.partner_id, why=f"Suspicion {row.id}", who=who, now=ctx.now)


def unblock(ctx: Context, row: Row[Any], why: str, who: str) -> None:
    """Lift the block of a suspicion, unless another one still stops payouts to the partner."""
    mine = select(_BLOCK.c.why).where(_BLOCK.c.contact_id == row.partner_id)
    said = ctx.conn.execute(mine).scalar()
    if said is None or not said.startswith("Suspicion "):
        return
    stops = select(_SUSPICION.c.id).where(
        _SUSPICION.c.partner_id == row.partner_id,
        _SUSPICION.c.id != row.id,
        _SUSPICION.c.document_id.is_(None),
        (_SUSPICION.c.state == SuspicionState.CONFIRMED.value)
        | ((_SUSPICION.c.state == SuspicionState.OPEN.value) & (_SUSPICION.c.action == Action.HOLD.value)),
    )
    if ctx.conn.execute(stops.limit(1)).first() is None:
        payout_details.unblock(ctx.conn, row.partner_id, why=why, who=who, now=ctx.now)


def log(ctx: Context, row: Row[Any], act: str, who: str, why: str) -> None:
    """Write an act about a suspicion into the audit log."""
    subject, after = str(row.id), {"why": why} if why else {}
    act = f"{act} suspicion"
    audit.record(ctx.conn, who=who, act=act, noun="suspicion", subject=subject, after=after, now=ctx.now)
