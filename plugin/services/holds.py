"""Holds: when they begin, and the moves from on hold to payable when they are over."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal, select, update

from ..config import HoldFrom
from ..models import AccountKind, Accrual, Posting, PostingKind
from . import inbox, postback_facts
from .context import Context
from .documents import Paper
from .ledger import Account, move_accrual, move_balances

_AT_ONCE = 500
_ACCRUAL = Accrual.__table__
_POST = insert(Posting.__table__)
_RELEASED = (
    update(_ACCRUAL)
    .where(
        _ACCRUAL.c.call_id == bindparam("of_call"),
        _ACCRUAL.c.seq == bindparam("of_seq"),
        _ACCRUAL.c.released_at.is_(None),
    )
    .values(released_at=bindparam("released"))
)


def payable_at(ctx: Context, paper: Paper, paid_at: datetime | None) -> datetime | None:
    """Give when what is earned now can be paid out; None while the hold has not begun."""
    paid = paid_at or ctx.now
    settings = ctx.settings_at(paid)
    hold = timedelta(days=settings.hold_days)
    if settings.hold_from is HoldFrom.PAID:
        return paid + hold
    return None if paper.completed_at is None else paper.completed_at + hold


def start_hold(ctx: Context, paper: Paper, completed: datetime) -> None:
    """Let the hold of a document's accruals begin, where it counts from completion."""
    if not _waits_for_completion(ctx):
        return
    due = completed + timedelta(days=ctx.settings_at(completed).hold_days)
    ctx.conn.execute(
        update(_ACCRUAL)
        .where(_ACCRUAL.c.document_id == paper.id, _ACCRUAL.c.payable_at.is_(None))
        .values(payable_at=due)
    )


def _waits_for_completion(ctx: Context) -> bool:
    """Say whether any accrual can wait for completion: holds count from it, or did when it was earned."""
    if ctx.timeline is None:
        return ctx.settings.hold_from is HoldFrom.COMPLETED
    return ctx.timeline.ever("hold_from", HoldFrom.COMPLETED)


def release_due(ctx: Context, *, partner_id: int | None = None, limit: int = _AT_ONCE) -> int:
    """Move accruals whose hold is over from on hold to payable by postings of their own; give the number.

    Those that another process holds are left to the next call.
    """
    moves: dict[Account, int] = defaultdict(int)
    done = _release_some(ctx, partner_id, limit, moves)
    move_balances(ctx, moves)
    return done


def release_all_due(ctx: Context, *, partner_id: int | None = None) -> None:
    """Move all whose hold is over, balances last: within one transaction they are locked once, in order."""
    moves: dict[Account, int] = defaultdict(int)
    while _release_some(ctx, partner_id, _AT_ONCE, moves):
        pass
    move_balances(ctx, moves)


def _release_some(ctx: Context, partner_id: int | None, limit: int, moves: dict[Account, int]) -> int:
    query = select(_ACCRUAL).where(
        _ACCRUAL.c.released_at.is_(None), _ACCRUAL.c.payable_at <= ctx.now, _ACCRUAL.c.held.is_(False)
    )
    if partner_id is not None:
        query = query.where(_ACCRUAL.c.partner_id == partner_id)
    query = query.order_by(_ACCRUAL.c.partner_id, _ACCRUAL.c.call_id, _ACCRUAL.c.seq).limit(limit)
    rows = list(ctx.conn.execute(query.with_for_update(skip_locked=True)))
    if rows:
        call = inbox.record(ctx, "release", uuid.uuid4().hex, {"accruals": len(rows)})
        _release(ctx, call.id, rows, moves)
    return len(rows)


def _release(ctx: Context, call_id: int, rows: Sequence[Row[Any]], moves: dict[Account, int]) -> None:
    open_rows = [row for row in rows if row.amount != row.reversed]
    postings = [
        move_accrual(ctx, call_id, row, PostingKind.RELEASE, AccountKind.ON_HOLD, AccountKind.PAYABLE, moves)
        for row in open_rows
    ]
    if postings:
        ctx.conn.execute(_POST, postings)
        postback_facts.note(ctx, call_id)
    ctx.conn.execute(
        _RELEASED, [{"of_call": row.call_id, "of_seq": row.seq, "released": ctx.now} for row in rows]
    )


def has_due(ctx: Context, partner_id: int) -> bool:
    """Say whether a hold of this partner is over and not yet moved."""
    query = select(literal(1)).where(
        _ACCRUAL.c.partner_id == partner_id,
        _ACCRUAL.c.released_at.is_(None),
        _ACCRUAL.c.payable_at <= ctx.now,
        _ACCRUAL.c.held.is_(False),
    )
    return ctx.conn.execute(query.limit(1)).first() is not None
