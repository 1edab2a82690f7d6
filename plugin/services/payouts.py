"""Payout runs are made: all that is payable, or one partner. What is seen is what will be paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select

from ..domain.payout import Method, Skip, can_carry
from ..domain.payout_details import Details
from ..models import Accrual, Payout, PayoutAccrual, PayoutRun, PayoutSkip, PayoutState, RunState
from ..models.base import insert_for_id, insert_missing
from . import holds, payout_disputes, payout_settings, suspicions
from .context import Context
from .payout_claims import Claim, Place, claims
from .payout_runs import Actor, PayoutRefused, check_amount, link, log

_RUN = PayoutRun.__table__
_PAYOUT = Payout.__table__
_SKIP = PayoutSkip.__table__
_LINK = PayoutAccrual.__table__
_ACCRUAL = Accrual.__table__


def make_run(ctx: Context, actor: Actor) -> int:
    """Make a run of all that is payable now and give its id; holds that are over are moved first.

    A partner who is in another run that waits for release is skipped.
    """
    payout_settings.lock(ctx.conn, ctx.now)
    suspicions.look_at_all(ctx)
    holds.release_all_due(ctx)
    found = claims(ctx)
    if not found:
        raise PayoutRefused("nobody", "Nobody has earned anything yet: there is nothing to pay out.")
    run_id = _begin(ctx, actor, single=False)
    taken = _drafted(ctx)
    _skip(ctx, run_id, [claim for claim in found if claim.verdict.skip is not None])
    payable = [claim for claim in found if claim.verdict.skip is None]
    _skip(ctx, run_id, [claim for claim in payable if claim.place in taken], Skip.OTHER_RUN)
    _pay(ctx, run_id, [claim for claim in payable if claim.place not in taken])
    payout_disputes.note(ctx, run_id)
    return run_id


def make_single(
    ctx: Context,
    partner_id: int,
    actor: Actor,
    *,
    currency: str,
    method: Method | None = None,
    amount: int | None = None,
) -> int:
    """Make a run that pays one partner: by default what is owed, by the partner's own way.

    The minimum is not asked; `amount` is in minor units and never above what is payable.
    """
    payout_settings.lock(ctx.conn, ctx.now)
    suspicions.look_at_all(ctx)
    holds.release_all_due(ctx, partner_id=partner_id)
    claim = next((one for one in claims(ctx, among=[partner_id]) if one.place[1] == currency), None)
    if claim is None or claim.claimant.payable <= 0:
        raise PayoutRefused("nothing", f"Nothing is payable to this partner in {currency}.")
    details = _details_for(claim, method)
    wanted = claim.claimant.payable if amount is None else amount
    check_amount(wanted, claim.claimant.payable, currency)
    if claim.place in _drafted(ctx):
        raise PayoutRefused(
            "other_run", "The partner is in a run that waits for release; release or discard that one first."
        )
    run_id = _begin(ctx, actor, single=True)
    row = _row(ctx, run_id, claim, details) | {"amount": wanted}
    ctx.conn.execute(insert(_PAYOUT), row)
    link(ctx, run_id)
    payout_disputes.note(ctx, run_id)
    return run_id


def _details_for(claim: Claim, method: Method | None) -> Details:
    wanted = method or claim.claimant.method
    if claim.claimant.blocked:
        raise PayoutRefused("blocked", f"Payouts to this partner are blocked: {claim.claimant.blocked}.")
    if claim.claimant.tax_missing:
        raise PayoutRefused("tax", "The partner's tax data or agreement to statements is missing.")
    if wanted is None:
        raise PayoutRefused("no_method", "The partner has not said how to be paid; choose a way.")
    if not can_carry(wanted, claim.claimant.currency):
        raise PayoutRefused("currency", "A SEPA transfer carries EUR only; choose another way.")
    if wanted in {Method.CASH, Method.CREDIT}:
        return Details(method=wanted)
    if claim.claimant.cooling_until is not None:
        raise PayoutRefused("cooling", "The partner has just changed the payout details; wait or pay cash.")
    if claim.details is None or claim.details.method is not wanted:
        raise PayoutRefused("no_method", "The partner has given no details for this way to be paid.")
    return claim.details


def _begin(ctx: Context, actor: Actor, *, single: bool) -> int:
    row = {
        "state": RunState.DRAFT.value,
        "single": single,
        "made_by": actor.name[:100],
        "made_by_id": actor.id[:100],
        "made_at": ctx.now,
    }
    run_id = int(ctx.conn.execute(insert_for_id(_RUN, ctx.conn.dialect.name), row).scalar_one())
    log(ctx, run_id, "make run", actor, {"single": single} if single else {})
    return run_id


def _drafted(ctx: Context) -> set[Place]:
    query = select(_PAYOUT.c.partner_id, _PAYOUT.c.currency).where(_PAYOUT.c.state == PayoutState.DRAFT.value)
    return {(partner_id, currency) for partner_id, currency in ctx.conn.execute(query)}


def _skip(ctx: Context, run_id: int, found: Iterable[Claim], reason: Skip | None = None) -> None:
    rows = [_skip_row(run_id, claim, reason) for claim in found]
    insert_missing(ctx.conn, _SKIP, rows)


def _skip_row(run_id: int, claim: Claim, reason: Skip | None) -> dict[str, object]:
    chosen = reason or claim.verdict.skip
    return {
        "run_id": run_id,
        "partner_id": claim.claimant.partner_id,
        "currency": claim.claimant.currency,
        "reason": chosen.value if chosen else "",
        "amount": claim.amount,
        "accruals": claim.accruals,
        "until": claim.verdict.until,
        "note": claim.verdict.note,
    }


def _pay(ctx: Context, run_id: int, found: Sequence[Claim]) -> None:
    rows = [_row(ctx, run_id, claim, claim.details) for claim in found if claim.details is not None]
    if rows:
        ctx.conn.execute(insert(_PAYOUT), rows)
        link(ctx, run_id)


def _row(ctx: Context, run_id: int, claim: Claim, details: Details) -> dict[str, object]:
    return {
        "run_id": run_id,
        "partner_id": claim.claimant.partner_id,
        "currency": claim.claimant.currency,
        "payable": claim.claimant.payable,
        "amount": claim.claimant.payable,
        "method": details.method.value,
        "details": details.data,
        "state": PayoutState.DRAFT.value,
        "changed_at": ctx.now,
    }
