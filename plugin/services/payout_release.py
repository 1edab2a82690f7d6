"""The release of a run: postings payable -> paid, once, whoever else tries; and payouts that failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from ..domain.money import major
from ..domain.payout import Method
from ..models import AccountKind, Payout, PayoutRun, PayoutState, Posting, PostingKind, RunState
from . import (
    dispute_holds,
    inbox,
    outbox,
    payout_credit,
    payout_settings,
    postback_facts,
    statement_settings,
    statements,
)
from .context import Context
from .ledger import Account, NotCoveredError, move_balances
from .mistakes import NotThere
from .notices import NoticeKind
from .payout_changes import outdated
from .payout_runs import POSTED, Actor, PayoutRefused, log, open_run, unlink

_RUN = PayoutRun.__table__
_PAYOUT = Payout.__table__
_POST = insert(Posting.__table__)
_OUTDATED = "Balances have changed since the preview; bring the run up to date."
FAILED = "payout_failed"
"""The topic under which a failed payout is put into the outbox."""


def totals(rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Give the sums of payouts per currency, in minor units."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row.currency] += row.amount
    return dict(found)


def release(
    ctx: Context,
    run_id: int,
    actor: Actor,
    *,
    count: int,
    sums: Mapping[str, int],
    has_identity: bool = True,
) -> Mapping[str, int]:
    """Pay a run whose number of payouts and sums, per currency in minor units, were confirmed.

    Raises PayoutRefused where the run is not as it was seen, was released before, or needs other eyes;
    `has_identity` says whether the one who acts is known by name.
    """
    run = open_run(ctx, run_id)
    _check_eyes(ctx, run, actor, has_identity)
    draft = (_PAYOUT.c.run_id == run_id, _PAYOUT.c.state == PayoutState.DRAFT.value)
    rows = ctx.conn.execute(select(_PAYOUT).where(*draft).order_by(_PAYOUT.c.partner_id, _PAYOUT.c.id)).all()
    if not rows:
        raise PayoutRefused("empty", f"The run {run_id} pays nobody: there is nothing to release.")
    found = totals(rows)
    if count != len(rows) or dict(sums) != found:
        raise PayoutRefused(
            "not_confirmed", "The number or the sum is not that of the run; look at it again."
        )
    if outdated(ctx, run_id):
        raise PayoutRefused("outdated", _OUTDATED)
    _claim(ctx, run_id, actor)
    codes = {
        row.id: payout_credit.issue(ctx, row, actor) for row in rows if row.method == Method.CREDIT.value
    }
    _post(ctx, run_id, rows)
    _settle(ctx, rows, codes)
    if statement_settings.load(ctx.conn).with_payouts:
        for row in rows:
            statements.issue_for_payout(ctx, row, actor)
    log(ctx, run_id, "release run", actor, {"count": len(rows), "sums": _shown(found), "totals": found})
    outbox.flush(ctx)
    return found


def _check_eyes(ctx: Context, run: Row[Any], actor: Actor, has_identity: bool) -> None:
    if not payout_settings.load(ctx.conn).four_eyes:
        return
    if not has_identity:
        raise PayoutRefused("no_identity", "Four eyes are switched on: release the run on the admin pages.")
    if actor.id in {run.made_by_id, run.edited_by_id}:
        raise PayoutRefused(
            "same_eyes", "Whoever made or changed the run cannot release it; ask somebody else."
        )


def _claim(ctx: Context, run_id: int, actor: Actor) -> None:
    """Take the run for this transaction alone."""
    released = {"state": RunState.RELEASED.value, "released_by": actor.name[:100], "released_at": ctx.now}
    mine = update(_RUN).where(_RUN.c.id == run_id, _RUN.c.state == RunState.DRAFT.value).values(**released)
    if ctx.conn.execute(mine).rowcount != 1:
        raise PayoutRefused("released", f"The run {run_id} is released already; nothing was paid twice.")


def _post(ctx: Context, run_id: int, rows: Sequence[Row[Any]]) -> None:
    call = inbox.record(ctx, "payout", str(run_id), {"payouts": len(rows)})
    if not call.new:
        raise PayoutRefused("released", f"The run {run_id} is released already; nothing was paid twice.")
    ctx.conn.execute(update(_RUN).where(_RUN.c.id == run_id).values(call_id=call.id))
    postings = [
        _posting(ctx, call.id, row, AccountKind.PAYABLE, AccountKind.PAID, PostingKind.PAYOUT) for row in rows
    ]
    ctx.conn.execute(_POST, postings)
    postback_facts.note(ctx, call.id)
    moves: dict[Account, int] = {}
    for row in rows:
        moves[row.partner_id, AccountKind.PAYABLE.value, row.currency] = -row.amount
        moves[row.partner_id, AccountKind.PAID.value, row.currency] = row.amount
    try:
        move_balances(ctx, moves, covered=True)
    except NotCoveredError:
        raise PayoutRefused("outdated", _OUTDATED) from None


def _posting(
    ctx: Context, call_id: int, row: Row[Any], origin: AccountKind, to: AccountKind, kind: PostingKind
) -> dict[str, object]:
    return {
        "call_id": call_id,
        "seq": ctx.next_seq(call_id),
        "kind": kind.value,
        "partner_id": row.partner_id,
        "origin": origin.value,
        "destination": to.value,
        "amount": row.amount,
        "currency": row.currency,
        "at": ctx.now,
    }


def _settle(ctx: Context, rows: Sequence[Row[Any]], codes: Mapping[int, int]) -> None:
    facts = [
        {
            "payout_id": row.id,
            "partner_id": row.partner_id,
            "currency": row.currency,
            "amount": str(major(row.amount, row.currency)),
        }
        for row in rows
    ]
    for row, fact in zip(rows, facts, strict=True):
        done = row.method in {Method.CASH.value, Method.CREDIT.value}
        state = PayoutState.PAID if done else PayoutState.RELEASED
        values = {"state": state.value, "code_id": codes.get(row.id), "changed_at": ctx.now}
        ctx.conn.execute(update(_PAYOUT).where(_PAYOUT.c.id == row.id).values(**values))
        ctx.tell("payout_paid", **fact)
    outbox.put_all(ctx.conn, NoticeKind.PAID.topic, facts, now=ctx.now)


def _shown(sums: Mapping[str, int]) -> str:
    return ", ".join(f"{major(amount, currency)} {currency}" for currency, amount in sorted(sums.items()))


def mark_paid(ctx: Context, ids: Sequence[int], actor: Actor) -> int:
    """Note that the bank has carried payouts out; give how many changed."""
    under_way = _PAYOUT.c.state.in_((PayoutState.RELEASED.value, PayoutState.SENT.value))
    query = select(_PAYOUT.c.id, _PAYOUT.c.run_id).where(_PAYOUT.c.id.in_(ids), under_way)
    rows = ctx.conn.execute(query.order_by(_PAYOUT.c.id).with_for_update()).all()
    values = {"state": PayoutState.PAID.value, "changed_at": ctx.now}
    for row in rows:
        ctx.conn.execute(update(_PAYOUT).where(_PAYOUT.c.id == row.id).values(**values))
        log(ctx, row.run_id, "mark paid", actor, {"count": 1})
    return len(rows)


def fail(ctx: Context, payout_id: int, actor: Actor, *, why: str) -> None:
    """Take a payout back that did not arrive: it is payable again, by a posting of its own.

    What is under dispute or suspicion meanwhile goes on hold.
    """
    if not why.strip():
        raise PayoutRefused("why", "Say why the payout has failed.")
    row = ctx.conn.execute(select(_PAYOUT).where(_PAYOUT.c.id == payout_id).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"There is no payout with the number {payout_id}.")
    if row.state not in POSTED:
        raise PayoutRefused("not_posted", f"The payout {payout_id} is {row.state}; nothing was changed.")
    call = inbox.record(ctx, "payout_failed", str(payout_id), {"why": why.strip()[:200]})
    values = {"state": PayoutState.FAILED.value, "failed_call_id": call.id, "failed_why": why.strip()[:200]}
    mine = or_(*(_PAYOUT.c.state == state for state in POSTED))
    change = update(_PAYOUT).where(_PAYOUT.c.id == payout_id, mine).values(**values, changed_at=ctx.now)
    if not call.new or ctx.conn.execute(change).rowcount != 1:
        raise PayoutRefused("not_posted", f"The payout {payout_id} was taken back before.")
    if row.code_id is not None:
        payout_credit.take_back(ctx, row, actor)
    held = dispute_holds.held_of(ctx, payout_id)
    unlink(ctx, _PAYOUT.c.id == payout_id)
    back = _posting(ctx, call.id, row, AccountKind.PAID, AccountKind.PAYABLE, PostingKind.PAYOUT_BACK)
    ctx.conn.execute(_POST, [back])
    postback_facts.note(ctx, call.id)
    paid = row.partner_id, AccountKind.PAID.value, row.currency
    payable = row.partner_id, AccountKind.PAYABLE.value, row.currency
    move_balances(ctx, {paid: -row.amount, payable: row.amount})
    dispute_holds.hold(ctx, held, f"payout {payout_id}")
    outbox.put(ctx.conn, FAILED, {"payout_id": payout_id, "partner_id": row.partner_id}, now=ctx.now)
    log(ctx, row.run_id, "fail payout", actor, {"why": why.strip()[:200]})
