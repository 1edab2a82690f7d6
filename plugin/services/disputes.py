"""Disputes: opened, won or lost. Until then what the document earns is neither released nor paid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import and_, insert, select, update

from ..models import (
    Accrual,
    Dispute,
    DisputeState,
    Document,
    DocumentKind,
    Payout,
    PayoutAccrual,
    Posting,
)
from ..models.base import insert_for_id
from ..shop import Refund
from . import audit, documents, inbox, outbox, parts, payout_settings, receiving
from .context import Context
from .dispute_holds import hold, let_go
from .documents import Paper
from .mistakes import NotThere, PostingRefused

_DISPUTE = Dispute.__table__
_DOCUMENT = Document.__table__
_ACCRUAL = Accrual.__table__
_LINK = PayoutAccrual.__table__
_PAYOUT = Payout.__table__
_POST = insert(Posting.__table__)
_LONGEST = 200


def open_dispute(ctx: Context, document_id: int, *, reason: str, who: str) -> int:
    """Open a dispute about an order or invoice and hold what it earns; give the number of the dispute.

    What was paid out stays paid. Raises NotThere, or PostingRefused where there is nothing to dispute.
    """
    said = _said(reason)
    payout_settings.lock(ctx.conn, ctx.now)
    papers = _papers(ctx, document_id)
    paper = papers[0]
    if _open_about(ctx, [paper.id]):
        raise PostingRefused("disputed", f"About {paper.kind} {paper.ref} a dispute is open already.")
    if not any(one.is_paid for one in papers):
        raise PostingRefused("unpaid", f"{paper.kind} {paper.ref} is not paid: there is nothing to dispute.")
    row = {
        "document_id": paper.id,
        "state": DisputeState.OPEN.value,
        "reason": said,
        "opened_by": who[:100],
        "opened_at": ctx.now,
    }
    dispute_id = int(ctx.conn.execute(insert_for_id(_DISPUTE, ctx.conn.dialect.name), row).scalar_one())
    for one in papers:
        one.set(disputed_at=one.disputed_at or ctx.now)
        one.save(ctx)
    hold(ctx, [one.id for one in papers], str(dispute_id))
    _log(ctx, "open dispute", paper, said, who)
    return dispute_id


def _said(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise PostingRefused("reason", "Say why.")
    if len(said) > _LONGEST:
        raise PostingRefused("reason_long", f"The reason has at most {_LONGEST} characters.")
    return said


def _papers(ctx: Context, document_id: int) -> list[Paper]:
    """Give what a dispute is about, locked, orders first: an order with the invoices for its parts."""
    known = ctx.conn.execute(
        select(_DOCUMENT.c.id, _DOCUMENT.c.order_id).where(_DOCUMENT.c.id == document_id)
    ).one_or_none()
    if known is None:
        raise NotThere("There is no such order or invoice.")
    first = documents.get(ctx, known.order_id or known.id)
    return parts.around(ctx, first) if known.order_id is None else [documents.get(ctx, document_id)]


def _open_about(ctx: Context, document_ids: Sequence[int]) -> set[int]:
    """Give those of the documents about which a dispute is open."""
    query = select(_DISPUTE.c.document_id).where(
        _DISPUTE.c.document_id.in_(document_ids), _DISPUTE.c.state == DisputeState.OPEN.value
    )
    return set(ctx.conn.scalars(query))


def close_dispute(ctx: Context, dispute_id: int, *, won: bool, reason: str, who: str) -> None:
    """Decide a dispute, once. Won: accruals go on with their old dates; lost: all is reversed.

    Raises NotThere, or PostingRefused where it was decided before.
    """
    said = _said(reason)
    row = ctx.conn.execute(select(_DISPUTE).where(_DISPUTE.c.id == dispute_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no dispute with the number {dispute_id}.")
    papers = _papers(ctx, row.document_id)
    _claim(ctx, dispute_id, DisputeState.WON if won else DisputeState.LOST, said, who)
    _let_go(ctx, papers)
    if not won:
        _reverse(ctx, papers[0], dispute_id, said)
    _log(ctx, "win dispute" if won else "lose dispute", papers[0], said, who)
    outbox.flush(ctx)


def _claim(ctx: Context, dispute_id: int, state: DisputeState, said: str, who: str) -> None:
    values = {"state": state.value, "outcome": said, "closed_by": who[:100], "closed_at": ctx.now}
    mine = and_(_DISPUTE.c.id == dispute_id, _DISPUTE.c.state == DisputeState.OPEN.value)
    if ctx.conn.execute(update(_DISPUTE).where(mine).values(**values)).rowcount != 1:
        raise PostingRefused("decided", f"The dispute {dispute_id} is decided already; nothing was changed.")


def _let_go(ctx: Context, papers: Sequence[Paper]) -> None:
    """Let accruals go on of the documents that no other dispute holds."""
    around = {paper.id: paper for paper in papers}
    disputed = _open_about(ctx, [*around, *(p.order_id for p in papers if p.order_id is not None)])
    free = [p for p in papers if p.id not in disputed and p.order_id not in disputed]
    for paper in free:
        paper.set(disputed_at=None)
        paper.save(ctx)
    let_go(ctx, [paper.id for paper in free])


def _reverse(ctx: Context, paper: Paper, dispute_id: int, reason: str) -> None:
    """Reverse as by a refund of everything."""
    is_order = paper.kind == DocumentKind.ORDER.value
    refund = Refund(
        ref=f"dispute-{dispute_id}",
        order_ref=paper.ref if is_order else None,
        invoice_ref=None if is_order else paper.ref,
        currency=paper.currency,
        reason=reason,
    )
    receiving.note_refunded(replace(ctx, source=paper.source, told_by=inbox.ADMIN, as_fact=True), refund)


def _log(ctx: Context, act: str, paper: Paper, why: str, who: str) -> None:
    subject = str(paper.number or paper.ref)
    audit.record(ctx.conn, who=who, act=act, noun="order", subject=subject, after={"why": why}, now=ctx.now)
