"""What disputes and suspicions hold: accruals that are neither released nor paid out while one is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, or_, select, update

from ..domain.suspicion import Suspected
from ..models import (
    AccountKind,
    Accrual,
    Document,
    Payout,
    PayoutAccrual,
    PayoutState,
    Posting,
    PostingKind,
)
from . import inbox, postback_facts
from .context import Context
from .ledger import Account, move_accrual, move_balances
from .payout_runs import POSTED

_DOCUMENT = Document.__table__
_ACCRUAL = Accrual.__table__
_LINK = PayoutAccrual.__table__
_PAYOUT = Payout.__table__
_POST = insert(Posting.__table__)
_HOLD = (
    update(_ACCRUAL)
    .where(_ACCRUAL.c.call_id == bindparam("of_call"), _ACCRUAL.c.seq == bindparam("of_seq"))
    .values(held=True, released_at=None)
)


_FREE = (
    update(_ACCRUAL)
    .where(_ACCRUAL.c.call_id == bindparam("of_call"), _ACCRUAL.c.seq == bindparam("of_seq"))
    .values(held=False)
)


def held_of(ctx: Context, payout_id: int) -> list[int]:
    """Give the documents under dispute or suspicion of which a payout has paid accruals."""
    accrual = and_(_ACCRUAL.c.call_id == _LINK.c.call_id, _ACCRUAL.c.seq == _LINK.c.seq)
    query = (
        select(_ACCRUAL.c.document_id)
        .join(_LINK, accrual)
        .join(_DOCUMENT, _DOCUMENT.c.id == _ACCRUAL.c.document_id)
        .where(_LINK.c.payout_id == payout_id, _LINK.c.live)
        .where(or_(_DOCUMENT.c.disputed_at.is_not(None), _DOCUMENT.c.suspects.is_not(None)))
        .distinct()
    )
    return sorted(ctx.conn.scalars(query))


def hold(ctx: Context, document_ids: Iterable[int], key: str, *, kind: str = "dispute") -> None:
    """Hold accruals of documents as these say; what was released and is not paid out goes back on hold.

    `kind` and `key` name why, once: a dispute, a suspicion, or a payout that has failed meanwhile.
    """
    found = _accruals(ctx, list(document_ids))
    rows = [row for row in found if not row.held and not row.is_paid_out and is_held_back(row)]
    if not rows:
        return
    released = [row for row in rows if row.released_at is not None and row.amount > row.reversed]
    moves: dict[Account, int] = defaultdict(int)
    if released:
        call = inbox.record(replace(ctx, told_by=inbox.ADMIN), kind, key, {})
        back = (PostingKind.HOLD_BACK, AccountKind.PAYABLE, AccountKind.ON_HOLD)
        ctx.conn.execute(_POST, [move_accrual(ctx, call.id, row, *back, moves) for row in released])
        postback_facts.note(ctx, call.id)
    ctx.conn.execute(_HOLD, [{"of_call": row.call_id, "of_seq": row.seq} for row in rows])
    _unlink(ctx, released)
    move_balances(ctx, moves)


def let_go(ctx: Context, document_ids: Iterable[int]) -> None:
    """Let accruals of documents go on that neither a dispute nor a suspicion holds back any more."""
    rows = [row for row in _accruals(ctx, list(document_ids)) if row.held and not is_held_back(row)]
    if rows:
        ctx.conn.execute(_FREE, [{"of_call": row.call_id, "of_seq": row.seq} for row in rows])


def is_held_back(row: Row[Any]) -> bool:
    """Say whether the document of an accrual holds it back: the row has what the document says."""
    suspected = (row.suspects or {}).get(str(row.partner_id))
    return row.disputed_at is not None or suspected == Suspected.HELD.value


def _accruals(ctx: Context, document_ids: Sequence[int]) -> Sequence[Row[Any]]:
    paid_out = (
        select(_LINK.c.payout_id)
        .join(_PAYOUT, _PAYOUT.c.id == _LINK.c.payout_id)
        .where(_LINK.c.call_id == _ACCRUAL.c.call_id, _LINK.c.seq == _ACCRUAL.c.seq, _LINK.c.live)
        .where(_PAYOUT.c.state.in_(POSTED))
        .exists()
    )
    mine = (_ACCRUAL.c.document_id.in_(document_ids), _ACCRUAL.c.level.is_not(None))
    says = (_DOCUMENT.c.disputed_at, _DOCUMENT.c.suspects)
    query = select(_ACCRUAL, *says, paid_out.label("is_paid_out")).where(*mine)
    query = query.join(_DOCUMENT, _DOCUMENT.c.id == _ACCRUAL.c.document_id)
    query = query.order_by(_ACCRUAL.c.call_id, _ACCRUAL.c.seq)
    return ctx.conn.execute(query.with_for_update(of=_ACCRUAL)).all()


def _unlink(ctx: Context, rows: Sequence[Row[Any]]) -> None:
    """Take accruals out of the runs that wait for release; these are brought up to date before it."""
    drafts = select(_PAYOUT.c.id).where(_PAYOUT.c.state == PayoutState.DRAFT.value)
    for row in rows:
        mine = and_(_LINK.c.call_id == row.call_id, _LINK.c.seq == row.seq)
        free = update(_LINK).where(mine, _LINK.c.live, _LINK.c.payout_id.in_(drafts)).values(live=False)
        ctx.conn.execute(free)
