"""Payout runs before their release: amounts changed, brought up to date, thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, update

from ..domain.payout import Skip
from ..models import Payout, PayoutRun, PayoutSkip, PayoutState, RunState
from ..models.base import insert_missing
from . import payout_disputes
from .context import Context
from .payout_claims import Claim, claims
from .payout_runs import Actor, check_amount, get_run, log, open_run, unlink

_RUN = PayoutRun.__table__
_PAYOUT = Payout.__table__
_SKIP = PayoutSkip.__table__


def set_amounts(ctx: Context, run_id: int, amounts: Mapping[int, int], actor: Actor) -> int:
    """Change amounts of payouts by id, in minor units; 0 leaves one out. Give how many changed."""
    open_run(ctx, run_id)
    query = select(_PAYOUT).where(_PAYOUT.c.run_id == run_id, _PAYOUT.c.state == PayoutState.DRAFT.value)
    changed = 0
    for row in ctx.conn.execute(query.order_by(_PAYOUT.c.id)).all():
        wanted = amounts.get(row.id, row.amount)
        if wanted == row.amount:
            continue
        if wanted:
            check_amount(wanted, row.payable, row.currency)
            _change(ctx, row.id, amount=wanted)
        else:
            _leave_out(ctx, row, Skip.LEFT_OUT)
        before, after = {"amount": row.amount}, {"amount": wanted, "currency": row.currency}
        log(ctx, run_id, "change payout", actor, after, before | {"currency": row.currency})
        changed += 1
    if changed:
        ctx.conn.execute(update(_RUN).where(_RUN.c.id == run_id).values(edited_by_id=actor.id[:100]))
    return changed


def _change(ctx: Context, payout_id: int, **values: object) -> None:
    ctx.conn.execute(update(_PAYOUT).where(_PAYOUT.c.id == payout_id).values(**values, changed_at=ctx.now))


def _leave_out(ctx: Context, row: Row[Any], reason: Skip, note: str = "") -> None:
    unlink(ctx, _PAYOUT.c.id == row.id)
    _change(ctx, row.id, state=PayoutState.DISCARDED.value)
    skipped = {
        "run_id": row.run_id,
        "partner_id": row.partner_id,
        "currency": row.currency,
        "reason": reason.value,
        "amount": row.payable,
        "accruals": 0,
        "until": None,
        "note": note,
    }
    insert_missing(ctx.conn, _SKIP, [skipped])


def outdated(ctx: Context, run_id: int) -> dict[int, Claim | None]:
    """Give the payouts of a run that cannot be paid as previewed, by id, with how it stands now."""
    query = select(_PAYOUT).where(_PAYOUT.c.run_id == run_id, _PAYOUT.c.state == PayoutState.DRAFT.value)
    rows = ctx.conn.execute(query).all()
    single = get_run(ctx, run_id).single
    partners = select(Payout.partner_id).where(Payout.run_id == run_id)
    now = {claim.place: claim for claim in claims(ctx, among=partners)} if rows else {}
    found: dict[int, Claim | None] = {}
    for row in rows:
        claim = now.get((row.partner_id, row.currency))
        if claim is None or claim.claimant.payable < row.amount or _forbidden(claim, single):
            found[row.id] = claim
    return found


def _forbidden(claim: Claim, single: bool) -> bool:
    """Say whether something has happened since the preview that forbids to pay."""
    if claim.claimant.blocked:
        return True
    return not single and claim.claimant.suspended


def bring_up_to_date(ctx: Context, run_id: int, actor: Actor) -> int:
    """Lower payouts to what is payable now, leave out what cannot be paid any more; give how many."""
    open_run(ctx, run_id)
    found = outdated(ctx, run_id)
    rows = ctx.conn.execute(select(_PAYOUT).where(_PAYOUT.c.id.in_(found)).order_by(_PAYOUT.c.id)).all()
    for row in rows:
        claim = found[row.id]
        payable = 0 if claim is None else claim.claimant.payable
        forbidden = claim is not None and claim.verdict.skip in {Skip.BLOCKED, Skip.SUSPENDED}
        if payable > 0 and not forbidden:
            _change(ctx, row.id, amount=min(row.amount, payable), payable=payable)
        elif claim is not None and forbidden and claim.verdict.skip is not None:
            _leave_out(ctx, row, claim.verdict.skip, claim.verdict.note)
        else:
            _leave_out(ctx, row, _why_not(payable, claim), "" if claim is None else claim.verdict.note)
    if rows:
        payout_disputes.note(ctx, run_id)
        log(ctx, run_id, "bring up to date", actor, {"count": len(rows)})
    return len(rows)


def _why_not(payable: int, claim: Claim | None) -> Skip:
    if payable < 0:
        return Skip.NEGATIVE
    skip = None if claim is None else claim.verdict.skip
    return skip if skip in {Skip.DISPUTED, Skip.CHECKED} else Skip.LEFT_OUT


def discard(ctx: Context, run_id: int, actor: Actor) -> None:
    """Throw a run away that was not released; nothing was posted by it."""
    open_run(ctx, run_id)
    unlink(ctx, _PAYOUT.c.run_id == run_id)
    draft = (_PAYOUT.c.run_id == run_id, _PAYOUT.c.state == PayoutState.DRAFT.value)
    gone = {"state": PayoutState.DISCARDED.value, "changed_at": ctx.now}
    ctx.conn.execute(update(_PAYOUT).where(*draft).values(**gone))
    ctx.conn.execute(update(_RUN).where(_RUN.c.id == run_id).values(state=RunState.DISCARDED.value))
    log(ctx, run_id, "discard", actor, {})
